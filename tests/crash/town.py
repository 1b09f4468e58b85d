"""A town whose servers are killed while its voters vote."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import live
from benchmarks.visitor import Broken, Visitor, enter, vote
from pb.ballots import queries, receipts
from pb.ballots import service as box
from pb.ballots.models import LiveBallot, TurnoutMark
from pb.keys import KeyRing
from pb.rounds import calendar
from pb.rounds import queries as rounds

CLIENTS = 6


@dataclass
class Town:
    """Its voters, its server, and every receipt that a voter has seen."""

    slug: str
    codes: list[str]
    engine: sa.Engine
    keys: KeyRing
    settings: dict[str, str]
    log: Path
    receipts: list[str] = field(default_factory=list)
    troubles: int = 0  # requests that got no good answer

    def start(self) -> None:
        self.server = live.Gunicorn(self.settings, self.log)

    def stop(self) -> None:
        self.server.stop()

    def vote_while(self, disturb: Callable[[], None]) -> None:
        """Let voters vote, each once, until `disturb` has done its worst; no longer."""
        over, lock, waiting = threading.Event(), threading.Lock(), iter(self.codes)

        def voter(n: int) -> None:
            lot = random.Random(n)
            while not over.is_set():
                with lock:
                    code = next(waiting)
                self._vote(code, lot, over)

        threads = [threading.Thread(target=voter, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            disturb()
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _vote(self, code: str, lot: random.Random, over: threading.Event) -> None:
        """One voter, who begins anew until there is a receipt on the screen."""
        choices = [("project", str(number)) for number in lot.sample(range(1, 13), 3)]
        while not over.is_set():
            visitor = Visitor(self.server.port, timeout=20)
            try:
                enter(visitor, self.slug, code)
                self.receipts.append(vote(visitor, self.slug, choices).receipt)
                return
            except Broken:
                self.troubles += 1
                time.sleep(0.05)
            finally:
                visitor.close()

    def wait_for_receipts(self, number: int) -> None:
        """Wait until so many more voters have seen a receipt, and a moment that nobody expects."""
        enough = len(self.receipts) + number
        live.wait_until(lambda: len(self.receipts) >= enough, "voting")
        time.sleep(random.random() / 20)

    def kill_a_worker(self) -> None:
        """SIGKILL for one of the processes that answer, whatever it is doing."""
        live.wait_until(lambda: len(self.server.workers()) == 2, "a new worker")
        os.kill(random.choice(self.server.workers()), signal.SIGKILL)

    def box(self) -> tuple[set[bytes], int]:
        """The beginnings of the commitments in the box, and the number of marks."""
        with Session(self.engine) as session:
            stored = session.scalars(sa.select(LiveBallot.commitment)).all()
            marks = session.scalar(sa.select(sa.func.count()).select_from(TurnoutMark))
        return {commitment[: receipts.BYTES] for commitment in stored}, marks

    def seal(self) -> tuple[int, list[str]]:
        """Close the box; how many ballots were counted, and the receipts that are not there."""
        with Session(self.engine, expire_on_commit=False) as session:
            round = rounds.find(session, self.slug)
            start = calendar.counting_from(round)
            summary = box.seal(session, round, at=start, keys=self.keys)
            session.commit()
            lost = [one for one in self.receipts if not queries.find_receipt(session, round, one)]
        return summary.ballots, lost
