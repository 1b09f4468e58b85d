"""Numbers for people to copy by hand: Crockford's base 32 with a check character.

No I, L, O and U: they are read as 1, 1, 0 and V. The check character finds every single wrong
character and every swap of two characters.
"""

from pb.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VALUES = {character: value for value, character in enumerate(ALPHABET)}
# Times x in the field of 32 elements, made by x⁵ + x² + 1.
DOUBLED = [value << 1 ^ (0b100101 if value & 16 else 0) for value in range(32)]
READ_AS = str.maketrans("OILoil", "011011")
BETWEEN = frozenset(" \t\r\n\u00a0\u202f-_.·–—\u2010\u2011\u2212")
GROUP = 4


class Mistyped(Invalid):
    """What was typed cannot be a code; the sentence says why, and no look-up is needed."""


def check_character(text: str) -> str:
    """The character that goes after `text`."""
    return ALPHABET[DOUBLED[_remainder(text)]]


def encode(number: int, length: int) -> str:
    """A number as `length` characters and their check character."""
    text = "".join([ALPHABET[number >> place & 31] for place in range(5 * length - 5, -1, -5)])
    return text + check_character(text)


def decode(code: str) -> int:
    """The number in a code that `parse` has accepted."""
    number = 0
    for character in code[:-1]:
        number = number << 5 | VALUES[character]
    return number


def grouped(code: str) -> str:
    """A code as it is printed, such as ABCD-EFGH-JKMN-P."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def parse(typed: str, length: int) -> str:
    """The code that somebody meant: capitals without blanks and dashes; raises Mistyped."""
    plain = "".join(c for c in typed if c not in BETWEEN).translate(READ_AS).upper()
    if strange := [character for character in plain if character not in VALUES]:
        raise Mistyped(f"“{strange[0]}” is not used in codes. Compare with your code again.")
    if len(plain) != length + 1:
        raise Mistyped(f"A code has {length + 1} letters and digits; this one has {len(plain)}.")
    if DOUBLED[_remainder(plain[:-1])] != VALUES[plain[-1]]:
        raise Mistyped("There is a typing mistake in the code. Compare it with yours again.")
    return plain


def _remainder(text: str) -> int:
    """The text as a polynomial over the field of 32 elements, at one point (Horner's scheme)."""
    total = 0
    for character in text:
        total = DOUBLED[total] ^ VALUES[character]
    return total
