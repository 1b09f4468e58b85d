"""The screens of the steward and on the wall, and pages that ask whether there is news."""

import re
from datetime import timedelta

import pytest

from pb.purpose.workshops import service
from pb.purpose.workshops.models import Kind, Stage
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.community.opera import room
from tests.conftest import NOW

NAMES = ("Ana", "Ben", "Cleo", "Dov")
NOTE = "Zebrafinch Quodlibet"  # what one person writes for themselves
SECRET = (NOTE, "Zebrafinch", "Quodlibet")


def news(pages, there, tag=None, person=None):
    """What a page is told that asks for news."""
    who = f"?person={person}" if person else ""
    headers = {"If-None-Match": f'"{tag}"'} if tag else {}
    return pages.client.get(f"/workshops/{there.workshop.id}/news{who}", headers=headers)


def everywhere(there, without):
    """Every page that anybody but one person can open at this moment, with its text."""
    others = {name: pages for name, pages in there.people.items() if name != without}
    others |= {"steward": there.leader, "visitor": there.browse()}
    number = there.pairs()[0].number if there.pairs() else 1
    person = there.person(without).id
    for name, pages in others.items():
        for path in (
            there.path(),
            there.path("screen"),
            there.path("screen?piece=1"),
            there.path("place"),
            there.path("place?piece=1"),
            there.path("leading"),
            there.path("leading?piece=1"),
            there.path("paper"),
            there.path("paper", "pairs", number),
            there.path("paper", "sheets"),
            f"/workshops/{there.workshop.id}/news",
            f"/workshops/{there.workshop.id}/news?person={person}",
            f"/rounds/{there.round.slug}/workshops",
            f"/rounds/{there.round.slug}/ideas",
            f"/rounds/{there.round.slug}/log",
            f"/rounds/{there.round.slug}/log.jsonl",
        ):
            response = pages.client.get(path)
            yield f"{name}: {path}", response.status_code, response.text


def test_nobody_else_ever_sees_what_somebody_wrote_for_themselves(session, browse):
    there = room(session, browse, *NAMES).at(Stage.OWN)
    ana = there.people["Ana"]
    ana.post(there.path("place", "notes"), {"text": NOTE})
    assert NOTE in ana.get(there.path("place")).text
    for stage in list(Stage)[1:]:
        there.at(stage)
        if stage is Stage.PAIR:
            assert NOTE in ana.get(there.path("place")).text
        opened, told = 0, []
        for where, status, text in everywhere(there, without="Ana"):
            opened += status == 200
            told += [f"{stage} {where}" for word in SECRET if word in text]
        assert opened > 40
        assert not told, told
    there.leader.post(there.path("carrying"))
    assert not [where for where, _, text in everywhere(there, "Ana") if NOTE in text]


def test_a_note_of_somebody_else_is_not_there_to_be_taken_away(session, browse):
    there = room(session, browse, "Ana", "Ben").at(Stage.OWN)
    there.people["Ana"].post(there.path("place", "notes"), {"text": NOTE})
    page = there.people["Ana"].get(there.path("place")).text
    removal = re.search(r'action="([^"]+/notes/\d+/removal)"', page)[1]

    answer = there.people["Ben"].post(removal, status=404)
    assert NOTE not in answer.text
    there.people["Ana"].post(removal)
    assert NOTE not in there.people["Ana"].get(there.path("place")).text


def test_only_stewards_lead(session, browse):
    there = room(session, browse, "Ana")
    officer = make.appointed(session, there.round, Role.COMMISSIONER)
    browse(officer).get(there.path("leading"), 403)
    browse(make.account(session)).post(there.path("leading", "stage"), {"seen": "lobby"}, 403)
    assert "sign-in" in there.people["Ana"].get(there.path("leading"), 303).location
    other = browse(make.appointed(session, there.round, Role.STEWARD, "Another"))
    other.post(there.path("leading", "stage"), {"seen": "lobby"})
    assert there.fresh().stage is Stage.OWN


