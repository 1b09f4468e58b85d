"""How many people can vote at once, through gunicorn, on both databases.

    python benchmarks/voting.py --seconds 600 --database both

A journey is what one voter does: enter the code, open a ballot of a hundred projects, choose, check
it, send it, read the receipt. Afterwards vote POSTs alone are measured against bare.py behind the
same kind of server: one INSERT and one commit, and the bare transaction of a vote. All take turns,
so that whatever else the machine does hits all of them. All runs on loopback, in a folder that is
gone afterwards.
"""

import argparse
import contextlib
import itertools
import json
import os
import random
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import bare
import live
import sqlalchemy as sa
from sqlalchemy.orm import Session
from visitor import Broken, Visitor, enter, expect, vote

from pb import db
from pb.cli.database import upgrade
from pb.eligibility import codes
from pb.eligibility.models import RollEntry
from pb.keys import KeyRing
from pb.proposals import definition
from pb.proposals.models import Project
from pb.rounds import calendar
from pb.rounds.models import Area, Phase, Round
from pb.tally.ballots import BallotKind, Limits

SLUG = "city"
MOST = 5  # projects on a ballot
SLICES = 8  # turns that vote POSTs, bare inserts and bare transactions take
SUMMARY = (
    "Somewhere to sit in the shade, with a tap for drinking water and a place for bicycles. " * 2
)


@dataclass
class Timing:
    """What was measured of one kind of work: how often it was done, and in how many seconds."""

    done: int = 0
    seconds: float = 0
    errors: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.done / self.seconds if self.seconds else 0.0

    def percentile(self, percent: int) -> float:
        """Milliseconds within which that many of a hundred were done."""
        if len(self.times) < 2:
            return 0.0
        return statistics.quantiles(self.times, n=100)[percent - 1] * 1000

    def add(self, other: "Timing") -> None:
        self.done += other.done
        self.seconds += other.seconds
        self.errors += other.errors
        self.times += other.times


@dataclass(frozen=True)
class Report:
    """One database's line."""

    database: str
    journeys_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    journeys: int
    errors: int
    votes_per_second: float
    vote_p99_ms: float
    insert_per_second: float
    of_insert: float
    cast_per_second: float
    of_cast: float
    first_error: str | None = None


class Town(NamedTuple):
    """A round in voting, and the codes of its voters."""

    settings: dict[str, str]
    codes: list[str]


def found_town(url: str, folder: Path, projects: int, voters: int) -> Town:
    """A round in voting with so many projects and voters."""
    folder.mkdir()
    engine, keys, now = db.make_engine(url), KeyRing(folder / "keys"), datetime.now(UTC)
    upgrade(engine)
    made = [codes.new() for _ in range(voters)]
    with Session(engine) as session:
        round = _round(now)
        session.add(round)
        session.flush()
        session.add_all(_projects(round, projects))
        session.flush()
        round.config_digest, round.frozen_at = definition.digest(session, round), now
        rows = [
            {"round_id": round.id, "person_mac": secrets.token_bytes(32), "codes_issued": 1,
             "code_mac": codes.mac(keys, round.id, code), "code_issued_at": now}
            for code in made
        ]  # fmt: skip
        session.execute(sa.insert(RollEntry), rows)
        session.commit()
    engine.dispose()
    settings = {"DATABASE_URL": url, "PB_DATA_DIR": str(folder), "SECRET_KEY": "of the benchmark"}
    return Town(settings, made)


def _round(now: datetime) -> Round:
    first = now - timedelta(days=5 + 10 * calendar.DATED.index(Phase.VOTING))
    opens = {phase: first + timedelta(days=10 * n) for n, phase in enumerate(calendar.DATED)}
    made = Round(
        slug=SLUG, name="City budget", purpose="", who_may_vote="", currency="EUR",
        time_zone="Europe/Amsterdam", rule_id="equal-shares", rule_params={},
        limits=Limits(BallotKind.APPROVAL, max_length=MOST).to_json(),
        ties=["lower-cost"], created_at=now, published_at=now - timedelta(days=60),
    )  # fmt: skip
    made.dates = calendar.plan(opens, first + timedelta(days=200))
    made.areas = [Area(slug="town", name="Whole town", budget=1_000_000_00, city_wide=True)]
    return made


def _projects(round: Round, number: int) -> list[Project]:
    return [
        Project(
            round_id=round.id, area_id=round.areas[0].id, number=n, code=f"{n:03}",
            title=f"A better square, number {n}", summary=SUMMARY, body=SUMMARY * 10,
            cost=n * 1_000_00,
        )
        for n in range(1, number + 1)
    ]  # fmt: skip


