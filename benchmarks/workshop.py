"""Two hundred people in one workshop, through gunicorn, on both databases.

    python benchmarks/workshop.py --seconds 55 --database both

A steward leads them from the lobby to the end in less than a minute: they come in, write a note,
get into pairs, write ideas, hear some of them, mark, and see them put into groups. Meanwhile every
page asks every three seconds whether there is something new, as the script of the page does, and
fetches the piece that has changed. Whoever sends a form waits for the page that follows.
"""

import argparse
import contextlib
import json
import os
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import live
import sqlalchemy as sa
from sqlalchemy.orm import Session
from visitor import Answer, Broken, Visitor, expect
from voting import SLUG, databases, found_town

from pb import db
from pb.accounts import service as accounts
from pb.purpose.workshops import service
from pb.purpose.workshops.models import Kind, Stage, Workshop
from pb.rounds.models import Appointment, Role, Round, Seat, Side

PASSWORD = "four long words here"  # noqa: S105 (of a town that is gone afterwards)
STEWARD = "stella@example.org"
EVERY = 3  # seconds between two questions of a page
IDLE = 1  # seconds after which a connection may be gone
# How much of the time each stage takes.
SHARES = {"lobby": 0.2, "own": 0.12, "pair": 0.18, "explain": 0.14, "rank": 0.24, "arrange": 0.12}
LIVE = re.compile(rb'data-live="([^"]+)" data-piece="([^"]+)" data-tag="([^"]+)"')
STAGE = re.compile(rb'data-stage="([^"]+)"')
KINDS = ("polls", "pieces", "posts", "pages")


@dataclass
class Log:
    """What the pages of everybody did, and in how many seconds each; one lock for all."""

    times: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    same: int = 0  # polls that were answered with 304
    errors: list[str] = field(default_factory=list)
    began: dict[str, float] = field(default_factory=dict)  # stage → when the steward was answered
    arrived: list[float] = field(default_factory=list)  # seconds until a page showed a new stage
    lock: threading.Lock = field(default_factory=threading.Lock)

    def percentile(self, times: list[float], percent: int) -> int:
        """Milliseconds within which that many of a hundred were done."""
        if len(times) < 2:
            return 0
        return round(statistics.quantiles(times, n=100)[percent - 1] * 1000)


@dataclass(frozen=True)
class Report:
    """One database's lines."""

    database: str
    people: int
    seconds: float
    polls_per_second: float
    unchanged: float
    counts: dict[str, int]
    percentiles: dict[str, tuple[int, int, int]]  # kind → p50, p95, p99 in ms
    errors: int
    first_error: str | None


