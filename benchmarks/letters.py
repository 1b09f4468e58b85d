"""How fast letters are made, and how much memory it takes: the real job, on an empty database.

    python benchmarks/letters.py [--letters 10000] [--form pdf] [--languages en,es,fr,de,pl,ar]
                                 [--database postgresql://…]

Without a database it is SQLite, in a folder that is removed afterwards; the database must be empty.
Every letter has an address; the languages take turns.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from pb import db
from pb.accounts.models import Account
from pb.cli.database import upgrade
from pb.eligibility import batches, making, orders, queries, service
from pb.eligibility.models import Form
from pb.eligibility.orders import Asked
from pb.eligibility.service import Order
from pb.keys import KeyRing
from pb.notices import jobs
from pb.notices.models import Job
from pb.rounds.models import Area, Round
from pb.tally.ballots import BallotKind, Limits

ADDRESS = "https://budget.example.org/rounds/city/vote"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the letters, and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--form", choices=[Form.PDF.value, Form.CSV.value], default=Form.PDF.value)
    parser.add_argument("--languages", default="en,es,fr,de,pl,ar")
    parser.add_argument("--database", default="")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{folder}/pb.sqlite"
        measure(Path(folder), url, asked.letters, Form(asked.form), asked.languages.split(","))
    return 0


def measure(folder: Path, url: str, number: int, form: Form, languages: list[str]) -> None:
    """One run of the job, and its parts on a line each."""
    engine, keys = db.make_engine(url), KeyRing(folder / "keys")
    upgrade(engine)
    tools = jobs.Tools(
        engine, keys, folder, "https://budget.example.org", lambda: datetime.now(UTC)
    )
    people = town(number, languages)
    with Session(engine, expire_on_commit=False) as session:
        round, clerk = prepared(session, keys, number)
        order = Order(form, sender="Town hall, Market 1", desk="Town hall, Monday to Friday, 9–17")
        job = orders.ask(
            session,
            round,
            Asked(order, "Example", ADDRESS, back="/letters"),
            people,
            by=clerk,
            at=tools.clock(),
            keys=keys,
            data_dir=folder,
        )
        session.commit()
        before, begun, computed = peak(), time.perf_counter(), time.process_time()
        jobs.run_next(tools, {orders.KIND: making.make})
        seconds, computed = time.perf_counter() - begun, time.process_time() - computed
        job = session.get(Job, job.id, populate_existing=True)
        if not job.outcome:
            sys.exit(f"the job failed: {job.told}")
        batch = queries.batch_of_job(session, job.id)
        parcel = batches.collect(
            session, round, batch, folder / orders.FOLDER, by=clerk, at=tools.clock()
        )
        session.commit()
        size = sum(len(piece) for piece in parcel.read())
    engine.dispose()
    print(f"{number:,} letters ({form}, {engine.dialect.name}) in {seconds:.1f} s")
    print(
        f"{number / seconds:.0f} letters per second; {number / computed:.0f} per second of one core"
    )
    print(f"peak memory {peak():.0f} MB, of which {before:.0f} MB before the job")
    print(f"file {size / 1e6:.1f} MB")


def prepared(session: Session, keys: KeyRing, number: int) -> tuple[Round, Account]:
    """A round whose roll has so many people, and somebody who asks for their letters."""
    now = datetime.now(UTC)
    clerk = Account(email="clerk@example.org", name="Clerk", session_key="x", created_at=now)
    round = Round(
        slug="city",
        name="City budget",
        currency="EUR",
        time_zone="Europe/Amsterdam",
        limits=Limits(BallotKind.APPROVAL, max_length=3).to_json(),
        created_at=now - timedelta(days=1),
        areas=[
            Area(slug="north", name="North", budget=500_000_00, position=0),
            Area(slug="town", name="Town", budget=900_000_00, position=1, city_wide=True),
        ],
    )
    session.add_all([clerk, round])
    session.commit()
    rows = "".join(f"P{n};north\n" for n in range(number))
    data = f"person;area\n{rows}".encode()
    service.import_roll(session, round, data, "roll.csv", by=clerk, at=now, keys=keys)
    session.commit()
    return round, clerk


def town(number: int, languages: list[str]) -> bytes:
    """The list with names and addresses of so many people."""
    rows = (
        f"P{n};Ana Pérez-Müller {n};Long Street {n % 300};{1000 + n % 90} Example;"
        f"{languages[n % len(languages)]}\n"
        for n in range(number)
    )
    return f"person;name;address 1;address 2;language\n{''.join(rows)}".encode()


def peak() -> float:
    """The largest memory of this process so far, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    sys.exit(main())
