"""Whoever has stepped back from a proposal decides nothing about it."""

import pytest
from sqlalchemy.exc import IntegrityError

from pb.errors import Invalid, Refused
from pb.proposals import review
from pb.proposals.models import Decision, State, Verdict
from pb.proposals.recusals import service
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.conftest import NOW


@pytest.fixture
def town(session):
    return make.round_(session, Phase.REVIEW)


@pytest.fixture
def proposal(session, town):
    return make.proposal(session, town, make.account(session))


def decide(session, proposal, by):
    return review.decide(
        session,
        proposal,
        by=by,
        verdict=Verdict.ELIGIBLE,
        reason="It can be done.",
        cost=1_000_00,
        at=NOW,
    )


def test_a_reviewer_who_stepped_back_decides_nothing_on_it(session, town, proposal):
    rita = make.appointed(session, town, Role.REVIEWER)
    service.recuse(session, proposal, "My brother wrote it.", by=rita, at=NOW)
    with pytest.raises(Refused, match="stepped back"):
        decide(session, proposal, rita)
    assert decide(session, proposal, make.appointed(session, town, Role.REVIEWER)).id
    assert [one.reason for one in service.recusals(session, town)] == ["My brother wrote it."]


def test_a_commissioner_who_stepped_back_does_not_release_it(session, town, proposal):
    olga = make.appointed(session, town, Role.COMMISSIONER)
    made = decide(session, proposal, make.appointed(session, town, Role.REVIEWER))
    service.recuse(session, proposal, "It is beside my house.", by=olga, at=NOW)
    with pytest.raises(Refused, match="stepped back"):
        review.release(session, town, [made], by=olga, at=NOW)
    session.commit()
    made.released_by, made.released_side, made.released_at = olga.id, Side.COMMISSION, NOW
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_the_database_refuses_the_decision_too(session, town, proposal):
    rita = make.appointed(session, town, Role.REVIEWER)
    service.recuse(session, proposal, "My brother wrote it.", by=rita, at=NOW)
    session.add(
        Decision(
            round_id=town.id,
            proposal_id=proposal.id,
            decided_by=rita.id,
            decided_side=Side.COMMISSION,
            verdict=Verdict.CHANGES,
            reason="x",
            decided_at=NOW,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
    assert proposal.state is State.SUBMITTED


def test_stepping_back_needs_a_role_and_a_reason_and_is_for_good(session, town, proposal):
    with pytest.raises(Refused, match="hold a role"):
        service.recuse(session, proposal, "Why not", by=make.account(session), at=NOW)
    rita = make.appointed(session, town, Role.REVIEWER)
    with pytest.raises(Invalid, match="Say why"):
        service.recuse(session, proposal, " ", by=rita, at=NOW)
    service.recuse(session, proposal, "My brother wrote it.", by=rita, at=NOW)
    with pytest.raises(Refused, match="already"):
        service.recuse(session, proposal, "Again", by=rita, at=NOW)
