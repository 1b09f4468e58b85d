"""Two hands on every act; the database holds it too."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from pb.audit import queries as log
from pb.errors import Refused
from pb.proposals.models import Decision, Proposal, State, Verdict
from pb.rounds import acts, queries
from pb.rounds.models import Act, ActKind, Phase, Role, Side
from tests import make
from tests.conftest import NOW

PAYLOAD = {"what": "this"}


@pytest.fixture
def town(session):
    return make.round_(session, Phase.BALLOT)


@pytest.fixture
def olga(session, town):
    return make.appointed(session, town, Role.COMMISSIONER, "Olga")


@pytest.fixture
def steward(session, town):
    return make.appointed(session, town, Role.STEWARD, "Sam")


def ask(session, town, by, payload=PAYLOAD, reason="All is ready."):
    return acts.ask(session, town, ActKind.FREEZE_BALLOT, payload, by=by, reason=reason, at=NOW)


def test_a_commissioner_asks_and_a_steward_confirms(session, town, olga, steward):
    act = ask(session, town, olga)
    assert act.open
    assert queries.open_acts(session, town) == [act]

    acts.confirm(session, act, PAYLOAD, by=steward, at=NOW + timedelta(hours=1))
    session.commit()

    assert not act.open
    assert (act.asker, act.confirmer) == (olga, steward)
    assert queries.open_acts(session, town) == []
    asked, confirmed = log.entries(session, town.id)[-2:]
    assert (asked.kind, asked.side) == ("act.ask", "commission")
    assert (confirmed.kind, confirmed.side) == ("act.confirm", "community")
    assert asked.body["digest"] == act.payload_digest


def test_only_one_act_of_a_kind_waits(session, town, olga):
    ask(session, town, olga)
    with pytest.raises(Refused, match="already been asked for"):
        ask(session, town, olga)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_an_act_needs_a_reason(session, town, olga, reason):
    with pytest.raises(Refused, match="Give a reason"):
        ask(session, town, olga, reason=reason)


def test_nobody_confirms_their_own_act(session, town, olga):
    with pytest.raises(Refused, match="cannot confirm"):
        acts.confirm(session, ask(session, town, olga), PAYLOAD, by=olga, at=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.STEWARD])
def test_only_a_steward_confirms(session, town, olga, role):
    other = make.appointed(session, town, role)
    with pytest.raises(Refused, match="Only a steward"):
        acts.confirm(session, ask(session, town, olga), PAYLOAD, by=other, at=NOW)


def test_a_steward_of_another_round_does_not_confirm(session, town, olga):
    other = make.appointed(session, make.round_(session), Role.STEWARD)
    with pytest.raises(Refused, match="Only a steward of this round"):
        acts.confirm(session, ask(session, town, olga), PAYLOAD, by=other, at=NOW)


def test_without_stewards_another_commissioner_confirms(session, steward):
    town = make.round_(session, Phase.BALLOT, stewards_confirm=False)
    olga = make.appointed(session, town, Role.COMMISSIONER)
    omar = make.appointed(session, town, Role.COMMISSIONER)
    act = ask(session, town, olga)

    with pytest.raises(Refused, match="cannot confirm"):
        acts.confirm(session, act, PAYLOAD, by=olga, at=NOW)
    acts.confirm(session, act, PAYLOAD, by=omar, at=NOW)
    session.commit()

    assert act.confirmed_side is Side.COMMISSION


def test_what_changed_in_the_meantime_is_not_confirmed(session, town, olga, steward):
    act = ask(session, town, olga)
    with pytest.raises(Refused, match="Something changed since"):
        acts.confirm(session, act, {"what": "that"}, by=steward, at=NOW)
    assert act.open


def test_an_act_ends_once(session, town, olga, steward):
    act = ask(session, town, olga)
    acts.withdraw(session, act, by=steward, side=Side.COMMUNITY, at=NOW)

    for again in (
        lambda: acts.confirm(session, act, PAYLOAD, by=steward, at=NOW),
        lambda: acts.withdraw(session, act, by=olga, side=Side.COMMISSION, at=NOW),
    ):
        with pytest.raises(Refused, match="no longer waiting"):
            again()
    assert queries.withdrawals(session, town) == {act.id: (steward, Side.COMMUNITY)}


def test_after_a_withdrawal_the_same_can_be_asked_again(session, town, olga):
    acts.withdraw(session, ask(session, town, olga), by=olga, side=Side.COMMISSION, at=NOW)
    second = ask(session, town, olga)
    assert queries.open_act(session, town, ActKind.FREEZE_BALLOT) is second


def test_acts_are_found_only_in_their_round(session, town, olga):
    act = ask(session, town, olga)
    assert queries.find_act(session, town, act.id, for_update=True) is act
    assert queries.find_act(session, make.round_(session), act.id) is None
    assert queries.find_act(session, town, 999_999) is None


# What the database refuses, whatever the code does


def act_row(town, **changed):
    given = {
        "round_id": town.id,
        "kind": ActKind.COUNT,
        "payload": PAYLOAD,
        "payload_digest": "0" * 64,
        "reason": "Because",
        "asked_side": Side.COMMISSION,
        "asked_at": NOW,
    }
    return Act(**{**given, **changed})


def test_the_database_refuses_one_person_with_two_hands(session, town, olga):
    confirmed = {"confirmed_by": olga.id, "confirmed_side": "commission", "confirmed_at": NOW}
    refused(session, act_row(town, asked_by=olga.id, **confirmed))


def test_the_database_refuses_an_act_that_a_resident_asks_for(session, town, steward):
    refused(session, act_row(town, asked_by=steward.id, asked_side=Side.COMMUNITY))
    refused(session, act_row(town, asked_by=steward.id))


def test_the_database_refuses_a_second_hand_of_a_made_up_side(session, town, olga, steward):
    confirmed = {"confirmed_by": steward.id, "confirmed_side": "commission", "confirmed_at": NOW}
    refused(session, act_row(town, asked_by=olga.id, **confirmed))


def test_the_database_refuses_a_confirmation_by_nobody(session, town, olga):
    refused(session, act_row(town, asked_by=olga.id, confirmed_at=NOW))


def test_the_database_refuses_an_act_confirmed_and_withdrawn(session, town, olga, steward):
    confirmed = {"confirmed_by": steward.id, "confirmed_side": "community", "confirmed_at": NOW}
    refused(session, act_row(town, asked_by=olga.id, **confirmed, withdrawn_at=NOW))


def test_the_database_refuses_two_open_acts_of_a_kind(session, town, olga):
    refused(session, act_row(town, asked_by=olga.id), act_row(town, asked_by=olga.id))


def test_the_database_refuses_a_commissioners_proposal(session, town, olga):
    given = {
        "round_id": town.id,
        "area_id": town.areas[0].id,
        "author_id": olga.id,
        "title": "A bench",
        "summary": "To sit",
        "body": "",
        "place": "Pond",
        "estimate": 1,
        "state": State.SUBMITTED,
        "created_at": NOW,
    }
    refused(session, Proposal(**given, author_side=Side.COMMUNITY))
    refused(session, Proposal(**given, author_side=Side.COMMISSION))


def test_the_database_refuses_a_residents_decision(session, town, steward):
    proposal = make.proposal(session, town, make.account(session))
    given = {
        "round_id": town.id,
        "proposal_id": proposal.id,
        "decided_by": steward.id,
        "verdict": Verdict.ELIGIBLE,
        "reason": "Fine",
        "cost": 1,
        "decided_at": NOW,
    }
    refused(session, Decision(**given, decided_side=Side.COMMUNITY))
    refused(session, Decision(**given, decided_side=Side.COMMISSION))


def refused(session, *rows):
    session.add_all(rows)
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
