"""A list on its way into the roll, in a small database of its own.

However long the list is, little of it is in memory; and until all of it is found good, the roll
and everybody who writes to the real database are left alone. It holds keyed hashes and sealed
details only, and is deleted when the list is read.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.db import bulk_insert
from pb.eligibility.models import RollEntry, RollPerson
from pb.eligibility.people import Sealer
from pb.eligibility.roll import Row

AT_ONCE = 5_000  # rows of one statement
LOOKED_UP = 500  # bound variables of one look-up
ENTRY_COLUMNS = (
    "round_id", "number", "area_id", "voter_class", "import_id", "person_mac", "codes_issued",
)  # fmt: skip
PERSON_COLUMNS = ("round_id", "number", "sealed", "birth_mac", "email_mac")


class Staging:
    """Accepted rows, counted from 1 in the order of the list."""

    def __init__(self, path: Path | None = None) -> None:
        """Begin anew in a file, or in memory for a short list."""
        if path is not None:
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
        self._path = path
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        # Nothing here outlives a crash: the list is read again then.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-8000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(
            "CREATE TABLE staged (n INTEGER PRIMARY KEY, line INTEGER, mac BLOB, area_id INTEGER,"
            " voter_class TEXT, sealed BLOB, birth_mac BLOB, email_mac BLOB)"
        )

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def add(self, rows: Iterable[Row], mac: Callable[..., bytes], sealer: Sealer | None) -> None:
        """Stage rows under the keyed hashes of their register numbers."""
        nothing = (None, None, None)
        staged = [
            (
                row.line,
                mac("person", row.person),
                row.area_id,
                row.voter_class.value,
                *(sealer.seal(row.personal) if sealer and row.personal else nothing),
            )
            for row in rows
        ]
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO staged (line, mac, area_id, voter_class, sealed, birth_mac, email_mac)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            staged,
        )
        self._db.execute("COMMIT")

    def __len__(self) -> int:
        return self._db.execute("SELECT count(*) FROM staged").fetchone()[0]

    def doubles(self) -> Iterator[tuple[int, int]]:
        """(line, earlier line) of everybody who is on the list a second time."""
        self._db.execute("CREATE INDEX IF NOT EXISTS by_mac ON staged (mac, line)")
        yield from self._db.execute(
            "SELECT line, first FROM"
            " (SELECT line, min(line) OVER (PARTITION BY mac) AS first FROM staged)"
            " WHERE line > first ORDER BY line"
        )

    def known(self, session: Session, round_id: int) -> Iterator[int]:
        """The lines of people who are on the roll already."""
        entry = select(RollEntry.person_mac).where(RollEntry.round_id == round_id)
        if session.execute(entry.limit(1)).first() is None:
            return
        for part in self._parts("SELECT mac, line FROM staged ORDER BY mac", LOOKED_UP):
            lines = dict(part)
            for found in session.scalars(entry.where(RollEntry.person_mac.in_(list(lines)))):
                yield lines[bytes(found)]

    def store(self, session: Session, round_id: int, import_id: int, after: int) -> None:
        """Write all rows into the roll, numbered from `after` + 1.

        In the order of the hashes, so that their index grows at its end; details by number.
        """
        entries = "SELECT ?, n + ?, area_id, voter_class, ?, mac, 0 FROM staged ORDER BY mac"
        for part in self._parts(entries, AT_ONCE, (round_id, after, import_id)):
            bulk_insert(session, RollEntry.__table__, ENTRY_COLUMNS, part)
        people = (
            "SELECT ?, n + ?, sealed, birth_mac, email_mac FROM staged"
            " WHERE sealed IS NOT NULL ORDER BY n"
        )
        for part in self._parts(people, AT_ONCE, (round_id, after)):
            bulk_insert(session, RollPerson.__table__, PERSON_COLUMNS, part)

    def _parts(self, query: str, size: int, values: tuple[int, ...] = ()) -> Iterator[list[tuple]]:
        with contextlib.closing(self._db.execute(query, values)) as cursor:
            while part := cursor.fetchmany(size):
                yield part
