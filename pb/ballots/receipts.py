"""The receipt: what a voter keeps to find the own ballot in the published list."""

import hashlib

from pb.eligibility import crockford

LENGTH = 16  # characters of five bits: the first 80 bits of the commitment
BYTES = LENGTH * 5 // 8

grouped = crockford.grouped


def commitment(content: bytes) -> bytes:
    """The seal on a ballot: it shows nothing of it, and fits no other."""
    return hashlib.sha256(b"pb1|" + content).digest()


def code(commitment: bytes) -> str:
    """The receipt of a ballot, as it is printed."""
    number = int.from_bytes(commitment[:BYTES], "big")
    return crockford.grouped(crockford.encode(number, LENGTH))


def beginning(typed: str) -> bytes:
    """The first bytes of the commitment behind a typed receipt; raises Mistyped."""
    parsed = crockford.parse(typed, LENGTH)
    return crockford.decode(parsed).to_bytes(BYTES, "big")
