"""Opening and setting up a round: every verb, every bad input, and what the log tells of it."""

from datetime import UTC, datetime, timedelta

import pytest

from pb.audit import queries as log
from pb.audit.service import verify
from pb.errors import Invalid, Refused
from pb.rounds import people, service
from pb.rounds.models import Phase, Role, Side
from pb.rounds.service import LARGEST, AreaRow
from pb.tally.ballots import BallotKind, Limits
from tests import make
from tests.conftest import NOW
from tests.rounds.setting_up import (
    ENDS,
    OPENS,
    RULES,
    complete,
    create,
    kinds,
    newest,
    set_areas,
)

# Opening


def test_who_opens_a_round_is_its_first_commissioner(session, olga):
    town = create(session, olga)

    assert people.roles_at(session, town, olga, NOW) == {Role.COMMISSIONER}
    assert people.find_seat(session, town, olga).side is Side.COMMISSION
    assert kinds(session, town) == ["round.create", "appointment.start"]
    assert town.published_at is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "  "}, "Enter a name"),
        ({"name": "x" * 101}, "at most 100"),
        ({"slug": ""}, "small letters"),
        ({"slug": "Our Town"}, "small letters"),
        ({"slug": "-town"}, "small letters"),
        ({"slug": "ünser"}, "small letters"),
        ({"slug": "new"}, "small letters"),
        ({"slug": "a" * 61}, "small letters"),
        ({"currency": "EURO"}, "no currency “EURO”"),
        ({"currency": "eur"}, "no currency “eur”"),
        ({"currency": "QQQ"}, "no currency “QQQ”"),
        ({"time_zone": "Mars/Base"}, "no time zone “Mars/Base”"),
        ({"time_zone": ""}, "no time zone"),
        ({"time_zone": "../etc/passwd"}, "no time zone"),
        ({"time_zone": "amsterdam"}, "Did you mean Europe/Amsterdam?"),
    ],
)
def test_a_round_is_not_opened_with_impossible_names(session, olga, changed, sentence):
    with pytest.raises(Invalid, match=sentence):
        create(session, olga, **changed)


def test_an_address_is_used_once(session, olga, town):
    with pytest.raises(Refused, match="already a round with the address “our-town-2027”"):
        create(session, olga, name="Another")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Our Town 2027!", "our-town-2027"), ("  Żółć & Straße ", "zoc-strae"), ("市", "")],
)
def test_a_name_suggests_an_address(name, slug):
    assert service.slug_for(name) == slug


# Texts


def test_the_log_tells_a_new_name_but_only_fingerprints_of_long_texts(session, olga, town):
    service.describe(
        session, town, name=" Our  park ", purpose="Trees", who_may_vote="", by=olga, at=NOW
    )

    changed = newest(session, town).body["changed"]
    assert changed["name"] == {"old": "Our town 2027", "new": "Our park"}
    assert changed["purpose"]["new"].startswith("sha256:")
    assert "who_may_vote" not in changed
    assert "Trees" not in str(changed)


def test_saving_without_a_change_leaves_no_trace(session, olga, town):
    before = kinds(session, town)
    service.describe(session, town, name=town.name, purpose="", who_may_vote="", by=olga, at=NOW)
    assert kinds(session, town) == before


def test_endless_texts_are_refused(session, olga, town):
    with pytest.raises(Invalid, match="20,000 characters"):
        service.describe(
            session, town, name="x", purpose="x" * 20_001, who_may_vote="", by=olga, at=NOW
        )


# Ballot and rule


def test_limits_are_kept_and_logged(session, olga, town):
    limits = Limits(BallotKind.APPROVAL, max_length=5, max_sum_cost=900_00)
    service.set_limits(session, town, limits, by=olga, at=NOW)

    assert town.ballot_limits == limits
    assert newest(session, town).body["changed"]["limits"]["old"] is None


@pytest.mark.parametrize(
    "limits",
    [
        Limits(max_length=0),
        Limits(max_length=-1),
        Limits(max_length=1001),
        Limits(max_sum_cost=0),
        Limits(max_sum_cost=-5),
        Limits(max_sum_cost=LARGEST + 1),
    ],
)
def test_impossible_limits_are_refused(session, olga, town, limits):
    with pytest.raises(Invalid):
        service.set_limits(session, town, limits, by=olga, at=NOW)
    assert town.limits is None


def test_a_rule_is_kept_as_its_own_parser_reads_it(session, olga, town):
    given = {"completion": "add1", "utility": "cardinality"}
    service.set_rule(
        session, town, "equal-shares", given, ["lot:lottery"], rules=RULES, by=olga, at=NOW
    )

    rule = RULES["equal-shares"]
    assert rule.parse_params(town.rule_params) == rule.parse_params(given)
    assert town.ties == ["lot:lottery"]
    assert newest(session, town).body["changed"]["rule"] == {"old": None, "new": "equal-shares"}


