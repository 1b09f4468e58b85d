from datetime import timedelta

import pytest

from pb.audit import queries as log
from pb.ballots.models import LiveBallot
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import Purpose
from pb.proposals import definition
from pb.results import acts, queries
from pb.results.deeds import DEEDS
from pb.rounds import acts as requests
from pb.rounds import calendar
from pb.rounds.models import ActKind, Phase, Role, Side
from tests import make
from tests.conftest import NOW
from tests.results.elections import RULES, town

DAY = timedelta(days=1)


def end_of_voting(round):
    return calendar.span(round, Phase.VOTING).closes_at


# Who


@pytest.mark.parametrize("kind", list(ActKind))
def test_only_a_commissioner_asks(session, keys, kind):
    found = town(session, keys)
    with pytest.raises(Refused, match="Only a commissioner"):
        found.ask(kind, by=found.hand)


def test_who_asked_cannot_confirm(session, keys):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    with pytest.raises(Refused, match="second hand"):
        found.confirm(act, by=found.commissioner)


def test_a_resident_cannot_confirm(session, keys):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    with pytest.raises(Refused, match="Only a steward"):
        found.confirm(act, by=make.account(session))


def test_another_commissioner_cannot_confirm_where_stewards_do(session, keys):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    with pytest.raises(Refused, match="Only a steward"):
        found.confirm(act, by=make.appointed(session, found.round, Role.COMMISSIONER))


def test_another_commissioner_confirms_where_the_round_has_no_stewards(session, keys):
    found = town(session, keys, stewards_confirm=False)
    act = found.do(ActKind.COUNT)
    assert act.confirmed_side is Side.COMMISSION


def test_an_act_is_confirmed_once(session, keys):
    found = town(session, keys)
    act = found.do(ActKind.COUNT)
    with pytest.raises(Refused, match="no longer waiting"):
        found.confirm(act)


def test_a_withdrawn_act_is_not_carried_out(session, keys):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    requests.withdraw(session, act, by=found.commissioner, side=Side.COMMISSION, at=NOW)
    with pytest.raises(Refused, match="no longer waiting"):
        found.confirm(act)
    assert queries.latest(session, found.round) is None


def test_an_act_waits_only_once(session, keys):
    found = town(session, keys)
    found.ask(ActKind.COUNT)
    with pytest.raises(Refused, match="already been asked for"):
        found.ask(ActKind.COUNT)


def test_an_act_needs_a_reason(session, keys):
    found = town(session, keys)
    with pytest.raises(Refused, match="reason"):
        found.ask(ActKind.COUNT, reason=" ")


# Publishing the round


def test_a_complete_round_is_published(session, keys):
    found = town(session, keys, Phase.SETUP)
    found.do(ActKind.PUBLISH_ROUND)
    assert found.round.published_at == NOW
    assert "round.publish" in {entry.kind for entry in log.entries(session, found.round.id)}


def test_a_round_with_gaps_is_not_published_and_every_gap_is_named(session, keys):
    found = town(session, keys, Phase.SETUP)
    found.round.purpose, found.round.limits = "", None
    with pytest.raises(Invalid) as refusal:
        found.ask(ActKind.PUBLISH_ROUND)
    assert len(refusal.value.problems) == 2


def test_a_round_whose_voting_lies_in_the_past_is_not_published(session, keys):
    found = town(session, keys, Phase.SETUP)
    with pytest.raises(Invalid, match="past"):
        found.ask(ActKind.PUBLISH_ROUND, at=NOW + 200 * DAY)


def test_a_round_is_published_once(session, keys):
    found = town(session, keys, Phase.IDEAS)
    with pytest.raises(Refused, match="published already"):
        found.ask(ActKind.PUBLISH_ROUND)


@pytest.mark.parametrize("field", ["name", "purpose", "who_may_vote", "rule_params"])
def test_what_was_asked_for_is_what_is_published(session, keys, field):
    found = town(session, keys, Phase.SETUP)
    act = found.ask(ActKind.PUBLISH_ROUND)
    setattr(found.round, field, {"threshold": 9} if field == "rule_params" else "Else")
    with pytest.raises(Refused, match="Something changed"):
        found.confirm(act)
    assert found.round.published_at is None


# Freezing the ballot


