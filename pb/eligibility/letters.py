"""Letters with voting codes as PDF: data in, bytes out; nothing is stored here.

What draws them is loaded when it is used: it takes 25 MB, which most processes never need.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from pb import qr
from pb.eligibility.fonts import FILES
from pb.eligibility.letterhead import Letterhead

PER_FILE = 500
SPECIMEN_CODE = "SPEC-IMEN-0000-0"  # its check character is wrong: no voter's code looks like it
MOST_LINES = 6  # of an address, which a window shows


@dataclass(frozen=True, slots=True)
class Letter:
    """What one letter says that the others do not."""

    number: int  # of the entry on the roll
    area: str  # empty for people who vote city-wide only
    code: str  # as printed
    link: str  # what the QR code opens
    language: str = "en"
    address: tuple[str, ...] = ()  # name and address; without them the number stands for the person
    person: str = ""  # the number in the town's register, where a list said it


def specimen(heads: Mapping[str, Letterhead], language: str, area: str, link: str) -> bytes:
    """One letter to look at, whose code opens no ballot."""
    letter = Letter(0, area, SPECIMEN_CODE, f"{link}?code={SPECIMEN_CODE}", language)
    return pdf(heads, [letter], is_specimen=True)


def files(heads: Mapping[str, Letterhead], letters: Iterable[Letter]) -> Iterator[bytes]:
    """PDF files of at most `PER_FILE` letters each, made one after the other."""
    waiting = iter(letters)
    while part := list(islice(waiting, PER_FILE)):
        yield pdf(heads, part)


def pdf(
    heads: Mapping[str, Letterhead], letters: Sequence[Letter], *, is_specimen: bool = False
) -> bytes:
    """The letters as one PDF file, a page each, every letter in its language."""
    from pb.eligibility import letter_page

    document = letter_page.document(heads[letters[0].language])
    pages: dict[str, letter_page.Page] = {}
    for letter in letters:
        language = letter.language
        if language not in pages:
            pages[language] = letter_page.Page(document, heads[language])
        document.add_page()
        if is_specimen:
            pages[language].stamp()
        pages[language].draw(letter)
    return bytes(document.output())


def picture_in_page(link: str) -> str:
    """The QR code of a link as the address of a picture that is in the page itself."""
    return qr.make(link).png_data_uri(scale=3, border=4)


def unprintable(text: str) -> str | None:
    """The first character of a text that the fonts of the letters do not have."""
    return next((character for character in text if ord(character) not in _known()), None)


def printable_only(text: str) -> str:
    """A text without signs that nobody sees, such as those that turn the direction of others."""
    plain = unicodedata.normalize("NFC", text)
    return "".join(c for c in plain if c in "\u200c\u200d" or unicodedata.category(c)[0] != "C")


@cache
def _known() -> frozenset[int]:
    """The characters that both fonts have."""
    from fontTools.ttLib import TTFont

    faces = [set(TTFont(file).getBestCmap()) for file in FILES.values()]
    return frozenset(set.intersection(*faces))
