"""Secret keys of a round, kept in files outside the database and its backups.

A key that is destroyed cannot come back: what was derived from it (slots of ballots, code hashes)
can then no longer be linked to anybody, whoever holds a copy of the database.
"""

import contextlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

LENGTH = 32  # bytes of a key


class Purpose(StrEnum):
    """What a key is for; each round has one key per purpose."""

    ROLL = "roll"  # matching people of the register and looking up codes
    PEOPLE = "people"  # names and addresses on the roll; destroyed when they are erased
    REQUESTS = "requests"  # what people write who are not on the roll
    BALLOTS = "ballots"  # finding a voter's ballot again for a change; destroyed at sealing
    BROUGHT_IN = "brought-in"  # counting people once who came by a connector's link
    SHEET = "sheet"  # hiding a key sheet that waits for the second; destroyed at sealing


@dataclass(frozen=True)
class KeyRing:
    """The keys under one directory (mode 0700), one file (mode 0600) per round and purpose."""

    directory: Path

    def _path(self, round_id: int, purpose: Purpose) -> Path:
        return self.directory / f"round-{round_id}.{purpose}.key"

    def key(self, round_id: int, purpose: Purpose) -> bytes:
        """The key, made on first use; a destroyed key is not made again (FileNotFoundError)."""
        name = f"{self.directory}/round-{round_id}.{purpose}"  # every vote passes here
        if os.path.exists(f"{name}.destroyed"):
            raise FileNotFoundError(f"The {purpose} key of round {round_id} has been destroyed.")
        try:
            file = os.open(f"{name}.key", os.O_RDONLY)
        except FileNotFoundError:
            return self._make(self._path(round_id, purpose))
        try:
            return os.read(file, LENGTH)
        finally:
            os.close(file)

    def _make(self, path: Path) -> bytes:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(f".{secrets.token_hex(4)}.tmp")
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        # link() fails if another process was first: then its key is the key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        return path.read_bytes()

    def destroy(self, round_id: int, purpose: Purpose) -> None:
        """Overwrite and remove the key for good; safe to repeat."""
        path = self._path(round_id, purpose)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.with_suffix(".destroyed").touch(mode=0o600)
        self.discard(round_id, purpose)

    def discard(self, round_id: int, purpose: Purpose) -> None:
        """Overwrite and remove a key that may be made anew; safe to repeat."""
        path = self._path(round_id, purpose)
        with contextlib.suppress(FileNotFoundError):
            with open(path, "r+b") as file:
                file.write(secrets.token_bytes(LENGTH))
                os.fsync(file.fileno())
            path.unlink()

    def note_cleaned(self, round_id: int) -> None:
        """Note that nothing is left on the disk of what the destroyed keys of a round linked."""
        self._cleaned(round_id).touch(mode=0o600)

    def forget_cleaned(self, round_id: int) -> None:
        """Take that note back; safe to repeat."""
        self._cleaned(round_id).unlink(missing_ok=True)

    def is_cleaned(self, round_id: int) -> bool:
        """Whether that was noted."""
        return self._cleaned(round_id).exists()

    def _cleaned(self, round_id: int) -> Path:
        return self.directory / f"round-{round_id}.{Purpose.BALLOTS}.cleaned"

    def exists(self, round_id: int, purpose: Purpose) -> bool:
        """Whether the key was made and is not destroyed."""
        return self._path(round_id, purpose).exists()

    def is_destroyed(self, round_id: int, purpose: Purpose) -> bool:
        """Whether the key is gone for good."""
        path = self._path(round_id, purpose)
        return path.with_suffix(".destroyed").exists() and not path.exists()

    def mac(self, round_id: int, purpose: Purpose, *parts: str | int) -> bytes:
        """Keyed hash (HMAC-SHA256, 32 bytes) of the parts under the round's key."""
        return self.hasher(round_id, purpose)(*parts)

    def hasher(self, round_id: int, purpose: Purpose) -> Callable[..., bytes]:
        """`mac` for many: the key is read once."""
        key = self.key(round_id, purpose)

        def mac(*parts: str | int) -> bytes:
            message = json.dumps([str(part) for part in parts]).encode()
            return hmac.digest(key, message, "sha256")

        return mac
