"""Asking for acts, taking them back, and confirming them, through the doors of both sides."""

import re
from datetime import timedelta

import pytest

from pb.rounds import calendar, queries, service
from pb.rounds.models import Area, Phase, PhaseDates, Role, Round
from tests import make
from tests.conftest import NOW

ASK = {"kind": "freeze-ballot", "reason": "All costs are checked."}


@pytest.fixture
def town(session):
    return make.round_(session, Phase.BALLOT, projects={"bench": ("town", 1_000_00)})


@pytest.fixture
def team(session, town, browse):
    """Browsers of a commissioner, a second one and a steward."""
    return {
        name: browse(make.appointed(session, town, role, name))
        for name, role in (
            ("Olga", Role.COMMISSIONER),
            ("Omar", Role.COMMISSIONER),
            ("Sam", Role.STEWARD),
        )
    }


def acts_of(town) -> str:
    return f"/commission/rounds/{town.slug}/acts"


def public(town, act=None, what="confirmation") -> str:
    return f"/rounds/{town.slug}/acts" + (f"/{act.id}/{what}" if act else "")


def newest(session, town):
    """The newest act as it is stored now; leaves no transaction open behind it."""
    session.rollback()
    for known in list(session.identity_map.values()):
        if isinstance(known, Round | Area | PhaseDates) or type(known).__name__ == "Act":
            session.expire(known)
    act = queries.acts(session, town)[0]
    assert act.round.id
    queries.find(session, town.slug)
    session.commit()
    return act


def test_a_commissioner_asks_and_a_steward_freezes_the_ballot(session, town, team, pages):
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)
    assert town.frozen_at is None
    assert "Waits for a second hand" in pages.get(public(town)).text

    page = team["Sam"].get(public(town))
    assert act.payload_digest in page.text
    assert "fixed for good" in page.text
    assert "Confirm and carry out" in page.text
    assert "1 act waits" in team["Sam"].get(f"/rounds/{town.slug}").text
    team["Sam"].post(public(town, act))

    newest(session, town)
    assert town.frozen_at == NOW
    page = pages.get(public(town))
    for shown in ("Olga, commissioner", "Sam, steward", "Confirmed by two", ASK["reason"]):
        assert shown in page.text
    assert town.config_digest in pages.get(f"/rounds/{town.slug}").text


def test_a_steward_turns_an_act_down_and_it_can_be_asked_again(session, town, team, pages):
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)
    team["Sam"].post(public(town, act, "refusal"))

    page = pages.get(public(town))
    assert "Turned down by" in page.text and "Sam" in page.text
    team["Sam"].post(public(town, act), status=409)
    team["Olga"].post(acts_of(town), ASK)
    assert newest(session, town).id != act.id


def test_the_commission_takes_an_act_back(session, town, team, pages):
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)
    team["Omar"].post(f"{acts_of(town)}/{act.id}/withdrawal")

    assert "Taken back by" in pages.get(public(town)).text
    team["Omar"].post(f"{acts_of(town)}/{act.id}/withdrawal", status=409)
    newest(session, town)
    assert town.frozen_at is None


def test_a_commissioner_does_not_confirm_where_stewards_do(session, town, team):
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)

    page = team["Omar"].post(f"{acts_of(town)}/{act.id}/confirmation", status=409)
    assert "a steward confirms" in page.text
    assert "Confirm and carry out" not in team["Omar"].get(acts_of(town)).text
    for name in ("Olga", "Omar"):
        team[name].post(public(town, act), status=403)
    newest(session, town)
    assert town.frozen_at is None


def test_without_stewards_another_commissioner_confirms_and_the_page_says_so(
    session, town, team, pages
):
    town.stewards_confirm = False
    session.commit()
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)
    confirm = f"{acts_of(town)}/{act.id}/confirmation"

    assert "Confirm and carry out" not in team["Olga"].get(acts_of(town)).text
    assert "cannot confirm" in team["Olga"].post(confirm, status=409).text
    assert "Only a commissioner" in team["Sam"].post(public(town, act), status=409).text
    assert "Confirm and carry out" not in team["Sam"].get(public(town)).text
    team["Omar"].post(confirm)

    newest(session, town)
    assert town.frozen_at == NOW
    assert "This round has no stewards" in pages.get(public(town)).text


def test_what_changed_since_it_was_asked_for_is_not_confirmed(session, town, team):
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)
    make.project(session, town, "late-idea", cost=5_00)

    page = team["Sam"].post(public(town, act), status=409)
    assert "Something changed since this was asked for." in page.text
    newest(session, town)
    assert town.frozen_at is None


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"reason": " "}, 422, "Give a reason: everybody can read it."),
        ({"reason": "x" * 1001}, 422, "Use at most 1,000 characters."),
        ({"kind": "abolish"}, 422, "Not a valid choice"),
        ({"kind": ""}, 422, "Choose what to ask for."),
        ({"kind": "publish-round"}, 409, "The round is published already."),
        ({"kind": "count"}, 409, "This belongs to the phase"),
        ({"kind": "extend-voting"}, 409, "This belongs to the phase"),
    ],
)
def test_bad_requests_are_refused_and_the_reason_is_kept(town, team, changed, status, sentence):
    page = team["Olga"].post(acts_of(town), {**ASK, **changed}, status)
    assert sentence in page.text
    assert changed.get("reason", ASK["reason"]).strip() in page.text


