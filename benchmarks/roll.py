"""A register of a million people, read into the roll by the job that towns use.

    python benchmarks/roll.py [--people N] [--details] [--database URL]

Writes the register, puts it among the uploads, lets a worker do the job, and looks up codes. The
database is a new file of SQLite, or the empty database at URL. Reports seconds, the most memory the
process ever had, and for how long other writers had to wait.
"""

import argparse
import csv
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from memory import peak
from sqlalchemy.orm import Session

from pb import db
from pb.accounts.models import Account
from pb.cli.database import upgrade
from pb.cli.jobs import HANDLERS
from pb.eligibility import codes, columns, queries, uploads
from pb.eligibility.columns import Need
from pb.eligibility.models import RollEntry
from pb.keys import KeyRing
from pb.notices import jobs
from pb.notices.models import Job, JobState
from pb.rounds.models import Area, Round

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
AREAS = 20
LOOK_UPS = 10_000
MEGABYTE = 2**20


def register(path: Path, people: int) -> None:
    """Write a register such as a town office exports it."""
    names = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(
            ["number", "area", "birth date", "first name", "surname", "street", "house number",
             "postcode", "town", "e-mail", "language"]
        )  # fmt: skip
        for n in range(people):
            born = date(1940, 1, 1) + timedelta(days=names.randrange(24_000))
            table.writerow(
                [f"{n * 7919 % 10**9:09}", f"area-{n % AREAS}", born, f"Ana{n % 977}",
                 f"Núñez-{n % 7919}", f"Street {n % 3001}", n % 200, f"{1000 + n % 9000} AB",
                 "Marlehaven", f"p{n}@example.org", "en"]
            )  # fmt: skip


def prepare(engine: sa.Engine, register: Path, folder: Path, *, details: bool) -> int:
    """A round, an officer, the upload and its job; the number of the round."""
    with Session(engine) as session, session.begin():
        officer = Account(email="o@example.org", name="Olga", session_key="x", created_at=NOW)
        round = Round(
            slug="city", name="City", currency="EUR", time_zone="Europe/Amsterdam", created_at=NOW
        )
        round.areas = [
            Area(slug=f"area-{n}", name=f"Area {n}", budget=1, position=n) for n in range(AREAS)
        ]
        session.add_all([officer, round])
        session.flush()
        with register.open("rb") as file:
            upload = uploads.keep(
                session, round, file, "register.csv", by=officer, at=NOW, data_dir=folder
            )
        guess = uploads.preview_of(upload, folder).guess
        needs = frozenset(Need) if details else frozenset()
        upload.choices = columns.Choices(guess.columns, guess.date_order, needs=needs).to_json()
        job = jobs.ask(
            session, "roll.import", at=NOW, payload={"upload": upload.id}, by=officer.id,
            round_id=round.id,
        )  # fmt: skip
        upload.job_id = job.id
        return round.id


class OtherWriter(threading.Thread):
    """Somebody else who writes all the time, and notes their longest wait."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(daemon=True)
        self.engine, self.longest, self.over = engine, 0.0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            began = time.perf_counter()
            with Session(self.engine) as session, session.begin():
                session.execute(sa.update(Account).values(name=f"Olga {began}"))
            self.longest = max(self.longest, time.perf_counter() - began)


def import_all(tools: jobs.Tools) -> tuple[float, float, float]:
    """Seconds of the job, seconds of computing, and the longest wait of another writer."""
    other = OtherWriter(tools.engine)
    other.start()
    began, computed = time.perf_counter(), time.process_time()
    jobs.run_next(tools, HANDLERS)
    seconds, computed = time.perf_counter() - began, time.process_time() - computed
    other.over.set()
    other.join()
    with Session(tools.engine) as session:
        job = session.scalars(sa.select(Job)).one()
        if job.state is not JobState.DONE:
            raise SystemExit(f"{job.told} {job.problems}")
        print(job.outcome["told"])
    return seconds, computed, other.longest


def look_ups(engine: sa.Engine, round_id: int, keys: KeyRing) -> Iterator[float]:
    """Seconds of each look-up of a code, of people spread over the whole roll."""
    chosen = random.Random(2)
    with Session(engine) as session, session.begin():
        round = session.get_one(Round, round_id)
        size = session.scalar(sa.select(sa.func.max(RollEntry.number))) or 0
        made = {}
        for number in chosen.sample(range(1, size + 1), min(size, LOOK_UPS)):
            made[number] = codes.new(chosen.getrandbits)
        session.execute(
            sa.update(RollEntry.__table__)
            .where(RollEntry.__table__.c.round_id == round_id)
            .where(RollEntry.__table__.c.number == sa.bindparam("n"))
            .values(code_mac=sa.bindparam("mac")),
            [{"n": n, "mac": codes.mac(keys, round_id, code)} for n, code in made.items()],
        )
    for number, code in made.items():
        with Session(db.read_only(engine)) as session:
            round = session.get_one(Round, round_id)
            began = time.perf_counter()
            entry = queries.find_by_code(session, round, code, keys)
            yield time.perf_counter() - began
            if entry is None or entry.number != number:
                raise SystemExit("A code was not found.")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--details", action="store_true", help="keep names, addresses and so on")
    options.add_argument("--database", help="an empty PostgreSQL database")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = db.make_engine(chosen.database or f"sqlite:///{folder / 'pb.sqlite'}")
        upgrade(engine)
        tools = jobs.Tools(engine, KeyRing(folder / "keys"), folder, "", lambda: datetime.now(UTC))
        register(folder / "register.csv", chosen.people)
        size = (folder / "register.csv").stat().st_size / MEGABYTE
        round_id = prepare(engine, folder / "register.csv", folder, details=chosen.details)
        before = peak() or 0
        seconds, computed, waited = import_all(tools)
        found = sorted(look_ups(engine, round_id, tools.keys))
        engine.dispose()
    kind = engine.dialect.name + (", with personal details" if chosen.details else "")
    print(f"{kind}: {chosen.people:,} people, {size:,.0f} MB")
    print(f"read in {seconds:.1f} s, of which {computed:.1f} s of computing")
    print(f"most memory {(peak() or 0) / MEGABYTE:,.0f} MB ({before / MEGABYTE:,.0f} before)")
    print(f"another writer waited at most {waited:.1f} s")
    median, late = found[len(found) // 2], found[len(found) * 99 // 100]
    print(f"a code is found in {median * 1000:.2f} ms (median), {late * 1000:.2f} ms (99 %)")


if __name__ == "__main__":
    main()
