"""The three key sheets of a ballot box: its private key as words, any two of which give it back.

The words are SLIP-39: a list of 1,024 words that differ in their first four letters, with a
checksum that finds up to three wrong words of a sheet.
"""

import difflib
import re
from collections.abc import Sequence

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.share import Share
from shamir_mnemonic.wordlist import WORDLIST

from pb.errors import Invalid

SHEETS = 3
NEEDED = 2
WORDS = 33  # of a sheet for a key of 32 bytes
# The first four letters are enough to know a word.
KNOWN = {word: word for word in WORDLIST} | {word[:4]: word for word in WORDLIST}
MOST_PROBLEMS = 5


def split(secret: bytes) -> tuple[str, ...]:
    """The words of three sheets; any two of them give the secret (32 bytes) back."""
    (sheets,) = generate_mnemonics(1, [(NEEDED, SHEETS)], secret, iteration_exponent=0)
    return tuple(sheets)


def read(typed: str) -> Share:
    """The sheet that somebody typed; raises Invalid with a sentence for every fault.

    Capitals, numbers, commas and line breaks do not matter, and four letters of a word are enough.
    """
    words = re.findall(r"[^\W\d_]+", typed.casefold())
    if not words:
        raise Invalid("Type the words of the sheet.")
    problems = tuple(
        _unknown(place, word) for place, word in enumerate(words, 1) if word not in KNOWN
    )
    if len(words) != WORDS:
        problems = (f"There are {len(words)} words here. A sheet has {WORDS}.", *problems)
    if problems:
        raise Invalid(" ".join(problems[:MOST_PROBLEMS]), problems)
    try:
        return Share.from_mnemonic(" ".join(KNOWN[word] for word in words))
    except MnemonicError:
        raise Invalid(
            "Every word is on the list, but together they are not a key sheet. "
            "One word is a different one, or two have changed places."
        ) from None


def number(sheet: Share) -> int:
    """Which of the three sheets this is, from 1."""
    return sheet.index + 1


def join(sheets: Sequence[Share]) -> bytes:
    """The secret behind two sheets; raises Invalid where they do not belong together."""
    if len(sheets) != NEEDED:
        raise Invalid("Two key sheets are needed.")
    first, second = sheets
    if first.group_parameters() != second.group_parameters():
        raise Invalid(
            "The two sheets belong to different keys. One of them is from an earlier key, "
            "or from another round."
        )
    if first.index == second.index:
        raise Invalid(f"This is sheet {number(first)} twice. Two different sheets are needed.")
    try:
        return combine_mnemonics([sheet.mnemonic() for sheet in sheets])
    except MnemonicError:
        raise Invalid("The two sheets do not give a key. Was one of them altered?") from None


def _unknown(place: int, word: str) -> str:
    meant = difflib.get_close_matches(word, WORDLIST, n=1)
    hint = f" Did you mean “{meant[0]}”?" if meant else ""
    return f"Word {place}, “{word[:20]}”, is not on the list of words.{hint}"
