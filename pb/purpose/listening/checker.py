"""Whether a question is open: it turns away leading and yes/no prompts, and suggests better ones.

It knows English. It looks at words alone, so a person can always find a way around it: it is a
help for people who want to listen.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from pb.purpose.listening import suggestions


class Reason(StrEnum):
    """What makes a prompt less than open."""

    YES_NO = "yes-no"
    LEADING = "leading"
    TWO = "two-questions"
    LOADED = "loaded-word"
    ASSUMED = "assumed-answer"
    WHY_NOT = "why-not"
    NOT_A_QUESTION = "not-a-question"


SENTENCES = {
    Reason.YES_NO: "This can be answered with yes or no. Ask what, how or where instead.",
    Reason.LEADING: "This tells people what to answer. Leave your own answer out of it.",
    Reason.TWO: "These are two questions. Ask one, and the other as a question of its own.",
    Reason.LOADED: "A word in it judges before anybody has answered. Use a plain one.",
    Reason.ASSUMED: "This takes an answer for granted. Ask first how it is for people.",
    Reason.WHY_NOT: "“Why not” sounds like a reproach. Ask what would help instead.",
    Reason.NOT_A_QUESTION: "Start with how, what, which, where, who or when, or with “Tell us”.",
}

AUX = (
    r"(?:do|does|did|is|are|was|were|am|will|would|should|shall|can|could|may|might|must|has|have"
    r"|had|ought)(?:n't|nt| not)?|won't|can't|cannot|shan't"
)
OPENER = (
    r"(?:in|on|at|by|for|from|to|with|about|of|through)? ?"
    r"(?:how|what|which|where|who|whom|whose|when|why)"
    r"|tell us|tell your|describe|share|imagine|think (?:of|about|back)|picture|name|list|show us"
    r"|draw|remember|please (?:tell|describe|share|name)"
)
POLITE = r"(?:can|could|would|will) you (?:please )?(?:tell|describe|share|show|explain|name)\b"
ASKING = r"(?:what|how|why|who|where|when|which)"
VERB = (
    r"(?:would|do|does|did|is|are|was|were|should|could|can|might|will|shall|has|have|must)"
    r"(?:n't)?"
)

LEADING = (
    r"(?:do|did|would|wo|ca|could|should|is|are|was|does|have|has)n't (?:you|we|it|they|this|that"
    r"|there|everybody|everyone|the|our|a)\b",
    r"\b(?:agree|accept|admit) (?:that|with)\b",
    r"\b(?:surely|obviously|clearly|of course|undoubtedly|needless to say)\b",
    r"\bas (?:we|you|everybody|everyone) (?:all )?knows?\b",
    r"\beverybody knows\b|\beveryone knows\b",
    r", (?:right|correct|okay|ok|no|yes|eh)\?$",
    r", (?:is|are|was|do|does|did|would|should|can|could|will|wo|ca|has|have)(?:n't)? "
    r"(?:it|you|we|they|he|she|there)(?: think| agree)?\?$",
)
LOADED = (
    r"\b(?:terrible|awful|horrible|horrid|disgusting|disgraceful|hideous|outrageous|shameful"
    r"|scandalous|ridiculous|absurd|stupid|idiotic|lazy|incompetent|so-called|disastrous"
    r"|wonderful|fantastic|amazing|brilliant|excellent|superb|marvellous|much-loved|long-overdue"
    r"|unacceptable|pathetic|nonsense)\b"
)
ASSUMED = (
    r"\bhow (?:happy|pleased|glad|satisfied|unhappy|angry|worried|annoyed|excited|proud|upset"
    r"|disappointed|grateful|bad|awful|good) (?:are|is|was|were|do|did|would)\b",
    r"\bhow much (?:better|worse|happier|safer|nicer|cleaner|do you (?:like|love|hate|enjoy))\b",
    r"\bwhy (?:is|are|was|were|do|does|did|has|have)\b.*\b(?:so|too|still|always|never)\b",
    r"\bwhy (?:do|does|did) (?:you|people|they|residents|we) "
    r"(?:like|love|hate|fail|refuse|ignore|support|oppose|prefer|want)\b",
    r"\bwhen (?:will|should|shall|can) (?:we|the \w+|they) (?:finally|stop|at last)\b",
    r"\bwho(?: is|'s)? (?:to blame|responsible for the (?:mess|failure))\b|\bwhose fault\b",
    r"\bwhat(?: is|'s) wrong with\b",
    r"\bhow (?:badly|well) (?:did|does|has|have)\b",
)


@dataclass(frozen=True)
class Finding:
    """What the checker thinks of a prompt; open ones have no reasons."""

    reasons: tuple[Reason, ...] = ()
    suggestions: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return not self.reasons

    @property
    def sentences(self) -> tuple[str, ...]:
        """The reasons in words for the person who asks."""
        return tuple(SENTENCES[reason] for reason in self.reasons)


def check(text: str) -> Finding:
    """Whether a prompt is open; where it is not, why, and up to three better ones."""
    found = _reasons(text)
    if not found:
        return Finding()
    better = [one for one in suggestions.better(text, LOADED) if not _reasons(one)]
    return Finding(found, tuple(dict.fromkeys(better))[:3])


def _reasons(text: str) -> tuple[Reason, ...]:
    plain = suggestions.plain(text)
    rules = (
        (Reason.LEADING, _leads(plain)),
        (Reason.WHY_NOT, bool(re.search(r"\bwhy (?:not\b|\w+n't\b|can't|cannot)", plain))),
        (Reason.YES_NO, _yes_or_no(plain)),
        (Reason.TWO, _two(plain)),
        (Reason.LOADED, bool(re.search(LOADED, plain))),
        (Reason.ASSUMED, any(re.search(rule, plain) for rule in ASSUMED)),
    )
    found = tuple(reason for reason, holds in rules if holds)
    if not found and not any(re.match(rf"(?:{OPENER}|{POLITE})\b", one) for one in _clauses(plain)):
        return (Reason.NOT_A_QUESTION,)
    return found


def _leads(plain: str) -> bool:
    # “Why don't we …” is a reproach, and has a rule of its own.
    without = re.sub(r"\bwhy \w+n't (?:you|we|they|the)\b", "why", plain)
    return any(re.search(rule, without) for rule in LEADING)


def _yes_or_no(plain: str) -> bool:
    if re.search(r"\byes or no\b|\b(?:tell us|say) (?:whether|if)\b", plain):
        return True
    if re.match(POLITE, plain):
        return False
    clauses = [one for one in _clauses(plain) if one]
    if not clauses:
        return False
    asked = next((n for n, one in enumerate(clauses) if re.match(rf"(?:{OPENER})\b", one)), None)
    # What stands before the comma only leads up to the question.
    return any(re.match(rf"(?:{AUX})\b", one) for one in clauses[:asked])


def _two(plain: str) -> bool:
    if len(re.findall(r"\?+", plain)) > 1:
        return True
    if re.match(
        r"(?:please )?(?:tell|describe|share|imagine|think|picture)|how (?:might|can) we know",
        plain,
    ):
        return False
    joined = rf"(?:,|;| and| or)(?: and| or| but)? {ASKING} {VERB}\b"
    return re.match(rf"(?:{ASKING}|{AUX})\b.*{joined}", plain) is not None


def _clauses(plain: str) -> list[str]:
    """The parts between commas and stops, without the small words that begin them."""
    parts = [one.strip() for one in re.split(r"[,;:.!–—]| - ", plain)]
    return [re.sub(r"^(?:so|and|but|well|now|then|please) ", "", one) for one in parts if one]