def test_going_on_needs_somebody_and_something_and_happens_once(session, browse):
    there = room(session, browse)
    stage = there.path("leading", "stage")
    assert "Nobody is here yet" in there.leader.post(stage, {"seen": "lobby"}, 409).text
    there.come_in("Ana")
    there.come_in("Ben")
    there.leader.post(stage, {"seen": "lobby"})
    assert "moved on already" in there.leader.post(stage, {"seen": "lobby"}, 409).text
    there.leader.post(stage, {"seen": "nonsense"}, 404)
    there.leader.post(stage, {"seen": "own"})
    assert "There are no ideas yet" in there.leader.post(stage, {"seen": "pair"}, 409).text


@pytest.mark.parametrize("minutes", ["", "0", "-1", "x", "99999", "1.5"])
def test_more_time_is_minutes(session, browse, minutes):
    there = room(session, browse, "Ana", "Ben").at(Stage.OWN)
    refused = there.leader.post(there.path("leading", "time"), {"minutes": minutes}, 422).text

    assert "between 1 minute and a day" in refused


def test_more_time_shows_on_every_clock(session, browse):
    there = room(session, browse, "Ana", "Ben").at(Stage.OWN)
    assert news(browse(), there).json["left"] == 8 * 60
    there.leader.post(there.path("leading", "time"), {"minutes": 5})

    assert news(browse(), there).json["left"] == 13 * 60
    assert 'data-left="780"' in there.people["Ana"].get(there.path("place")).text
    assert "13:00" in browse().get(there.path("screen")).text


def test_a_clock_of_days_is_read_in_days(session, browse):
    there = room(session, browse, "Ana", "Ben", kind=Kind.ASYNCHRONOUS).at(Stage.OWN)
    assert "24:00:00" in browse().get(there.path("screen")).text
    for _ in range(2):
        there.leader.post(there.path("leading", "time"), {"minutes": 24 * 60})

    assert "3 days 0 h" in browse().get(there.path("screen")).text


def test_who_looks_first_after_the_time_is_up_draws_the_pairs(session, browse, clock):
    there = room(session, browse, *NAMES).at(Stage.OWN)
    tag = news(browse(), there).json["tag"]
    clock.now += timedelta(minutes=9)

    assert news(browse(), there, tag).status_code == 200
    assert there.fresh().stage is Stage.PAIR
    assert len(there.pairs()) == 2
    assert there.partner("Ana") in there.people["Ana"].get(there.path("place")).text


def test_news_is_an_empty_answer_as_long_as_nothing_is_new(session, browse):
    there = room(session, browse, *NAMES).at(Stage.PAIR)
    ana, friend = there.person("Ana").id, there.person(there.partner("Ana")).id
    stranger = next(
        there.person(name).id for name in NAMES if there.person(name).id not in (ana, friend)
    )
    visitor = browse()
    first = {who: news(visitor, there, person=who) for who in (ana, friend, stranger, None)}
    tags = {who: answer.json["tag"] for who, answer in first.items()}
    assert all(answer.headers["ETag"] == f'"{tags[who]}"' for who, answer in first.items())
    for who, tag in tags.items():
        same = news(visitor, there, tag, who)
        assert (same.status_code, same.text) == (304, "")
    there.people["Ana"].post(there.path("place", "ideas"), {"text": "A ferry"})

    changed = {
        who for who, tag in tags.items() if news(visitor, there, tag, who).status_code == 200
    }
    assert changed == {ana, friend, None}


def test_the_tag_of_a_page_is_the_tag_of_its_news(session, browse):
    there = room(session, browse, *NAMES)
    for stage in list(Stage):
        there.at(stage)
        page = there.people["Ana"].client.get(there.path("place?piece=1")).text
        asked = re.search(r'data-live="([^"]+)"', page)[1]
        tag = re.search(r'data-tag="([^"]+)"', page)[1]
        answer = browse().client.get(asked, headers={"If-None-Match": f'"{tag}"'})
        assert answer.status_code == 304, stage


def test_there_is_no_news_of_what_is_not_there(session, browse):
    there = room(session, browse)
    assert browse().client.get("/workshops/99999/news").status_code == 404
    assert news(browse(), there, person="x").status_code == 200
    hidden = make.round_(session, Phase.PURPOSE, published=False)
    steward = make.account(session)
    make.seat(session, hidden, steward, Side.COMMUNITY)
    made = service.create(
        session,
        hidden,
        question="What helps?",
        kind=Kind.LIVE,
        by=steward,
        at=NOW,
        draw=lambda below: 7 % below,
    )
    session.commit()
    assert browse().client.get(f"/workshops/{made.id}/news").status_code == 404


