"""How many paper ballots a clerk types in a minute, on the real page, in a real browser.

    python benchmarks/paper_entry.py [--sheets 20] [--key-ms 200] [--read-s 3] [--database URL]

A clerk in Chromium uses nothing but the keyboard: one key every 200 ms, as somebody types who looks
from the paper to the screen, and three seconds to take a sheet and read it. A ballot has twenty
projects and five marks. A second clerk then types all sheets again without seeing the first. What
is measured is what the software can be blamed for: how many keys a sheet needs, and how long it
takes from Enter until the empty form of the next sheet has the focus. Without a database it is
SQLite, in a folder that is gone afterwards; otherwise it must be empty.
"""

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import live
import sqlalchemy as sa
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.orm import Session
from voting import SLUG, found_town

from pb import db
from pb.accounts import service as accounts
from pb.ballots.models import Channel, TurnoutMark
from pb.ballots.paper import service as paper
from pb.rounds.models import Appointment, Role, Round, Seat, Side

PROJECTS, MARKS = 20, 5
PASSWORD = "four long words here"  # noqa: S105 (of a town that is gone afterwards)
TYPE = f"/commission/rounds/{SLUG}/paper/batches/1/type"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
PATIENCE = 180_000  # milliseconds on a busy machine
FIRST_FIELD = "input[name=sheet]:focus"


@dataclass
class Typed:
    """What one clerk did: keys and seconds of every sheet, and the wait after Enter."""

    keys: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def per_minute(self) -> float:
        return 60 * len(self.seconds) / sum(self.seconds)


@dataclass(frozen=True)
class Pace:
    """How fast a clerk is: seconds for a key, and to take a sheet and read it."""

    key: float
    read: float


def staff(url: str, sheets: int) -> list[str]:
    """Two clerks, and a batch of so many sheets; their addresses."""
    engine, now = db.make_engine(url), datetime.now(UTC)
    since, clerks = now - timedelta(days=50), []
    with Session(engine) as session, session.begin():
        round = session.scalars(sa.select(Round)).one()
        for name in ("Clara", "Boris"):
            clerk = accounts.register(
                session, email=f"{name}@example.org", name=name, password=PASSWORD, at=since
            )
            session.add(Seat(round_id=round.id, account_id=clerk.id, side=Side.COMMISSION))
            session.flush()
            session.add(
                Appointment(
                    round_id=round.id, account_id=clerk.id, side=Side.COMMISSION,
                    role=Role.CLERK, starts_at=since,
                )
            )  # fmt: skip
            clerks.append(clerk)
        session.flush()
        paper.issue(session, round, place="Hall", area=None, sheets=sheets, by=clerks[0], at=now)
        found = [clerk.email for clerk in clerks]
    engine.dispose()
    return found


def papers(sheets: int) -> list[list[str]]:
    """What stands on the sheets: their number, the voter's number, the marks."""
    lot = random.Random(1)
    marks = [sorted(lot.sample(range(1, PROJECTS + 1), MARKS)) for _ in range(sheets)]
    return [
        [str(n), str(n), " ".join(str(number) for number in ticked)]
        for n, ticked in enumerate(marks, 1)
    ]


def sign_in(page: Page, email: str) -> None:
    page.goto("/account/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_all(page: Page, sheets: list[list[str]], pace: Pace, told: str) -> Typed:
    """One clerk types every sheet; SystemExit where the page says something else than `told`."""
    done, delay = Typed(), pace.key * 1000
    page.goto(TYPE)
    page.locator(FIRST_FIELD).wait_for()
    for texts in sheets:
        began = time.perf_counter()
        time.sleep(pace.read)
        for text in texts[:-1]:
            page.keyboard.type(text, delay=delay)
            page.keyboard.press("Tab", delay=delay)
        page.keyboard.type(texts[-1], delay=delay)
        sent = time.perf_counter()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.locator(FIRST_FIELD).wait_for()
        now = time.perf_counter()
        done.keys.append(sum(len(text) + 1 for text in texts))  # and Tab, or Enter at the end
        done.waits.append(now - sent)
        done.seconds.append(now - began + pace.key)  # Enter itself is pressed at once here
        if f"Sheet {texts[0]} {told}" not in page.inner_text("main"):
            raise SystemExit(page.inner_text("main"))
    return done


@contextmanager
def browser(port: int) -> Iterator:
    """`browser(port)` yields a function that opens a fresh window on the server."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        address = f"http://127.0.0.1:{port}"

        def window() -> Page:
            context = opened.new_context(base_url=address)
            context.set_default_timeout(PATIENCE)
            return context.new_page()

        yield window
        opened.close()


def measure(url: str, folder: Path, sheets: int, pace: Pace) -> list[Typed]:
    """Both entries of all sheets, one after the other."""
    settings = found_town(url, folder / "data", PROJECTS, sheets).settings
    clerks, found = staff(url, sheets), []
    server = live.Gunicorn(settings, folder / "log")
    try:
        with browser(server.port) as window:
            told = ("waits for a second person.", "counts.")
            for email, sentence in zip(clerks, told, strict=True):
                page = window()
                sign_in(page, email)
                found.append(type_all(page, papers(sheets), pace, sentence))
    finally:
        server.stop()
    if counted(url) != sheets:
        raise SystemExit("Not every sheet is in the box.")
    return found


def counted(url: str) -> int:
    """How many ballots on paper lie in the box."""
    engine = db.make_engine(url)
    with Session(db.read_only(engine)) as session:
        query = sa.select(sa.func.count()).where(TurnoutMark.channel == Channel.PAPER)
        number = session.scalar(query) or 0
    engine.dispose()
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Type all sheets twice, and print how fast that was."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sheets", type=int, default=20)
    parser.add_argument("--key-ms", type=float, default=200)
    parser.add_argument("--read-s", type=float, default=3)
    parser.add_argument("--database", default="")
    asked = parser.parse_args(arguments)
    pace = Pace(asked.key_ms / 1000, asked.read_s)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        url = asked.database or f"sqlite:///{folder / 'pb.sqlite'}"
        found = measure(url, folder, asked.sheets, pace)
    print(f"{asked.sheets} sheets of {PROJECTS} projects with {MARKS} marks; ", end="")
    print(f"a key every {asked.key_ms:g} ms, {asked.read_s:g} s to read a sheet")
    for entry, one in zip(("first", "second"), found, strict=True):
        middle, late = statistics.median(one.waits) * 1000, max(one.waits) * 1000
        print(
            f"{entry} entry: {one.per_minute:.1f} ballots a minute; "
            f"{statistics.mean(one.keys):.1f} keys a ballot; from Enter to the next form "
            f"{middle:.0f} ms (median), {late:.0f} ms (longest)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
