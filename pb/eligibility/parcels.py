"""Parcels: files that wait outside the database, each encrypted with a key of its own.

The key is kept elsewhere, and the name of the file follows from it. Whoever finds a parcel without
its key can neither read it nor say what it is.
"""

import contextlib
import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from nacl import bindings as sodium

KEY = 32  # bytes
PIECE = 1 << 16  # bytes that are encrypted together
SEALED_PIECE = PIECE + sodium.crypto_secretstream_xchacha20poly1305_ABYTES
HEADER = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
FINAL = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
MORE = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE


def new_key() -> bytes:
    """A key that nobody can guess."""
    return secrets.token_bytes(KEY)


class Parcel:
    """One file in a folder (mode 0700), for its owner only (mode 0600)."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.key = key
        self.path = folder / hashlib.sha256(b"parcel" + key).hexdigest()[:32]
        self._file: IO[bytes] | None = None

    @contextlib.contextmanager
    def written(self) -> Iterator[io.RawIOBase]:
        """A stream to write to; the parcel is there once it has been written to the end."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_suffix(".tmp")
        draft.unlink(missing_ok=True)
        try:
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                stream = _Sealing(file, self.key)
                yield stream
                stream.finish()
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)

    def open(self) -> None:
        """Make sure that it can still be read, also after it is removed; FileNotFoundError."""
        self._file = self.path.open("rb")

    def read(self) -> Iterator[bytes]:
        """What was written, piece by piece; ValueError where it is not whole."""
        if self._file is None:
            self.open()
        with self._file as file:
            state = sodium.crypto_secretstream_xchacha20poly1305_state()
            header = file.read(HEADER)
            sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header, self.key)
            tag = MORE
            while tag != FINAL:
                sealed = file.read(SEALED_PIECE)
                if not sealed:
                    raise ValueError("The parcel is not whole.")
                plain, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, sealed)
                yield plain

    def size(self) -> int:
        """How many bytes were written."""
        sealed = self.path.stat().st_size - HEADER
        return sealed - -(-sealed // SEALED_PIECE) * (SEALED_PIECE - PIECE)

    def remove(self) -> None:
        """Remove the file; safe to repeat."""
        self.path.unlink(missing_ok=True)


class _Sealing(io.RawIOBase):
    """Encrypts what is written, in pieces, so that it is never in memory as a whole."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._file, self._waiting = file, bytearray()
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        file.write(sodium.crypto_secretstream_xchacha20poly1305_init_push(self._state, key))

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._push(bytes(self._waiting[:PIECE]), MORE)
            del self._waiting[:PIECE]
        return len(data)

    def finish(self) -> None:
        """Mark the end: a parcel without it is not whole."""
        self._push(bytes(self._waiting), FINAL)

    def _push(self, piece: bytes, tag: int) -> None:
        sealed = sodium.crypto_secretstream_xchacha20poly1305_push(self._state, piece, tag=tag)
        self._file.write(sealed)
