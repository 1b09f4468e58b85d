"""Voting codes: what is printed in a letter, and the keyed hash that is kept of it."""

import secrets
from collections.abc import Callable

from pb.eligibility import crockford
from pb.keys import KeyRing, Purpose

LENGTH = 12  # characters of five bits: 60 random bits
Bits = Callable[[int], int]  # a source of random bits, such as secrets.randbits

grouped = crockford.grouped


def new(bits: Bits = secrets.randbits) -> str:
    """A code that nobody can guess, with its check character."""
    return crockford.encode(bits(5 * LENGTH), LENGTH)


def parse(typed: str) -> str:
    """The code that a voter meant; raises Mistyped before any look-up."""
    return crockford.parse(typed, LENGTH)


def mac(keys: KeyRing, round_id: int, code: str) -> bytes:
    """All that is kept of a code."""
    return keys.mac(round_id, Purpose.ROLL, "code", code)
