"""The envelope around a ballot: closed with a key that everybody may know, opened with another.

A libsodium sealed box (X25519, XSalsa20-Poly1305). Ballots are padded first, because the size of
an envelope would tell how many projects were chosen.
"""

import hashlib

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from pb.errors import Invalid, Refused

BLOCK = 512  # bytes; most ballots of a city fit into one block


def new_key() -> bytes:
    """A private key (32 bytes)."""
    return bytes(PrivateKey.generate())


def box_key(private_key: bytes) -> bytes:
    """The key (32 bytes) that closes what the private key opens."""
    return bytes(PrivateKey(private_key).public_key)


def fingerprint(box_key: bytes) -> str:
    """Sixteen letters and digits by which people tell keys apart."""
    found = hashlib.sha256(box_key).hexdigest()[:16]
    return "-".join(found[start : start + 4] for start in range(0, 16, 4))


def close(box_key: bytes, content: bytes) -> bytes:
    """The content in an envelope that only the private key opens."""
    return SealedBox(PublicKey(box_key)).encrypt(sodium_pad(content, BLOCK))


class Opener:
    """Opens the envelopes of one round; holds the private key in memory only."""

    def __init__(self, private_key: bytes, expected: bytes) -> None:
        """Refuse (Invalid) a private key that does not belong to the `expected` box key."""
        if box_key(private_key) != expected:
            raise Invalid("These sheets belong to another key than that of this ballot box.")
        self._box = SealedBox(PrivateKey(private_key))

    def open(self, envelope: bytes) -> bytes:
        """What is inside; refused if the envelope was closed with another key, or damaged."""
        try:
            return sodium_unpad(self._box.decrypt(envelope), BLOCK)
        except (CryptoError, ValueError, TypeError):
            raise Refused("An envelope in the box cannot be opened. The box stays shut.") from None