@pytest.mark.parametrize(
    ("rule", "params", "ties", "sentence"),
    [
        ("dice", {}, ["lower-cost"], "Choose one of the counting rules"),
        ("greedy", {"colour": "red"}, ["lower-cost"], "no parameter colour"),
        ("greedy", {"order": "best"}, ["lower-cost"], "Parameter order is one of"),
        ("greedy", {"threshold": "-1"}, ["lower-cost"], "must not be below zero"),
        ("greedy", {"threshold": "1.5"}, ["lower-cost"], "a whole number"),
        ("greedy", {"threshold": "many"}, ["lower-cost"], "a whole number"),
        ("greedy", {}, ["taller"], "not by 'taller'"),
        ("greedy", {}, ["lot:"], "lot:SEED"),
        ("greedy", {}, [], "Say what decides"),
    ],
)
def test_impossible_rules_are_refused(session, olga, town, rule, params, ties, sentence):
    with pytest.raises(Invalid, match=sentence):
        service.set_rule(session, town, rule, params, ties, rules=RULES, by=olga, at=NOW)
    assert town.rule_id is None


# Freezing


@pytest.mark.parametrize("verb", ["describe", "areas", "dates", "limits", "rule", "confirmation"])
def test_nothing_of_the_set_up_changes_once_the_ballot_is_frozen(session, olga, verb):
    town = make.round_(session, Phase.VOTING, projects={"bench": ("town", 1_00)})
    before = kinds(session, town)
    calls = {
        "describe": lambda **k: service.describe(
            session, town, name="x", purpose="", who_may_vote="", **k
        ),
        "areas": lambda **k: service.set_areas(session, town, [AreaRow("A", 1)], **k),
        "dates": lambda **k: service.schedule(session, town, OPENS, ENDS, time_zone="UTC", **k),
        "limits": lambda **k: service.set_limits(session, town, Limits(max_length=1), **k),
        "rule": lambda **k: service.set_rule(
            session, town, "greedy", {}, ["lower-cost"], rules=RULES, **k
        ),
        "confirmation": lambda **k: service.set_confirmation(session, town, False, **k),
    }

    with pytest.raises(Refused, match="is frozen. Its set-up cannot change any more") as refusal:
        calls[verb](by=olga, at=NOW)

    assert refusal.value.status == 409
    assert kinds(session, town) == before


def test_a_change_between_publishing_and_freezing_is_logged_with_both_values(session, olga):
    town = make.round_(session, Phase.IDEAS)
    set_areas(session, town, olga, AreaRow("Town", 200_000_00, city_wide=True, slug="town"))

    told = newest(session, town)
    assert told.kind == "round.areas"
    assert told.actor_id == olga.id
    assert told.body["changed"]["areas"]["old"][0]["budget"] == 100_000_00
    assert told.body["changed"]["areas"]["new"][0]["budget"] == 200_000_00


# Who confirms


def test_who_confirms_is_settled_before_the_round_is_published(session, olga, town):
    service.set_confirmation(session, town, False, by=olga, at=NOW)
    assert not town.stewards_confirm
    assert newest(session, town).kind == "round.confirmation"

    town.published_at = NOW
    with pytest.raises(Refused, match="settled before the round is published"):
        service.set_confirmation(session, town, True, by=olga, at=NOW)


# What is missing


def test_an_empty_round_lacks_every_task(session, town):
    assert [task.key for task in service.missing(session, town, NOW)] == [
        "basics",
        "money",
        "dates",
        "ballot",
        "rule",
        "team",
    ]


def test_a_complete_round_lacks_nothing(session, olga, town):
    complete(session, town, olga)

    assert service.missing(session, town, NOW) == []
    assert service.missing(session, town) == []
    assert verify(town.id, log.entries(session, town.id)).intact


def test_dates_that_have_passed_are_missing_again(session, olga, town):
    complete(session, town, olga)
    september = datetime(2026, 9, 2, tzinfo=UTC)

    assert [str(task) for task in service.missing(session, town, september)] == [
        "Voting would open in the past. Choose later dates."
    ]


def test_a_team_without_stewards_needs_a_second_commissioner(session, olga, town):
    complete(session, town, olga)
    service.set_confirmation(session, town, False, by=olga, at=NOW)

    (task,) = service.missing(session, town, NOW)
    assert "second commissioner" in str(task)

    people.appoint(session, town, make.account(session), Role.COMMISSIONER, by=olga, at=NOW)
    assert service.missing(session, town, NOW) == []


def test_a_team_whose_steward_has_left_is_not_complete(session, olga, town):
    complete(session, town, olga)
    steward = people.holders(session, town, NOW)[Role.STEWARD][0]
    people.end(session, steward, by=olga, at=NOW)

    assert "Appoint a steward" in str(service.missing(session, town, NOW + timedelta(1))[0])
