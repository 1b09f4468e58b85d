"""One voter in many browsers at once is still one voter."""

import threading

from sqlalchemy import select

from pb.ballots import receipts
from pb.ballots.models import LiveBallot, TurnoutMark
from pb.rounds.models import Phase
from tests import make
from tests.pages import Pages

BROWSERS = 20
TIMES = 20  # that each of them sends a ballot: 400 in all


def test_requests_at_the_same_moment_leave_one_mark_and_one_ballot(app, session, keys):
    projects = {"park": ("town", 5_000_00), "pool": ("town", 6_000_00)}
    round = make.round_(session, Phase.VOTING, projects=projects)
    [code] = make.voters(session, round, keys, 1)
    browsers = [Pages(app) for _ in range(BROWSERS)]
    for pages in browsers:
        pages.post(f"/rounds/{round.slug}/vote", {"code": code})
    tokens = [pages.token() for pages in browsers]
    gate, answers = threading.Barrier(BROWSERS), []

    def send(n: int) -> None:
        gate.wait()
        for time in range(TIMES):
            form = {"csrf_token": tokens[n], "project": str(1 + n % 2)}
            form["submission"] = f"form {n} {time}"
            response = browsers[n].client.post(f"/rounds/{round.slug}/vote/send", data=form)
            with browsers[n].client.session_transaction() as cookie:
                answers.append((response.status_code, *cookie["receipt"][str(round.id)]))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(BROWSERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sent = BROWSERS * TIMES
    assert [status for status, *_ in answers] == [303] * sent
    assert sorted(revision for *_, revision in answers) == list(range(1, sent + 1))
    last = max(answers, key=lambda answer: answer[-1])
    live = session.scalars(select(LiveBallot)).one()
    assert receipts.code(live.commitment) == last[1]
    assert session.scalars(select(TurnoutMark.revision)).all() == [sent]