class Guest:
    """Somebody in the workshop: a page that looks for news, and a person who acts now and then."""

    def __init__(self, name: str, port: int, code: str, log: Log, lengths: dict) -> None:
        self.name, self.code, self.log, self.lengths = name, code, log, lengths
        self.visitor, self.last = Visitor(port), 0.0
        self.lot = random.Random(name)
        self.place = self.piece = self.news = self.tag = self.stage = ""
        self.plans: list[tuple[float, str]] = []  # (when, what)
        self.shown, self.done = b"", False

    def run(self, first: float, end: float) -> None:
        """Come in at a time in the lobby, and stay to the end."""
        time.sleep(max(0, first - time.perf_counter()))
        try:
            self.come_in()
            look = time.perf_counter() + self.wait()
            while (now := time.perf_counter()) < end:
                if self.plans and self.plans[0][0] <= now:
                    self.act(self.plans.pop(0)[1])
                elif look <= now:
                    self.look()
                    look = time.perf_counter() + self.wait()
                following = min([look, end, *(when for when, _ in self.plans[:1])])
                time.sleep(max(0, following - time.perf_counter()))
        except Broken as error:
            with self.log.lock:
                self.log.errors.append(f"{self.stage or 'coming in'}: {error}")
        finally:
            self.visitor.close()

    def come_in(self) -> None:
        join = f"/rounds/{SLUG}/workshops/join"
        self.timed("pages", lambda: expect(self.visitor.get(f"{join}?code={self.code}"), 200))
        form = [("code", self.code), ("name", self.name), ("area", "")]
        answer = self.timed("posts", lambda: expect(self.visitor.post(join, form), 303))
        self.place = answer.header(b"location").decode()
        self.take(self.timed("pages", lambda: expect(self.visitor.get(self.place), 200)))

    def look(self) -> None:
        """Ask for news, and fetch what has changed."""
        answer = self.timed("polls", lambda: self.visitor.get(self.news, self.tag))
        if answer.status == 304:
            with self.log.lock:
                self.log.same += 1
            return
        expect(answer, 200)
        self.take(self.timed("pieces", lambda: expect(self.visitor.get(self.piece), 200)))

    def take(self, answer: Answer) -> None:
        """Read what the script of the page would: where to ask, and what it shows."""
        self.shown, before = answer.body, self.stage
        news, piece, tag = (unescape(one.decode()) for one in LIVE.search(answer.body).groups())
        self.news, self.piece, self.tag = news, piece, tag
        self.stage = STAGE.search(answer.body)[1].decode()
        if before and self.stage != before:
            now = time.perf_counter()
            with self.log.lock:
                self.log.arrived.append(max(0, now - self.log.began.get(self.stage, now)))
            self.plan(now, self.lengths.get(self.stage, 0))
        self.finish()

    def plan(self, now: float, length: float) -> None:
        """What the person does at this stage, spread over the first half of it."""
        what = {"own": ["note"], "pair": ["idea"], "rank": ["mark", "mark"]}.get(self.stage, [])
        self.plans = sorted((now + self.lot.random() * length * 0.5, one) for one in what)

    def finish(self) -> None:
        """Of two, the first says that they are done once both have given their marks."""
        partner = re.search(rb"you and (.+?) share your marks", self.shown)
        mine = partner and b" and " not in partner[1] and self.name.encode() < partner[1]
        if mine and b"<strong>4 of " in self.shown and not self.done:
            self.done = True
            self.plans.append((time.perf_counter() + self.lot.random(), "done"))

    def act(self, what: str) -> None:
        """Send a form, and wait for the page that follows."""
        path, form = {
            "note": ("notes", [("text", f"Something that {self.name} thinks of")]),
            "idea": ("ideas", [("text", f"What {self.name} would like to see by the water")]),
            "mark": ("marks", [("mark", self.choice() if what == "mark" else "")]),
            "done": ("marks/done", []),
        }[what]
        path = f"{self.place}/{path}"
        self.timed("posts", lambda: expect(self.visitor.post(path, form), 303))
        self.take(self.timed("pages", lambda: expect(self.visitor.get(self.place), 200)))

    def choice(self) -> str:
        """An idea of somebody else that has no mark of this pair yet."""
        cards = [card for card in self.shown.split(b"<article")[1:] if b"Your own" not in card]
        found = [re.search(rb'name="mark" value="(\d+)"', card) for card in cards]
        return self.lot.choice([one[1].decode() for one in found if one])

    def timed(self, kind: str, ask) -> Answer:
        start = time.perf_counter()
        if start - self.last > IDLE:
            self.visitor.close()
        answer = ask()
        self.last = time.perf_counter()
        with self.log.lock:
            self.log.times[kind].append(self.last - start)
        return answer

    def wait(self) -> float:
        return EVERY * (0.8 + 0.4 * self.lot.random())


class Leader:
    """The steward: stage after stage, in time."""

    def __init__(self, port: int, number: int, log: Log) -> None:
        self.visitor, self.log = Visitor(port), log
        self.path = f"/rounds/{SLUG}/workshops/{number}/leading"
        expect(self.visitor.get("/account/sign-in"), 200)
        form = [("email", STEWARD), ("password", PASSWORD)]
        expect(self.visitor.post("/account/sign-in", form), 303)
        self.token()

    def token(self) -> bytes:
        self.visitor.close()
        return expect(self.visitor.get(self.path), 200).body

    def send(self, path: str, *form: tuple[str, str]) -> None:
        self.visitor.close()
        expect(self.visitor.post(f"{self.path}/{path}", list(form)), 303)

    def lead(self, lengths: dict[str, float]) -> None:
        """From the lobby to the end; raises Broken."""
        order = [stage.value for stage in Stage]
        for stage, following in zip(order, order[1:], strict=False):
            end = time.perf_counter() + lengths[stage]
            if stage == "explain":
                self.next_idea(lengths[stage] / 2)
            if stage == "arrange":
                self.group()
            time.sleep(max(0, end - time.perf_counter()))
            self.send("stage", ("seen", stage))
            self.log.began[following] = time.perf_counter()

    def next_idea(self, after: float) -> None:
        time.sleep(after)
        shown = re.search(rb'name="seen" value="(\d+)"', self.token())[1].decode()
        self.send("shown", ("seen", shown), ("heard", "yes"))

    def group(self) -> None:
        self.send("groups", ("name", "By the water"))
        page = self.token()
        group = re.search(rb"/groups/(\d+)/removal", page)[1].decode()
        ideas = re.findall(rb'name="group-(\d+)"', page)[:20]
        self.send("arranging", *((f"group-{one.decode()}", group) for one in ideas))


