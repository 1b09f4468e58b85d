import hashlib
import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from pb.audit.models import Entry
from pb.ballots import envelope, queries, receipts, service, turnout
from pb.ballots.models import LiveBallot, SealedChoice, SealedCommitment, TurnoutMark
from pb.db import canonical
from pb.eligibility.models import RollEntry
from pb.errors import Invalid, PhaseClosed, Refused
from pb.rounds.models import Phase, Round
from pb.tally.ballots import Ballot, BallotKind, Limits
from tests import make
from tests.ballots.box import count, in_parallel, seal
from tests.conftest import NOW


def vote_for_many(session, round, cast) -> list:
    plan = [
        ("north", {"north": ["lamp"], "town": ["pool"]}),
        ("north", {"north": ["bench", "lamp"]}),
        ("south", {"town": ["park"]}),
        (None, {"town": ["pool"]}),
        ("south", {}),
    ]
    return [cast(round, make.entry(session, round, area), **lists) for area, lists in plan]


def test_sealing_cuts_ballots_loose_and_keeps_every_list(session, round, cast, keys, shut):
    found = vote_for_many(session, round, cast)
    summary = seal(session, round, keys, shut)
    assert (summary.ballots, summary.lists) == (5, {"north": 2, "town": 3})
    assert count(session, LiveBallot) == 0
    assert round.sealed_at == shut
    rows = session.execute(
        select(SealedChoice.area_id, SealedChoice.n, SealedChoice.choices).order_by(
            SealedChoice.area_id, SealedChoice.n
        )
    ).all()
    north, town = make.area(round, "north").id, make.area(round).id
    assert rows == [
        (north, 1, {"choices": ["bench", "lamp"]}),
        (north, 2, {"choices": ["lamp"]}),
        (town, 1, {"choices": ["park"]}),
        (town, 2, {"choices": ["pool"]}),
        (town, 3, {"choices": ["pool"]}),
    ]
    profile = queries.profile(session, round, make.area(round))
    assert dict(profile.groups) == {Ballot(("park",)): 1, Ballot(("pool",)): 2}
    assert all(queries.find_receipt(session, round, one.code) for one in found)
    logged = session.scalars(select(Entry).where(Entry.chain == round.id)).one()
    assert logged.kind == "box.seal"
    assert logged.body["digest"] == summary.digest == queries.sealed_digest(session, round)
    assert (logged.body["ballots"], logged.body["entitled"]) == (5, 5)


def test_the_digest_covers_every_list_and_every_receipt(session, round, cast, keys, shut):
    vote_for_many(session, round, cast)
    summary = seal(session, round, keys, shut)
    lines = [f"round {round.slug}", "area north", '{"choices":["bench","lamp"]}']
    lines += ['{"choices":["lamp"]}', "area south", "area town", '{"choices":["park"]}']
    lines += ['{"choices":["pool"]}'] * 2 + ["commitments"]
    lines += sorted(one.hex() for one in session.scalars(select(SealedCommitment.commitment)))
    assert summary.digest == hashlib.sha256("".join(f"{x}\n" for x in lines).encode()).hexdigest()


def test_a_replaced_receipt_is_not_found(session, round, cast, keys, shut):
    entry = make.entry(session, round)
    old, new = cast(round, entry, town=["park"]), cast(round, entry, town=["park"])
    assert not queries.find_receipt(session, round, new.code)
    seal(session, round, keys, shut)
    assert queries.find_receipt(session, round, new.code.lower().replace("-", " "))
    assert not queries.find_receipt(session, round, old.code)


def test_the_box_is_sealed_once_and_only_after_voting(session, round, cast, keys, closes, shut):
    vote_for_many(session, round, cast)
    with pytest.raises(PhaseClosed, match="once voting has ended"):
        seal(session, round, keys, closes - timedelta(milliseconds=1))
    session.rollback()
    with pytest.raises(PhaseClosed, match="on their way"):
        seal(session, round, keys, shut - timedelta(milliseconds=1))
    session.rollback()
    seal(session, round, keys, shut)
    with pytest.raises(Refused, match="sealed already"):
        seal(session, round, keys, shut)
    session.rollback()
    with pytest.raises(PhaseClosed, match="sealed"):
        cast(round, make.entry(session, round), now=closes - timedelta(seconds=1), town=["park"])


@pytest.mark.parametrize("fraud", ["stuffed", "lost", "changed", "swapped", "foreign"])
def test_a_box_that_was_tampered_with_stays_shut(session, round, cast, keys, shut, fraud):
    vote_for_many(session, round, cast)
    live = session.scalars(select(LiveBallot)).first()
    content = canonical({"round": round.slug, "lists": {}, "nonce": "0"})
    if fraud == "stuffed":
        session.add(
            LiveBallot(
                round_id=round.id, slot=b"s" * 32, content=content,
                commitment=receipts.commitment(content),
            )
        )  # fmt: skip
    elif fraud == "lost":
        session.delete(live)
    elif fraud == "changed":
        live.content = content
    elif fraud == "swapped":
        session.execute(
            sa.update(LiveBallot).where(LiveBallot.slot == live.slot).values(slot=b"x" * 32)
        )
    else:
        content = canonical({"round": "another", "lists": {}, "nonce": "0"})
        live.content, live.commitment = content, receipts.commitment(content)
    session.commit()
    with pytest.raises(Refused, match="shut"):
        seal(session, round, keys, shut)
    session.rollback()
    assert round.sealed_at is None or session.get(Round, round.id).sealed_at is None