def drive(clients: int, seconds: float, work: Callable[[int, random.Random], None]) -> Timing:
    """Let so many clients repeat their work for that long; each says when it is Broken."""
    end, found = time.perf_counter() + seconds, [Timing() for _ in range(clients)]

    def run(n: int) -> None:
        lot, mine = random.Random(n), found[n]
        while (start := time.perf_counter()) < end:
            try:
                work(n, lot)
            except Broken as error:
                mine.errors.append(str(error))
            else:
                mine.times.append(time.perf_counter() - start)
                mine.done += 1

    threads = [threading.Thread(target=run, args=(n,)) for n in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Timing()
    for one in found:
        total.add(one)
    total.seconds = time.perf_counter() - start
    return total


def picks(lot: random.Random, projects: int) -> list[tuple[str, str]]:
    """What one voter ticks."""
    chosen = lot.sample(range(1, projects + 1), lot.randint(1, min(MOST, projects)))
    return [("project", str(number)) for number in chosen]


def journeys(port: int, town: Town, options: argparse.Namespace) -> Timing:
    """Whole journeys, each by the next voter on the roll; after the last one they vote anew."""
    waiting, lock = itertools.cycle(town.codes), threading.Lock()

    def journey(n: int, lot: random.Random) -> None:
        with lock:
            code = next(waiting)
        visitor = Visitor(port)
        try:
            enter(visitor, SLUG, code)
            vote(visitor, SLUG, picks(lot, options.projects))
        finally:
            visitor.close()

    seconds = options.seconds if options.journeys is None else options.journeys
    return drive(options.clients, seconds, journey)


def votes_and_bare(
    port: int, bare_port: int, town: Town, options: argparse.Namespace
) -> tuple[Timing, Timing, Timing]:
    """Vote POSTs of voters who have entered, bare inserts and bare transactions, in turns."""
    inside = [Visitor(port) for _ in range(options.clients)]
    seats: list[list[tuple[bytes, bytes]]] = []
    for n, visitor in enumerate(inside):
        seats.append([])
        for code in town.codes[n :: options.clients][:20]:
            visitor.cookie = b""
            enter(visitor, SLUG, code)
            expect(visitor.get(f"/rounds/{SLUG}/vote/ballot"), 200)
            seats[n].append((visitor.cookie, visitor.token))
    bare_clients = [Visitor(bare_port) for _ in range(options.clients)]

    def send(n: int, lot: random.Random) -> None:
        visitor = inside[n]
        visitor.cookie, visitor.token = lot.choice(seats[n])
        form = [("submission", f"{lot.random()}"), *picks(lot, options.projects)]
        expect(visitor.post(f"/rounds/{SLUG}/vote/send", form), 303)

    def insert(n: int, lot: random.Random) -> None:
        expect(bare_clients[n].post("/insert", []), 204)

    def cast(n: int, lot: random.Random) -> None:
        expect(bare_clients[n].post("/cast", []), 204)

    found = Timing(), Timing(), Timing()
    for _ in range(SLICES):
        turn = options.seconds / SLICES / 4
        for timing, work in zip(found, (send, insert, cast), strict=True):
            for one in (*inside, *bare_clients):  # idle connections may be gone
                one.close()
            timing.add(drive(options.clients, turn, work))
    return found


@contextlib.contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The addresses of two empty databases of one kind: the town's, and the bare one's."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'town.sqlite'}", f"sqlite:///{folder / 'bare.sqlite'}"
        return
    with live.cluster() as cluster:
        yield cluster.create("town"), cluster.create("bare")


def measure(kind: str, options: argparse.Namespace) -> Report:
    """Everything about one database."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        url, bare_url = stack.enter_context(databases(kind, folder))
        town = found_town(url, folder / "data", options.projects, options.voters)
        found_town(bare_url, folder / "bare-data", options.projects, options.voters)
        bare.create_table(bare_url)
        server = live.Gunicorn(town.settings, folder / "log")
        stack.callback(server.stop)
        path = {"DATABASE_URL": bare_url, "PYTHONPATH": str(live.ROOT / "benchmarks")}
        other = live.Gunicorn(path, folder / "bare-log", "bare:create_app()")
        stack.callback(other.stop)
        whole = journeys(server.port, town, options)
        votes, inserts, casts = votes_and_bare(server.port, other.port, town, options)
    problems = [*whole.errors, *votes.errors, *inserts.errors, *casts.errors]
    return Report(
        database=kind,
        journeys_per_second=round(whole.rate, 1),
        p50_ms=round(whole.percentile(50)),
        p95_ms=round(whole.percentile(95)),
        p99_ms=round(whole.percentile(99)),
        journeys=whole.done,
        errors=len(problems),
        votes_per_second=round(votes.rate),
        vote_p99_ms=round(votes.percentile(99)),
        insert_per_second=round(inserts.rate),
        of_insert=round(votes.rate / inserts.rate, 2) if inserts.rate else 0.0,
        cast_per_second=round(casts.rate),
        of_cast=round(votes.rate / casts.rate, 2) if casts.rate else 0.0,
        first_error=problems[0] if problems else None,
    )


def table(reports: list[Report]) -> str:
    """The reports as a Markdown table."""
    lines = [
        "| database | journeys/s | p50 | p95 | p99 | journeys | errors "
        "| votes/s | p99 | inserts/s | ratio | bare votes/s | ratio |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    lines += [
        f"| {one.database} | {one.journeys_per_second} | {one.p50_ms:.0f} ms | {one.p95_ms:.0f} ms "
        f"| {one.p99_ms:.0f} ms | {one.journeys:,} | {one.errors} | {one.votes_per_second} "
        f"| {one.vote_p99_ms:.0f} ms | {one.insert_per_second} | {one.of_insert:.0%} "
        f"| {one.cast_per_second} | {one.of_cast:.0%} |"
        for one in reports
    ]
    lines += [f"First error on {one.database}: {one.first_error}" for one in reports if one.errors]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30, help="of journeys; the rest takes 3/4")
    parser.add_argument("--journeys", type=float, help="seconds of them, if another number")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--clients", type=int, default=8, help="voters at the same moment")
    parser.add_argument("--projects", type=int, default=100)
    parser.add_argument("--voters", type=int, default=5_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object per database")
    options = parser.parse_args()
    os.environ.pop("PB_DEMO", None)
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    reports = []
    for kind in kinds:
        reports.append(measure(kind, options))
        if options.json:
            print(json.dumps(asdict(reports[-1])), flush=True)
    if not options.json:
        print(table(reports))
    return 1 if any(one.errors for one in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