def test_the_same_is_not_asked_twice(town, team):
    team["Olga"].post(acts_of(town), ASK)
    page = team["Omar"].post(acts_of(town), ASK, 409)
    assert "already been asked for" in page.text


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CLERK, Role.AUDITOR])
def test_the_rest_of_the_commission_reads_acts_but_does_not_ask(session, browse, town, role):
    desk = browse(make.appointed(session, town, role))
    assert "Only a commissioner can ask" in desk.get(acts_of(town)).text
    desk.post(acts_of(town), ASK, 403)


def test_acts_of_other_rounds_are_not_found(session, town, team, browse):
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)
    other = make.round_(session, Phase.BALLOT)
    steward = browse(make.appointed(session, other, Role.STEWARD))
    desk = browse(make.appointed(session, other, Role.COMMISSIONER))

    steward.post(public(other, act), status=404)
    steward.post(public(other, act, "refusal"), status=404)
    steward.post(public(town, act), status=403)
    desk.post(f"{acts_of(other)}/{act.id}/withdrawal", status=404)
    desk.post(f"{acts_of(other)}/9999/confirmation", status=409)


def test_visitors_cannot_confirm(session, browse, pages, town, team):
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)
    pages.post(public(town, act), status=303)
    browse(make.account(session)).post(public(town, act), status=403)
    newest(session, town)
    assert act.open


@pytest.mark.parametrize("what", ["confirmation", "refusal"])
def test_a_form_from_elsewhere_does_nothing(session, town, team, what):
    team["Olga"].post(acts_of(town), ASK)
    act = newest(session, town)
    response = team["Sam"].client.post(public(town, act, what), data={})
    assert response.status_code in (400, 403)
    newest(session, town)
    assert act.open


def test_an_incomplete_round_cannot_be_published_and_the_page_says_what_is_missing(session, browse):
    olga = make.officer(session)
    town = service.create(
        session, name="New", slug="fresh", currency="EUR", time_zone="UTC", by=olga, at=NOW
    )
    session.commit()
    desk = browse(olga)

    assert "Write what the round is for." in desk.get(acts_of(town)).text
    page = desk.post(acts_of(town), {"kind": "publish-round", "reason": "Now"}, 422)
    assert "Add at least one area with its money." in page.text


def test_voting_is_extended_to_a_time_on_the_wall(session, browse):
    town = make.round_(session, Phase.VOTING, projects={"bench": ("town", 1_00)})
    desk = browse(make.appointed(session, town, Role.COMMISSIONER))
    steward = browse(make.appointed(session, town, Role.STEWARD))
    end = calendar.span(town, Phase.VOTING).closes_at + timedelta(days=2)
    local = end.astimezone(town.zone)
    given = {
        "kind": "extend-voting",
        "reason": "Letters were late.",
        "closes_at": [str(local.day), str(local.month), str(local.year), f"{local:%H:%M}"],
    }

    for bad in (["1", "1", "2020", "09:00"], ["", "", "", ""], ["31", "2", "2026", "09:00"]):
        desk.post(acts_of(town), {**given, "closes_at": bad}, 422)
    desk.post(acts_of(town), given)
    act = newest(session, town)
    assert re.search(rf"stays open until {local.day} ", steward.get(public(town)).text)
    steward.post(public(town, act))

    newest(session, town)
    assert calendar.span(town, Phase.VOTING).closes_at == end


def test_a_project_is_withdrawn_through_the_doors_of_both_sides(session, browse, pages):
    town = make.round_(session, Phase.VOTING, projects={"bench": ("town", 1_000_00)})
    olga = browse(make.appointed(session, town, Role.COMMISSIONER, "Olga"))
    sam = browse(make.appointed(session, town, Role.STEWARD, "Sam"))
    asked = {"kind": "withdraw-project", "reason": "It stands in a protected place."}

    page = olga.post(acts_of(town), asked, status=422).text
    assert "Choose the project that is withdrawn." in page
    assert "It stands in a protected place." in page
    assert '<option value="1">1. Bench</option>' in page

    olga.post(acts_of(town), asked | {"project": "1"})
    sam.post(public(town, newest(session, town)))
    assert "“Bench” (No. 1) is withdrawn." in pages.get(public(town)).text
    assert "Withdraw a project" not in olga.get(acts_of(town)).text.split("All acts")[0]
