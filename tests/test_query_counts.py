"""A page asks the database as often for a city as for a hamlet.

What is counted is statements, on every page of both doors, in a small round and in one that has
three times the areas, projects, proposals, voters and appointments.
"""

from datetime import timedelta

import pytest

from pb.proposals.models import State
from pb.rounds import calendar
from pb.rounds.models import Phase, Role
from tests import make
from tests.results import elections
from tests.test_access import requests

SMALL, LARGE = 2, 6
# Addresses that ask more often for a larger round, and why they may.
GROWING: dict[str, str] = {}


def build(session, keys, phase: Phase, size: int):
    """A round of so many areas, with that many of everything in each."""
    areas = {"town": 100_000_00} | {f"area-{n}": 20_000_00 for n in range(size)}
    projects = {
        f"{area}-{n}": (area, (n + 1) * 1_000_00)
        for area in areas
        for n in range(size)
    }  # fmt: skip
    voted = phase in (Phase.VOTING, Phase.COUNTING)
    made = elections.town(
        session, keys, phase, areas=areas, projects=projects if voted else {}, ballots=()
    )
    for n in range(size):
        author = make.appointed(session, made.round, Role.CONNECTOR, f"Connie {n}")
        make.appointed(session, made.round, Role.CLERK, f"Clark {n}")
        if not voted:
            make.proposal(session, made.round, author, State.SUBMITTED)
    if voted:
        at = calendar.span(made.round, Phase.VOTING).opens_at
        for area in areas:
            for n in range(size):
                slug = None if area == "town" else area
                elections.cast(made, (f"{area}-{n}",), at=at, area=slug)
    session.commit()
    if phase is Phase.COUNTING:
        made.publish_count()
    return made


def people(session, browse, round) -> dict:
    """A browser for each kind of person who sees pages of their own."""
    voter = browse()
    entry = make.entry(session, round)
    with voter.client.session_transaction() as cookie:
        cookie["voter"] = {str(round.id): entry.id}
    roles = (Role.COMMISSIONER, Role.STEWARD)
    staff = {str(role): browse(make.appointed(session, round, role)) for role in roles}
    return {"voter": voter, **staff}


@pytest.mark.parametrize("phase", [Phase.REVIEW, Phase.VOTING, Phase.COUNTING])
def test_no_page_asks_more_often_because_the_round_is_larger(
    app, session, keys, clock, browse, asked, phase
):
    """COUNTING: the result of this round is published, and the clock has reached its date."""
    rounds = [build(session, keys, phase, size).round for size in (SMALL, LARGE)]
    if phase is Phase.COUNTING:
        clock.now = calendar.span(rounds[0], Phase.RESULTS).opens_at + timedelta(hours=1)
    both = [people(session, browse, round) for round in rounds]
    slugs = [round.slug for round in rounds]
    paths = [
        path.replace(slugs[0], "{slug}")
        for _, path, method, about_round in requests(app, rounds[0])
        if method == "GET" and about_round
    ]
    session.close()
    growing, looked_at = [], 0
    for path in paths:
        for name in both[0]:
            (status, few), (other, many) = (
                asked(who[name], path.format(slug=slug))
                for who, slug in zip(both, slugs, strict=True)
            )
            if status == other == 200:
                looked_at += 1
                if many > few and path not in GROWING:
                    growing.append(f"{path} as {name}: {few} statements, then {many}")
    assert looked_at > 30, "most pages were there to be looked at"
    assert not growing, "\n".join(growing)


def test_the_way_to_a_receipt_asks_few_questions(app, session, keys, browse, asked):
    """Every step of a voter, with what it asks at most: the evening before the close counts."""
    round = build(session, keys, Phase.VOTING, SMALL).round
    voter = people(session, browse, round)["voter"]
    base = f"/rounds/{round.slug}/vote"
    session.close()
    # On SQLite two of them begin the transaction.
    most = {base: 6, f"{base}/ballot": 7}
    counted = {path: asked(voter, path) for path in most}
    assert all(status == 200 for status, _ in counted.values())
    assert {path: many for path, (_, many) in counted.items() if many > most[path]} == {}


def test_sending_a_ballot_asks_few_questions(session, keys, browse, statements, backend):
    """PostgreSQL: the lock with revision and voter, the mark with the ballot. SQLite: each alone,
    two transactions, and the revision again in the second."""
    round = build(session, keys, Phase.VOTING, SMALL).round
    voter = people(session, browse, round)["voter"]
    send, empty = f"/rounds/{round.slug}/vote/send", {"empty": "yes"}
    session.close()
    for _ in range(2):
        assert voter.post(send, empty).status_code == 303
    with statements() as seen:
        assert voter.post(send, empty).status_code == 303
    assert len(seen) <= {"postgresql": 2, "sqlite": 6}[backend], "\n".join(seen)