def test_freezing_fixes_the_definition(session, keys):
    found = town(session, keys, Phase.BALLOT)
    found.do(ActKind.FREEZE_BALLOT)
    assert found.round.frozen_at == NOW
    assert found.round.config_digest == definition.digest(session, found.round)
    told = {entry.kind: entry.body for entry in log.entries(session, found.round.id)}
    assert told["ballot.freeze"]["definition"] == found.round.config_digest


def test_a_late_freeze_opens_the_voting_at_once(session, keys):
    found = town(session, keys, Phase.BALLOT)
    late = calendar.span(found.round, Phase.VOTING).opens_at + DAY
    assert calendar.phase_at(found.round, late) is Phase.BALLOT
    found.confirm(found.ask(ActKind.FREEZE_BALLOT, at=late), at=late)
    assert calendar.phase_at(found.round, late) is Phase.VOTING


def test_a_ballot_is_not_frozen_after_its_voting(session, keys):
    found = town(session, keys, Phase.BALLOT)
    with pytest.raises(Refused, match="over already"):
        found.ask(ActKind.FREEZE_BALLOT, at=end_of_voting(found.round))


def test_a_ballot_is_frozen_once(session, keys):
    found = town(session, keys, Phase.VOTING)
    with pytest.raises(Refused, match="frozen already"):
        found.ask(ActKind.FREEZE_BALLOT)


def test_an_empty_ballot_is_not_frozen(session, keys):
    found = town(session, keys, Phase.BALLOT, projects={})
    with pytest.raises(Refused, match="no project"):
        found.ask(ActKind.FREEZE_BALLOT)


@pytest.mark.parametrize("field", ["limits", "rule_id"])
def test_a_ballot_without_limits_or_rule_is_not_frozen(session, keys, field):
    found = town(session, keys, Phase.BALLOT)
    setattr(found.round, field, None)
    with pytest.raises(Refused, match="limits and its counting rule"):
        found.ask(ActKind.FREEZE_BALLOT)


def test_a_project_that_came_since_is_not_frozen_unseen(session, keys):
    found = town(session, keys, Phase.BALLOT)
    act = found.ask(ActKind.FREEZE_BALLOT)
    make.project(session, found.round, "late")
    with pytest.raises(Refused, match="Something changed"):
        found.confirm(act)
    assert found.round.frozen_at is None


# Extending the voting


def test_voting_is_extended_and_the_next_phase_opens_later(session, keys):
    found = town(session, keys, Phase.VOTING)
    counting = calendar.span(found.round, Phase.COUNTING)
    end = end_of_voting(found.round) + 2 * DAY
    act = found.do(ActKind.EXTEND_VOTING, closes_at=end)

    assert end_of_voting(found.round) == end
    after = calendar.span(found.round, Phase.COUNTING)
    assert (after.opens_at, after.closes_at) == (end, counting.closes_at)
    told = {entry.kind: entry.body for entry in log.entries(session, found.round.id)}
    assert told["voting.extend"]["to"] == end.isoformat()
    assert f"{end.day} " in acts.describe(act, found.round)


def test_phases_that_are_overtaken_keep_their_length_and_follow(session, keys):
    found = town(session, keys, Phase.VOTING)
    before = {span.phase: span for span in calendar.spans(found.round)}
    found.do(ActKind.EXTEND_VOTING, closes_at=end_of_voting(found.round) + 15 * DAY)

    session.expire_all()
    spans = calendar.spans(found.round)
    assert all(one.closes_at == two.opens_at for one, two in zip(spans, spans[1:], strict=False))
    for span in spans:
        if span.phase in (Phase.COUNTING, Phase.RESULTS):
            was = before[span.phase]
            assert span.closes_at - span.opens_at == was.closes_at - was.opens_at


@pytest.mark.parametrize(
    ("more", "sentence"), [(0, "later end"), (-1, "later end"), (31, "at most 30 days")]
)
def test_an_extension_is_later_and_not_endless(session, keys, more, sentence):
    found = town(session, keys, Phase.VOTING)
    with pytest.raises(Invalid, match=sentence):
        found.ask(ActKind.EXTEND_VOTING, closes_at=end_of_voting(found.round) + more * DAY)


def test_an_extension_says_until_when(session, keys):
    found = town(session, keys, Phase.VOTING)
    with pytest.raises(Invalid, match="until when"):
        found.ask(ActKind.EXTEND_VOTING)