def test_ideas_are_put_up_one_after_the_other(session, browse):
    there = room(session, browse, *NAMES).at(Stage.EXPLAIN)
    first = there.fresh().shown_id
    texts = {one.id: one.text for one in there.ideas()}
    assert texts[first] in browse().get(there.path("screen")).text
    assert texts[first] in there.people["Ana"].get(there.path("place")).text
    there.leader.post(there.path("leading", "shown"), {"seen": first, "heard": "yes"})
    second = there.fresh().shown_id
    there.leader.post(there.path("leading", "shown"), {"seen": first, "heard": "yes"})
    assert there.fresh().shown_id == second != first
    assert texts[first] not in browse().get(there.path("screen")).text
    last = there.leader.post(there.path("leading", "shown"), {"seen": second, "skip": "yes"}, 409)
    assert "That was the last idea" in last.text
    there.leader.post(there.path("leading", "shown"), {"seen": second, "heard": "only"})
    assert all(one.explained for one in there.ideas())


def test_the_wall_shows_nothing_before_its_time(session, browse):
    there = room(session, browse, *NAMES).at(Stage.PAIR)
    there.ideas_from_everybody(4)
    wall = browse().get(there.path("screen")).text
    assert there.workshop.code in wall and "Idea 1" not in wall and "Ana" not in wall
    there.go_on(Stage.RANK)
    idea = there.ideas()[0]
    marker = next(name for name in NAMES if there.person(name).pair_id != idea.pair_id)
    there.people[marker].post(there.path("place", "marks"), {"mark": idea.id})
    for pages in (browse(), there.leader):
        assert "1 mark<" not in pages.get(there.path("screen")).text
    assert "1 mark<" not in there.leader.get(there.path("leading")).text
    there.go_on(Stage.ARRANGE)
    assert "1 mark<" in browse().get(there.path("screen")).text


def test_groups_are_named_filled_and_taken_apart(session, browse):
    there = room(session, browse, *NAMES).at(Stage.ARRANGE)
    groups = there.path("leading", "groups")
    assert "Write something first" in there.leader.post(groups, {"name": " "}, 422).text
    long = there.leader.post(groups, {"name": "x" * 61}, 422).text
    assert "61 characters" in long and "x" * 61 in long
    there.leader.post(groups, {"name": "Quay"})
    one, other = there.ideas()
    page = there.leader.get(there.path("leading")).text
    group = re.search(r"/groups/(\d+)/removal", page)[1]
    arranging = there.path("leading", "arranging")
    there.leader.post(arranging, {f"group-{one.id}": group, f"was-{one.id}": ""})
    stale = {f"group-{one.id}": "", f"was-{one.id}": "", f"group-{other.id}": group}
    there.leader.post(arranging, stale | {f"was-{other.id}": ""})
    assert {one.cluster.name for one in there.ideas()} == {"Quay"}
    assert "Quay" in browse().get(there.path("screen")).text
    there.leader.post(arranging, {f"group-{one.id}": "99999", f"was-{one.id}": group}, 404)
    there.leader.post(arranging, {f"group-{one.id}": "x", f"was-{one.id}": group}, 404)
    there.leader.post(there.path("leading", "groups", group, "removal"))
    assert [one.cluster for one in there.ideas()] == [None, None]
    there.leader.post(there.path("leading", "groups", group, "removal"), status=404)


def test_who_has_gone_leaves_nobody_alone(session, browse):
    there = room(session, browse, *NAMES).at(Stage.PAIR)
    friend = there.partner("Ana")
    gone = there.path("leading", "people", there.person("Ana").id, "leaving")
    there.leader.post(gone)
    there.leader.post(gone)

    assert len([pair for pair in there.pairs() if pair.present]) == 1
    assert "You have left" in there.people["Ana"].get(there.path("place")).text
    assert "alone for now" not in there.people[friend].get(there.path("place")).text
    there.leader.post(there.path("leading", "people", 99999, "leaving"), status=404)


def test_pairs_are_drawn_once_whoever_looks(session, browse, clock):
    there = room(session, browse, *NAMES).at(Stage.OWN)
    clock.now += timedelta(minutes=9)
    for name in NAMES:
        there.people[name].get(there.path("place"))

    assert len(there.pairs()) == 2
