"""Words of the glossary, marked where they appear in a text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count

TAG = re.compile(r"(<(?:[^>\"]|\"[^\"]*\")*>)")
LEAVES_ALONE = {"a", "code", "pre", "h1", "h2", "h3", "h4"}


@dataclass(frozen=True)
class Term:
    """A word, what it means, and the part of the glossary's address that leads to it."""

    word: str
    meaning: str

    @property
    def anchor(self) -> str:
        return term_id(self.word)


class Words:
    """The words of one version of a glossary, ready to be looked for."""

    def __init__(self, terms: Iterable[tuple[str, str]]) -> None:
        self.terms = {_plain(word): Term(word, meaning) for word, meaning in terms}

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Whole words, the longer ones first; never inside `&lt;` and its like."""
        found = sorted((_escaped(term.word) for term in self.terms.values()), key=len, reverse=True)
        if not found:
            return None
        either = "|".join(re.escape(word) for word in found)
        return re.compile(rf"(?<![\w&#])(?:{either})(?!\w)", re.IGNORECASE)


def term_id(word: str) -> str:
    """The anchor of a word on the page of the glossary."""
    return "term-" + "-".join(re.findall(r"\w+", word.casefold()))


def gloss(html: str, words: Words, address: str, numbers: Iterator[int] | None = None) -> str:
    """The same safe HTML, where the first appearance of every word opens its meaning.

    Text inside links, code and headings stays as it is. Texts on one page share `numbers`, so that
    no two meanings have the same id.
    """
    if words.pattern is None:
        return html
    seen: set[str] = set()
    numbers = numbers or count(1)
    inside: list[str] = []
    parts = TAG.split(html)
    for place, part in enumerate(parts):
        if place % 2:
            _follow(part, inside)
        elif part and not inside:
            parts[place] = words.pattern.sub(
                lambda found: _opener(found.group(), words, address, seen, numbers), part
            )
    return "".join(parts)


def _follow(tag: str, inside: list[str]) -> None:
    """Keep track of the elements whose text is left alone."""
    name = re.match(r"</?\s*(\w+)", tag)
    if name is None or name.group(1).lower() not in LEAVES_ALONE:
        return
    if not tag.startswith("</"):
        inside.append(name.group(1))
    elif inside:
        inside.pop()


def _opener(found: str, words: Words, address: str, seen: set[str], numbers: Iterator[int]) -> str:
    """The word as a button, and its meaning beside it, which shows when the button is pressed.

    Neither needs a script. A browser that knows no popovers shows the meaning in the text.
    """
    term = words.terms.get(_plain(_unescaped(found)))
    if term is None or term.anchor in seen:
        return found
    seen.add(term.anchor)
    name = f"meaning-{next(numbers)}"
    meaning = _escaped(" ".join(term.meaning.split()))
    return (
        f'<button type="button" class="app-term" popovertarget="{name}">{found}</button>'
        f'<span class="app-term__meaning" id="{name}" popover>'
        f"<strong>{_escaped(term.word)}</strong> {meaning} "
        f'<a href="{address}#{term.anchor}">In the glossary</a></span>'
    )


def _plain(word: str) -> str:
    return word.casefold()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
