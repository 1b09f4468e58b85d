"""What the tests of the ballot box do again and again."""

import threading

from sqlalchemy import func, select

from pb.ballots import service
from pb.ballots.envelope import Opener
from tests import make


def count(session, model) -> int:
    return session.scalar(select(func.count()).select_from(model))


def in_parallel(number, work) -> list:
    """Do `work(n)` in that many threads at once; returns results and errors."""
    start, found = threading.Barrier(number), []

    def run(n):
        start.wait()
        try:
            found.append(work(n))
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def seal(session, round, keys, at):
    opener = Opener(make.PRIVATE_KEY, round.box_key) if round.encrypted else None
    summary = service.seal(session, round, at=at, keys=keys, opener=opener)
    session.commit()
    return summary


def inside(round, live) -> bytes:
    """What lies in a stored ballot, as somebody with the private key reads it."""
    if not round.encrypted:
        return live.content
    return Opener(make.PRIVATE_KEY, round.box_key).open(live.content)
