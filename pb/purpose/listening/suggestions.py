"""Better questions, made of the words of one that is not open."""

import re
from collections.abc import Iterator

LEADS = (
    r"(?:in your (?:view|opinion)|honestly|surely|obviously|clearly|of course|so|and|well)\b,? ?",
    r"as (?:we|you|everybody|everyone) (?:all )?knows?,? ?",
    r"(?:tell us|say) (?:whether|if) ",
    r"(?:do|did|don't|would|wouldn't|won't) you (?:not )?(?:all )?(?:agree|think|believe|feel|find)"
    r"(?: that| with)? ?",
    r"(?:everybody|everyone) knows(?: that)? ",
    r"how much do you agree (?:that|with) ",
)
TAG = r", (?:\w+n't|\w+) ?(?:it|you|we|they|there)?(?: think| agree)?$"
WE = r"(?:we|you|they|the (?:town|city|council|commission|school)|it)"
MODAL = r"(?:should|shall|must|can|could|would|will|may|might|ought)(?:n't| not)?|can't|won't"
DETERMINER = r"(?:a|an|the|our|your|this|that|these|those|more|another|new|any|some|enough) "


def plain(text: str) -> str:
    """The words in lower case, with single blanks and straight apostrophes."""
    return " ".join(text.replace("’", "'").replace("‘", "'").lower().split())


def better(text: str, loaded: str) -> Iterator[str]:
    """Questions to try instead, the best first; some may not be open either."""
    words = plain(text)
    if len(parts := _parts(words)) > 1:
        yield from (_sentence(part) for part in parts)
    calm = " ".join(re.sub(loaded, "", words).split())
    if calm != words:
        yield _sentence(calm.rstrip("?. "))
    core = _core(calm)
    if act := _act(core):
        yield _sentence(f"how might we {act}")
        yield _sentence(f"what should we know before we {act}")
    if thing := _thing(core):
        noun, many = thing
        yield _sentence(f"what would {'' if many else 'a '}good {noun} look like")
        yield _sentence(f"what {'are' if many else 'is'} the {noun} like for you today")
    yield "What would good look like here, for you and your neighbours?"


def _parts(words: str) -> list[str]:
    cut = re.split(
        r"\?+ ?(?:and |or )?|(?:,|;| and| or)(?: and| or)? "
        r"(?=(?:what|how|why|who|where|when|which) "
        r"(?:would|do|does|is|are|should|could|can|might|will)\b)",
        words,
    )
    return [part.strip(" ,;") for part in cut if part.strip(" ,;")]


def _core(words: str) -> str:
    """What is left without the words that push towards an answer."""
    core = re.sub(TAG, "", words.rstrip("?!. "))
    before = None
    while before != core:
        before = core
        for lead in LEADS:
            core = re.sub(rf"^{lead}", "", core)
    return core


def _act(core: str) -> str | None:
    """What somebody would do: the words after “should we”, “why don't we” and the like."""
    for rule in (
        rf"(?:{MODAL}) {WE} (?:like to |want to |all )?(.+)",
        rf"why (?:\w+n't|can't) {WE} (.+)",
        r"why not (.+)",
        rf"{WE} (?:{MODAL}|need to|have to) (.+)",
        rf"(?:do|don't) {WE} (?:want|need|have) to (.+)",
    ):
        if found := re.fullmatch(rule, core):
            act = found[1]
            return None if re.match(rf"like |be |{DETERMINER}", act) else act
    return None


def _thing(core: str) -> tuple[str, bool] | None:
    """The thing that the words are about, and whether it is many."""
    for rule in (
        rf"(?:{MODAL}) {WE} (?:like|prefer|support|want) (?!to )(.+)",
        r"(?:do|does|did|don't) (?:we|you|they) (?:like|want|need|use|love|support|enjoy|have) "
        r"(?!to )(.+)",
        r"how (?:happy|pleased|satisfied|unhappy|angry|worried|proud) "
        r"are you (?:with|about|of) (.+)",
        r"how much do you (?:like|love|hate|enjoy) (.+)",
        r"what(?: is|'s) wrong with (.+)",
        r"(?:is|are|was|were|isn't|aren't|has|have|does)(?: not)? "
        r"(.+) (?:too |so |very |really )?\S+",
        r"why (?:is|are) (.+?) (?:so|too|still|always|never) .+",
        r"((?:the|our|your|this|these) .+?) (?:is|are|needs?|should|must|has|have|would|could|can"
        r"|will) .+",
    ):
        if found := re.fullmatch(rule, core):
            noun = re.sub(rf"^(?:{DETERMINER})+", "", found[1])
            noun = re.sub(r" (?:too|so|very|really|not)$", "", noun)
            if noun in ("it", "you", "we", "they", "there", "this", "that"):
                return None
            return noun, _many(noun)
    return None


def _many(noun: str) -> bool:
    last = re.split(r" (?:in|on|at|for|of|by|with|near|behind|beside) ", noun)[0].split(" ")[-1]
    return last.endswith("s") and not last.endswith("ss")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('?. ')}?"
