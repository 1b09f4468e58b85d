"""A workshop by its pages, from the question to the ideas of the round; all without a script."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pb.proposals.ideas.models import Idea, Origin
from pb.purpose.moderation import queries as moderation
from pb.purpose.workshops.models import Mark, OwnNote, Stage, Workshop
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.community.opera import QUESTION, room

NAMES = ("Ana", "Ben", "Cleo", "Dov")


def count(session, model) -> int:
    found = session.scalar(sa.select(sa.func.count()).select_from(model))
    session.commit()
    return found


def test_a_workshop_goes_from_the_question_to_the_ideas_of_the_round(session, browse):
    eva = make.account(session, "Eva")
    there = room(session, browse, "Ana", "Ben", "Cleo")
    there.come_in("Eva", eva)
    there.go_on(Stage.OWN)
    there.people["Ana"].post(there.path("place", "notes"), {"text": "Lamps on the quay"})
    there.go_on(Stage.PAIR)
    friend = there.partner("Eva")
    there.people["Eva"].post(there.path("place", "ideas"), {"text": "Music on the quay"})
    assert "Music on the quay" in there.people[friend].get(there.path("place")).text
    other = next(name for name in there.people if name not in ("Eva", friend))
    for text in ("Lamps", "Benches", "A ferry"):
        there.people[other].post(there.path("place", "ideas"), {"text": text})
    there.go_on(Stage.EXPLAIN)
    music = next(one for one in there.ideas() if one.text == "Music on the quay")
    said = {"text": "Small bands, until ten."}
    there.people["Eva"].post(there.path("place", "ideas", music.id, "explanation"), said)
    there.go_on(Stage.RANK)
    there.people[other].post(there.path("place", "marks"), {"mark": music.id})
    there.go_on(Stage.ARRANGE)
    there.leader.post(there.path("leading", "groups"), {"name": "Evenings"})
    group = re.search(r"/groups/(\d+)/removal", there.leader.get(there.path("leading")).text)[1]
    chosen = {f"group-{music.id}": group, f"was-{music.id}": ""}
    there.leader.post(there.path("leading", "arranging"), chosen)
    there.go_on(Stage.FINISHED)

    result = browse().get(there.path()).text
    assert "Evenings" in result and "1 mark" in result and "Small bands, until ten." in result
    there.leader.post(there.path("carrying"))
    ideas = session.scalars(sa.select(Idea).order_by(Idea.id)).all()
    assert {one.text for one in ideas} == {"Music on the quay", "Lamps", "Benches", "A ferry"}
    assert {one.origin for one in ideas} == {Origin.WORKSHOP}
    carried = next(one for one in ideas if one.text == "Music on the quay")
    session.commit()
    page = browse().get(f"/rounds/{there.round.slug}/ideas/{carried.id}").text
    assert "Eva" in page and friend in page
    assert any(author.account_id == eva.id for author in carried.authors)


def test_carrying_over_twice_carries_over_once(session, browse):
    there = room(session, browse, *NAMES).at(Stage.FINISHED)
    there.leader.post(there.path("carrying"))
    first = there.fresh().carried_at
    there.leader.post(there.path("carrying"))

    assert count(session, Idea) == 2
    assert there.fresh().carried_at == first is not None


def test_a_hidden_idea_leaves_a_tombstone_and_is_not_carried_over(session, browse):
    there = room(session, browse, "Ana", "Ben", "Cleo")
    dov = make.account(session, "Dov")
    there.come_in("Dov", dov)
    there.go_on(Stage.PAIR)
    there.people["Dov"].post(there.path("place", "ideas"), {"text": "Down with the cook"})
    other = next(one for one in there.people if one not in ("Dov", there.partner("Dov")))
    there.people[other].post(there.path("place", "ideas"), {"text": "A kinder kitchen"})
    bad = next(one for one in there.ideas() if one.text == "Down with the cook")
    report = f"/rounds/{there.round.slug}/report/workshop-idea/{bad.id}"
    eva = browse(make.account(session, "Eva"))
    eva.get(report, 404)  # not before everybody can read it
    there.go_on(Stage.FINISHED)
    assert report in eva.get(there.path()).text
    eva.post(report, {"clause": "ground:1", "reason": "It is about a person."})
    [waiting] = moderation.open_reports(session, there.round)
    session.commit()
    desk = f"/rounds/{there.round.slug}/moderation/reports/{waiting.id}"
    hide = {"post": "hide", "step": "none", "clause": "ground:1", "reason": "It is so."}
    there.leader.post(desk, hide)

    for page in (there.path(), there.path("screen")):
        assert "Down with the cook" not in browse().get(page).text
        assert "A kinder kitchen" in browse().get(page).text
    assert "A steward hid this" in browse().get(there.path()).text
    there.leader.post(there.path("carrying"))
    assert session.scalars(sa.select(Idea.text)).all() == ["A kinder kitchen"]
    session.commit()
    assert "hid" in there.people["Dov"].get("/notes").text


def test_nothing_is_carried_over_before_the_end_or_after_the_ideas_phase(session, browse, clock):
    there = room(session, browse, *NAMES).at(Stage.RANK)
    assert "not finished yet" in there.leader.post(there.path("carrying"), status=409).text
    there.go_on(Stage.FINISHED)
    clock.now += timedelta(days=20)

    assert "belongs to the phase" in there.leader.post(there.path("carrying"), status=409).text
    assert "It is not open now" in there.leader.get(there.path()).text
    assert count(session, Idea) == 0


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Should we build a pool?", "answered with yes or no"),
        ("Don't you agree that the park is ugly?", "tells people what to answer"),
        ("", "Write the question"),
        (f"What {'x' * 200} would help?", "at most 200"),
    ],
)
def test_a_question_that_is_not_open_is_turned_away_and_kept(session, browse, question, why):
    round = make.round_(session)
    steward = browse(make.appointed(session, round, Role.STEWARD))
    form = {"question": question, "kind": "live", "own": "5"}
    page = steward.post(f"/rounds/{round.slug}/workshops", form, 422).text

    assert why in page and 'value="5"' in page
    assert count(session, Workshop) == 0


def test_a_better_question_is_taken_by_a_button(session, browse):
    round = make.round_(session)
    steward = browse(make.appointed(session, round, Role.STEWARD))
    form = {"question": "Do you like the park?", "kind": "asynchronous"}
    page = steward.post(f"/rounds/{round.slug}/workshops", form, 422).text
    better = re.search(r'name="use" value="([^"]+)"', page)[1]

    page = steward.post(f"/rounds/{round.slug}/workshops", form | {"use": better}, 200).text
    assert f"{better}</textarea>" in page


def test_a_question_in_another_language_is_kept_by_who_is_sure(session, browse):
    round = make.round_(session)
    steward = browse(make.appointed(session, round, Role.STEWARD))
    form = {"question": "Wie sieht ein guter Abend am Hafen aus?", "kind": "live"}
    assert 'name="sure"' in steward.post(f"/rounds/{round.slug}/workshops", form, 422).text
    steward.post(f"/rounds/{round.slug}/workshops", form | {"sure": "yes"})

    assert count(session, Workshop) == 1


@pytest.mark.parametrize("minutes", ["0", "-3", "two", "99999999999", "1.5"])
def test_lengths_are_whole_minutes(session, browse, minutes):
    round = make.round_(session)
    steward = browse(make.appointed(session, round, Role.STEWARD))
    form = {"question": QUESTION, "kind": "live", "pair": minutes}
    page = steward.post(f"/rounds/{round.slug}/workshops", form, 422).text

    assert "Enter whole minutes" in page and f'value="{minutes}"' in page


def test_chosen_lengths_hold_and_the_others_are_as_usual(session, browse):
    there = room(session, browse, own="3")
    assert there.workshop.lengths["own"] == 180
    assert there.workshop.lengths["pair"] == 720


def test_people_find_the_workshop_by_its_code_alone(session, browse):
    there = room(session, browse)
    page = browse().post("/w", {"code": there.workshop.code.lower()}).location

    assert page.endswith(f"/rounds/{there.round.slug}/workshops/join?code={there.workshop.code}")
    assert there.workshop.code in browse().get(page).text
    wrong = "0000" if there.workshop.code[:4] != "0000" else "1111"
    assert "letters and digits" in browse().post("/w", {"code": "abc"}, 422).text
    assert "mistake in the code" in browse().post("/w", {"code": f"{wrong}9"}, 422).text


def test_who_guesses_codes_is_slowed_down_and_a_room_of_people_is_not(session, browse):
    there = room(session, browse)
    wrong = "00000" if there.workshop.code != "00000" else "11112"
    guesser = browse()
    for _ in range(60):
        guesser.post("/w", {"code": wrong}, 404)

    assert guesser.post("/w", {"code": wrong}, 429).status_code == 429


def test_nobody_comes_in_without_a_name_or_with_a_wrong_code(session, browse):
    there = room(session, browse)
    join = f"/rounds/{there.round.slug}/workshops/join"
    typed = {"code": there.workshop.code, "name": "  ", "area": "north"}
    page = browse().post(join, typed, 422).text
    assert "Enter a name" in page and 'selected value="north"' in page
    assert "letters and digits" in browse().post(join, typed | {"code": "??"}, 422).text
    assert browse().post(join, typed | {"name": "x" * 61}, 422).status_code == 422
    assert browse().get(there.path("place"), 303).location.endswith("/join")
    assert "has no place" in browse().post(there.path("place", "notes"), {}, 409).text


def test_the_commission_cannot_take_part(session, browse):
    there = room(session, browse)
    officer = make.account(session, "Olga")
    make.seat(session, there.round, officer, Side.COMMISSION)
    join = f"/rounds/{there.round.slug}/workshops/join"
    page = browse(officer).post(join, {"code": there.workshop.code, "name": "Olga"}, 409).text

    assert "Nobody sits on both sides" in page


def test_nobody_new_comes_in_when_the_ideas_are_arranged(session, browse):
    there = room(session, browse, *NAMES).at(Stage.ARRANGE)
    join = f"/rounds/{there.round.slug}/workshops/join"
    page = browse().post(join, {"code": there.workshop.code, "name": "Late"}, 409).text

    assert "takes nobody in any more" in page


def test_a_place_is_kept_by_the_browser_and_with_an_account_by_any_browser(session, browse):
    eva = make.account(session, "Eva")
    there = room(session, browse, "Ana")
    there.come_in("Eva", eva)

    assert "You are in, Ana" in there.people["Ana"].get(there.path("place")).text
    assert "You are in, Eva" in browse(eva).get(there.path("place")).text
    again = browse(eva)
    again.post(
        f"/rounds/{there.round.slug}/workshops/join", {"code": there.workshop.code, "name": "E"}
    )
    assert "You are in, Eva" in again.get(there.path("place")).text


def test_a_forged_place_is_no_place(session, browse):
    there = room(session, browse, "Ana")
    stranger = browse()
    stranger.client.set_cookie(f"pb_workshop_{there.workshop.id}", f"{there.person('Ana').id}")

    stranger.get(there.path("place"), 303)


def test_who_leaves_can_come_back_and_who_is_forgotten_cannot(session, browse):
    there = room(session, browse, *NAMES).at(Stage.PAIR)
    ana, ben = there.people["Ana"], there.people["Ben"]
    ana.post(there.path("place", "leaving"))
    assert "You have left" in ana.get(there.path("place")).text
    assert "Come back first" in ana.post(there.path("place", "ideas"), {"text": "x"}, 409).text
    ana.post(there.path("place", "return"))
    assert "You are pair" in ana.get(there.path("place")).text

    ben.post(there.path("place", "forgetting"))
    ben.get(there.path("place"), 303)


def test_a_pair_writes_four_ideas_and_nothing_typed_is_lost(session, browse):
    there = room(session, browse, "Ana", "Ben").at(Stage.PAIR)
    ana = there.people["Ana"]
    for n in range(4):
        ana.post(there.path("place", "ideas"), {"text": f"Idea {n}"})
    page = there.people["Ben"].post(there.path("place", "ideas"), {"text": "A fifth"}, 409).text
    assert "at most 4 ideas" in page and "A fifth" in page

    first = there.ideas()[0]
    long = "x" * 141
    page = ana.post(there.path("place", "ideas", first.id), {"text": long}, 422).text
    assert "141 characters" in page and long in page
    ana.post(there.path("place", "ideas", first.id), {"text": "Put differently"})
    ana.post(there.path("place", "ideas", first.id, "removal"))
    assert "Put differently" not in ana.get(there.path("place")).text


def test_nobody_touches_the_ideas_of_another_pair(session, browse):
    there = room(session, browse, *NAMES).at(Stage.PAIR)
    there.ideas_from_everybody()
    idea = next(one for one in there.ideas() if one.pair_id == there.person("Ana").pair_id)
    stranger = next(n for n in NAMES if there.person(n).pair_id != there.person("Ana").pair_id)

    place = there.path("place", "ideas", idea.id)
    there.people[stranger].post(place, {"text": "Mine now"}, 404)
    there.people[stranger].post(f"{place}/removal", status=404)
    there.go_on(Stage.EXPLAIN)
    there.people[stranger].post(f"{place}/explanation", {"text": "Mine"}, 404)


def test_marks_have_a_limit_that_the_page_tells(session, browse):
    there = room(session, browse, *NAMES).at(Stage.RANK, ideas=4)
    ana, pair = there.people["Ana"], there.person("Ana").pair_id
    own = [one.id for one in there.ideas() if one.pair_id == pair]
    others = [one.id for one in there.ideas() if one.pair_id != pair]
    assert "<strong>0 of 2</strong>" in ana.get(there.path("place")).text
    ana.post(there.path("place", "marks"), {"mark": own[0]})
    refused = ana.post(there.path("place", "marks"), {"mark": own[1]}, 409).text
    assert "At most one mark goes to an idea of your own" in refused
    ana.post(there.path("place", "marks"), {"mark": others[0]})
    refused = ana.post(there.path("place", "marks"), {"mark": others[1]}, 409).text
    assert "All of your marks are given" in refused and "<strong>2 of 2</strong>" in refused

    ana.post(there.path("place", "marks"), {"unmark": others[0]})
    partner = there.people[there.partner("Ana")]
    partner.post(there.path("place", "marks"), {"mark": others[1]})
    ana.post(there.path("place", "marks", "done"))
    assert (
        "is done with marking"
        in partner.post(there.path("place", "marks"), {"unmark": others[1]}, 409).text
    )
    assert count(session, Mark) == 2
    ana.post(there.path("place", "marks"), {"mark": "999999999"}, 409)
    ana.post(there.path("place", "marks"), {"mark": "x"})


def test_what_comes_too_late_is_refused_in_words_and_not_lost(session, browse, clock):
    there = room(session, browse, "Ana", "Ben").at(Stage.OWN)
    clock.now += timedelta(minutes=8, seconds=10)
    ana = there.people["Ana"]
    ana.post(there.path("place", "notes"), {"text": "Just in time"})
    assert count(session, OwnNote) == 1
    clock.now += timedelta(minutes=1)

    page = ana.post(there.path("place", "notes"), {"text": "Far too late"}, 409).text
    assert "The time for your own notes is over" in page and "Far too late" in page
    assert "comes later" in ana.post(there.path("place", "marks"), {"mark": 1}, 409).text


def test_everybody_arranges_only_where_the_steward_said_so(session, browse):
    closed = room(session, browse, *NAMES).at(Stage.ARRANGE)
    form = {"name": "Quay"}
    page = closed.people["Ana"].post(closed.path("place", "groups"), form, 409).text
    assert "the stewards put the ideas in groups" in page

    there = room(session, browse, *NAMES, everyone_arranges="y").at(Stage.ARRANGE)
    there.people["Ana"].post(there.path("place", "groups"), form)
    idea = there.ideas()[0]
    page = there.people["Ben"].get(there.path("place")).text
    group = re.search(r'<option value="(\d+)">Quay', page)[1]
    chosen = {f"group-{idea.id}": group, f"was-{idea.id}": ""}
    there.people["Ben"].post(there.path("place", "arranging"), chosen)
    assert there.ideas()[0].cluster.name == "Quay"


def test_the_list_and_the_page_tell_where_a_workshop_is(session, browse):
    there = room(session, browse, "Ana", "Ben")
    base = f"/rounds/{there.round.slug}/workshops"
    assert "People are coming in" in browse().get(base).text
    assert "Come in with the code" in browse().get(there.path()).text
    there.go_on(Stage.OWN)
    assert "Now: Think alone" in browse().get(base).text
    assert "Go to my place" in there.people["Ana"].get(there.path()).text
    assert "Workshops" in browse().get(f"/rounds/{there.round.slug}/purpose").text
    browse().get(f"{base}/99999", 404)


def test_there_is_no_workshop_before_the_round_begins(session, browse):
    round = make.round_(session, Phase.SETUP, published=True)
    steward = browse(make.appointed(session, round, Role.STEWARD))
    steward.get(f"/rounds/{round.slug}/workshops/new", 409)