def open_workshop(url: str) -> Workshop:
    """A steward of the town, and a workshop in its lobby."""
    engine, now = db.make_engine(url), datetime.now(UTC)
    since = now - timedelta(days=50)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        round = session.scalars(sa.select(Round)).one()
        stella = accounts.register(
            session, email=STEWARD, name="Stella", password=PASSWORD, at=since
        )
        who = {"round_id": round.id, "account_id": stella.id, "side": Side.COMMUNITY}
        session.add(Seat(**who))
        session.flush()
        session.add(Appointment(**who, role=Role.STEWARD, starts_at=since))
        workshop = service.create(
            session, round, question="What would a good evening by the harbour look like?",
            kind=Kind.LIVE, by=stella, at=now, draw=random.Random(1).randrange,
        )  # fmt: skip
    engine.dispose()
    return workshop


def measure(kind: str, options: argparse.Namespace) -> Report:
    """One workshop on one database."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        url, _ = stack.enter_context(databases(kind, folder))
        town = found_town(url, folder / "data", 1, 1)
        workshop = open_workshop(url)
        server = live.Gunicorn(town.settings, folder / "log")
        stack.callback(server.stop)
        log = Log()
        leader = Leader(server.port, workshop.id, log)
        seconds = play(leader, server.port, workshop.code, log, options)
    times = {**log.times, "new stage": log.arrived}
    return Report(
        database=kind,
        people=options.people,
        seconds=round(seconds, 1),
        polls_per_second=round(len(log.times["polls"]) / seconds, 1),
        unchanged=round(log.same / max(1, len(log.times["polls"])), 3),
        counts={what: len(found) for what, found in times.items()},
        percentiles={
            what: tuple(log.percentile(found, percent) for percent in (50, 95, 99))
            for what, found in times.items()
        },
        errors=len(log.errors),
        first_error=log.errors[0] if log.errors else None,
    )


def play(leader: Leader, port: int, code: str, log: Log, options: argparse.Namespace) -> float:
    """Let everybody do their part; returns how many seconds it took."""
    lengths = {stage: share * options.seconds for stage, share in SHARES.items()}
    start = time.perf_counter()
    end = start + options.seconds + 2 * EVERY  # so that all see the end
    lot, threads = random.Random(2), []
    for n in range(options.people):
        guest = Guest(f"Guest {n:03}", port, code, log, lengths)
        first = start + lot.random() * lengths["lobby"] * 0.8
        threads.append(threading.Thread(target=guest.run, args=(first, end)))
    for thread in threads:
        thread.start()
    try:
        leader.lead(lengths)
    except Broken as error:
        log.errors.append(f"leading: {error}")
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def table(reports: list[Report]) -> str:
    """The reports as a Markdown table."""
    lines = ["| database | what | done | p50 | p95 | p99 |", "|---|---|---:|---:|---:|---:|"]
    for one in reports:
        for what, (p50, p95, p99) in one.percentiles.items():
            done = f"| {one.database} | {what} | {one.counts[what]:,} "
            lines.append(f"{done}| {p50:,} ms | {p95:,} ms | {p99:,} ms |")
    lines += [
        f"{one.database}: {one.people} people, {one.polls_per_second} polls/s, "
        f"{one.unchanged:.0%} of them unchanged, errors: {one.errors}"
        for one in reports
    ]
    lines += [f"First error on {one.database}: {one.first_error}" for one in reports if one.errors]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=55, help="from the lobby to the end")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--json", action="store_true", help="print one JSON object per database")
    options = parser.parse_args()
    os.environ.pop("PB_DEMO", None)
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    reports = [measure(kind, options) for kind in kinds]
    print("\n".join(json.dumps(asdict(one)) for one in reports) if options.json else table(reports))
    return 1 if any(one.errors for one in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
