"""Which sentences say nearly the same? In any language, without a dictionary.

A sentence is taken as the triples of letters of its words. What two words share survives typing
errors, endings and another order of words. Triples that stand in many sentences count less, and
so do short words, which in most languages say least.
"""

import math
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

ALIKE = 0.5  # from here on two sentences are shown to each other
GROWTH = 1.1  # weights are worked out again when there are that many times more sentences
SHORT = {1: 0.1, 2: 0.15, 3: 0.4}  # how much a word of so many letters counts
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ة": "ه"})
ARTICLE = "ال"  # is written as one with the word that follows


def words(text: str) -> list[str]:
    """The words of a sentence without accents, marks and capital letters."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(LETTERS)
    found = "".join(c if c.isalnum() else " " for c in plain).split()
    return [_without_article(word) for word in found]


def _without_article(word: str) -> str:
    return word[2:] if word.startswith(ARTICLE) and len(word) > 4 else word


@lru_cache(maxsize=50_000)
def _triples(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(padded[n : n + 3] for n in range(max(1, len(padded) - 2)))


def features(text: str) -> dict[str, float]:
    """The triples of a sentence and how often they occur, short words counting less."""
    found: Counter[str] = Counter()
    for word in words(text):
        weight = SHORT.get(len(word), 1.0)
        for triple in _triples(word):
            found[triple] += weight
    return {triple: 1 + math.log(n) if n > 1 else n for triple, n in found.items()}


class Index:
    """Sentences by number; `find` looks for those that say nearly the same."""

    def __init__(self, sentences: Iterable[tuple[int, str]] = ()) -> None:
        self.ids: list[int] = []
        self._sentences: list[dict[str, float]] = []
        self._postings: dict[str, tuple[array, array]] = {}
        self._idf: dict[str, float] = {}
        self._norms: list[float] = []
        self._weighed = 0  # sentences when the weights were worked out
        for id, text in sentences:
            self.add(id, text)

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, id: int, text: str) -> None:
        """Take one more sentence in."""
        place, found = len(self.ids), features(text)
        self.ids.append(id)
        self._sentences.append(found)
        for triple, weight in found.items():
            places, weights = self._postings.setdefault(triple, (array("I"), array("f")))
            places.append(place)
            weights.append(weight)
        if self._weighed:
            self._norms.append(self._norm(found))

    def find(self, text: str, *, limit: int = 5, least: float = ALIKE) -> list[tuple[int, float]]:
        """Up to `limit` (number, likeness from `least` to 1), the most alike first."""
        self._weigh()
        wanted = features(text)
        length = self._norm(wanted)
        if not length:
            return []
        sums: dict[int, float] = {}
        for triple, weight in wanted.items():
            if triple in self._postings:
                factor = weight * self._rarity(triple) ** 2
                for place, other in zip(*self._postings[triple], strict=True):
                    sums[place] = sums.get(place, 0.0) + factor * other
        alike = ((total / (length * self._norms[place]), place) for place, total in sums.items())
        best = sorted(((score, place) for score, place in alike if score >= least), reverse=True)
        return [(self.ids[place], score) for score, place in best[:limit]]

    def _weigh(self) -> None:
        """Work the weights out again once there are many more sentences."""
        if self._weighed and len(self) < self._weighed * GROWTH:
            return
        self._weighed = len(self)
        self._idf = {t: self._weight_of(len(places)) for t, (places, _) in self._postings.items()}
        self._norms = [self._norm(found) for found in self._sentences]

    def _weight_of(self, sentences: int) -> float:
        return math.log(2 + self._weighed / (sentences + 1))

    def _rarity(self, triple: str) -> float:
        return self._idf.get(triple) or self._weight_of(0)

    def _norm(self, found: dict[str, float]) -> float:
        return math.sqrt(sum((w * self._rarity(triple)) ** 2 for triple, w in found.items()))
