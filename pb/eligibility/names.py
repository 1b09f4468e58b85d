"""Comparing names as people write them, not letter by letter."""

import unicodedata
from itertools import permutations

# Letters that NFKD leaves whole, as people write them where they have no such key.
UNMARKED = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))
MOST_ORDERED = 5  # parts of a name that are tried in every order


def tokens(name: str) -> frozenset[str]:
    """The parts of a name without case, marks, hyphens and order.

    “Núñez-Øst, Ana” is ana, nunez and ost; “O’Brien” is one part.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).translate(UNMARKED)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(APOSTROPHES)
    plain = without_invisible(plain)
    return frozenset("".join(c if c.isalnum() else " " for c in plain).split())


def without_invisible(text: str) -> str:
    """A text without the characters that only direct how it is shown, as programs paste them in."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def same(one: str, other: str) -> bool:
    """Whether two spellings can be the name of one person.

    They are equal without case, marks, blanks, hyphens and order; or one has all parts of the
    other and these are at least two, because a second first name or surname is often left out.
    """
    a, b = tokens(one), tokens(other)
    if not a or not b:
        return False
    if min(len(a), len(b)) >= 2 and (a <= b or b <= a):
        return True
    if a == b:
        return True
    return len(a) != len(b) and bool(_written_together(a) & _written_together(b))


def _written_together(parts: frozenset[str]) -> set[str]:
    """The name without blanks, in every order: “De Vries” can be “Devries”."""
    if len(parts) > MOST_ORDERED:
        return set()
    return {"".join(order) for order in permutations(parts)}