def test_a_list_for_an_area_that_is_none_keeps_the_box_shut(session, round, cast, keys, shut):
    """Everything else about the ballot is in order: the list would be lost without a word."""
    cast(round, make.entry(session, round), town=["park"])
    live = session.scalars(select(LiveBallot)).one()
    lists = {"mars": {"choices": ["park"]}}
    content = canonical({"round": round.slug, "lists": lists, "nonce": "0"})
    live.commitment = receipts.commitment(content)
    live.content = envelope.close(round.box_key, content) if round.encrypted else content
    session.commit()
    with pytest.raises(Refused, match="not as it was cast"):
        seal(session, round, keys, shut)


def test_ballots_that_race_with_the_seal_are_counted_or_refused_never_lost(
    app, session, round, cast, keys, closes, shut
):
    entries = [make.entry(session, round) for _ in range(24)]
    just_before = closes - timedelta(milliseconds=1)
    sealed = []

    def work(n):
        with sa.orm.Session(app.extensions["engine"], expire_on_commit=False) as own:
            here = own.get(Round, round.id)
            if n == 12:
                return sealed.append(seal(own, here, keys, shut))
            entry = own.get(RollEntry, entries[n].id)
            return cast(here, entry, now=just_before, session=own, town=["park"])

    found = in_parallel(24, work)
    acknowledged = [one for one in found if isinstance(one, service.Receipt)]
    refused = [one for one in found if isinstance(one, Exception)]
    assert all(isinstance(error, PhaseClosed) for error in refused), refused
    assert len(acknowledged) + len(refused) == 23
    assert sealed[0].ballots == len(acknowledged) == count(session, SealedCommitment)
    assert count(session, TurnoutMark) == len(acknowledged)
    assert all(queries.find_receipt(session, round, one.code) for one in acknowledged)


# Imported elections


def test_a_finished_election_is_sealed_like_any_other(session, keys):
    round = make.round_(session, Phase.COUNTING, projects={"a": ("town", 1), "b": ("town", 2)})
    area = make.area(round)
    ballots = [Ballot(("b",)), Ballot(("a", "b")), Ballot(("b",)), Ballot()]
    assert service.import_sealed(session, round, {area: iter(ballots)}) == {"town": 4}
    voted = turnout.of_round(session, round)
    assert (voted.entitled, voted.voted) == (0, 4)
    with pytest.raises(Refused, match="ballots in the box already"):
        service.import_sealed(session, round, {area: ballots})
    summary = seal(session, round, keys, NOW)
    assert (summary.ballots, summary.lists) == (0, {"town": 4})
    profile = queries.profile(session, round, area)
    assert (profile.voters, dict(profile.groups)[Ballot(("b",))]) == (4, 2)
    with pytest.raises(Refused, match="sealed already"):
        service.import_sealed(session, round, {area: ballots})


def test_an_election_is_not_imported_into_a_box_in_which_somebody_has_voted(session, round, cast):
    cast(round, make.entry(session, round), town=["park"])
    with pytest.raises(Refused, match="ballots in the box already"):
        service.import_sealed(session, round, {make.area(round): [Ballot(("pool",))]})


def test_votes_that_were_cast_and_votes_that_were_imported_are_not_counted_together(
    session, round, cast, keys, shut
):
    service.import_sealed(session, round, {make.area(round): [Ballot(("pool",))]})
    cast(round, make.entry(session, round), town=["park"])
    with pytest.raises(Refused, match="imported ballots besides those that were cast"):
        seal(session, round, keys, shut)


def test_points_and_rankings_survive_the_box(session, keys):
    for kind, ballot in (
        (BallotKind.ORDINAL, Ballot(("b", "a"))),
        (BallotKind.CUMULATIVE, Ballot(("a", "b"), (1, 4))),
    ):
        round = make.round_(
            session, Phase.COUNTING, projects={"a": ("town", 1), "b": ("town", 2)},
            limits=Limits(kind, max_length=5),
        )  # fmt: skip
        service.import_sealed(session, round, {make.area(round): [ballot]})
        assert queries.profile(session, round, make.area(round)).groups == ((ballot, 1),)


def test_an_imported_ballot_for_an_unknown_project_is_refused(session):
    round = make.round_(session, Phase.COUNTING, projects={"a": ("town", 1)})
    with pytest.raises(Invalid, match="no project z on the ballot of Town"):
        service.import_sealed(session, round, {make.area(round): [Ballot(("a", "z"))]})


def test_as_many_ballots_as_a_large_city_casts_are_imported_and_sealed(session, keys):
    round = make.round_(
        session, Phase.COUNTING, projects={f"p{n}": ("town", 100) for n in range(20)},
        limits=Limits(BallotKind.ORDINAL, max_length=3),
    )  # fmt: skip
    picks = itertools.permutations([f"p{n}" for n in range(20)], 3)
    ballots = [Ballot(one) for one in itertools.islice(itertools.cycle(picks), 65_101)]
    service.import_sealed(session, round, {make.area(round): ballots})
    session.commit()
    seal(session, round, keys, NOW)

    assert queries.profile(session, round, make.area(round)).voters == 65_101
