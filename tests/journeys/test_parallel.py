"""One voter in twelve browsers at once is still one voter."""

import threading

from sqlalchemy import func, select

from pb.ballots.models import LiveBallot, TurnoutMark
from pb.eligibility import service
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW
from tests.pages import Pages

BROWSERS = 12


def test_requests_at_the_same_moment_leave_one_mark_and_one_ballot(app, session, keys):
    projects = {"park": ("town", 5_000_00), "pool": ("town", 6_000_00)}
    round = make.round_(session, Phase.VOTING, projects=projects)
    entry = make.entry(session, round)
    clerk = make.appointed(session, round, Role.CLERK)
    [issued] = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys, entries=[entry])
    session.commit()
    browsers = [Pages(app) for _ in range(BROWSERS)]
    for pages in browsers:
        pages.post(f"/rounds/{round.slug}/vote", {"code": issued.code})
    tokens = [pages.token() for pages in browsers]
    gate, statuses = threading.Barrier(BROWSERS), []

    def send(n: int) -> None:
        gate.wait()
        form = {"csrf_token": tokens[n], "project": str(1 + n % 2), "submission": f"form {n}"}
        response = browsers[n].client.post(f"/rounds/{round.slug}/vote/send", data=form)
        statuses.append(response.status_code)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(BROWSERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [303] * BROWSERS
    assert session.scalar(select(func.count()).select_from(LiveBallot)) == 1
    assert session.scalars(select(TurnoutMark.revision)).all() == [BROWSERS]