@pytest.mark.parametrize("phase", [Phase.IDEAS, Phase.BALLOT, Phase.COUNTING, Phase.RESULTS])
def test_only_open_voting_is_extended(session, keys, phase):
    found = town(session, keys, phase, ballots=[])
    with pytest.raises(PhaseClosed):
        found.ask(ActKind.EXTEND_VOTING, closes_at=NOW + 40 * DAY)


def test_an_extension_that_is_confirmed_too_late_is_refused(session, keys):
    found = town(session, keys, Phase.VOTING)
    end = end_of_voting(found.round)
    act = found.ask(ActKind.EXTEND_VOTING, closes_at=end + DAY)
    with pytest.raises(PhaseClosed):
        found.confirm(act, at=end)
    assert end_of_voting(found.round) == end


# Counting


@pytest.mark.parametrize("phase", [Phase.SETUP, Phase.BALLOT, Phase.VOTING, Phase.ARCHIVED])
def test_ballots_are_counted_when_voting_is_over(session, keys, phase):
    found = town(session, keys, phase, ballots=[])
    with pytest.raises(PhaseClosed):
        found.ask(ActKind.COUNT)


def test_the_count_seals_the_box_and_then_destroys_the_key(session, keys):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    found.confirm(act)
    assert found.round.sealed_at == NOW
    keys.key(found.round.id, Purpose.BALLOTS)  # as long as nothing is stored, it is needed
    session.commit()
    acts.after_commit(session.get_bind(), act, keys, RULES)
    with pytest.raises(FileNotFoundError):
        keys.key(found.round.id, Purpose.BALLOTS)
    assert session.get(LiveBallot, (found.round.id, b"")) is None


def test_nothing_is_destroyed_after_an_act_that_was_not_confirmed(session, keys):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    acts.after_commit(session.get_bind(), act, keys, RULES)
    keys.key(found.round.id, Purpose.BALLOTS)


def test_a_count_is_of_as_many_ballots_as_were_asked_for(session, keys):
    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    assert act.payload == {"config": found.round.config_digest, "voted": 4}
    assert "4 voters" in acts.describe(act, found.round)


# Publishing the result


def test_a_result_is_published_after_the_count(session, keys):
    found = town(session, keys)
    with pytest.raises(Refused, match="not been counted"):
        found.ask(ActKind.PUBLISH_RESULT)
    found.publish_count()
    with pytest.raises(Refused, match="published already"):
        found.ask(ActKind.PUBLISH_RESULT)


def test_a_result_is_not_published_while_voting_is_open(session, keys):
    found = town(session, keys, Phase.VOTING)
    with pytest.raises(PhaseClosed):
        found.ask(ActKind.PUBLISH_RESULT)


def test_a_count_that_came_since_is_not_published_unseen(session, keys):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    act = found.ask(ActKind.PUBLISH_RESULT)
    found.do(ActKind.COUNT)
    with pytest.raises(Refused, match="Something changed"):
        found.confirm(act)
    assert queries.published(session, found.round) is None


# What pages ask


def test_every_kind_of_act_has_its_deed_and_its_description(session, keys):
    assert set(DEEDS) == set(ActKind)
    setup = town(session, keys, Phase.SETUP)
    said = [acts.describe(setup.do(ActKind.PUBLISH_ROUND), setup.round)]
    ballot = town(session, keys, Phase.BALLOT)
    said.append(acts.describe(ballot.do(ActKind.FREEZE_BALLOT), ballot.round))
    voted = town(session, keys)
    said += [acts.describe(voted.do(kind), voted.round) for kind in list(ActKind)[-2:]]
    assert all(text.endswith(".") for text in said) and len(set(said)) == 4


def test_an_obstacle_is_the_sentence_of_the_refusal(session, keys):
    found = town(session, keys)
    assert acts.obstacle(session, found.round, ActKind.COUNT, at=NOW) is None
    assert "counted" in acts.obstacle(session, found.round, ActKind.PUBLISH_RESULT, at=NOW)
    voting = town(session, keys, Phase.VOTING)
    assert acts.obstacle(session, voting.round, ActKind.EXTEND_VOTING, at=NOW) is None


def test_rules_are_given_by_the_application(app):
    assert set(RULES) <= set(app.extensions["rules"])
