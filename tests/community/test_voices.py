"""Whose voices are heard, on the page: numbers that point at nobody, and an invitation."""

import re

import pytest

from pb.rounds.models import Phase, Role
from tests import make

AREAS = {"town": 100_000_00, "north": 10_000_00, "south": 10_000_00}


def path(round, *parts):
    return "/".join([f"/rounds/{round.slug}/purpose/voices", *map(str, parts)])


@pytest.fixture
def round(session):
    return make.round_(session, areas=AREAS)


@pytest.fixture
def stella(session, round):
    return make.appointed(session, round, Role.STEWARD, "Stella")


def say(session, round, slug, number):
    for _ in range(number):
        make.idea(session, round, make.account(session), area_id=make.area(round, slug).id)


def test_everybody_reads_how_many_were_heard_without_small_numbers(session, browse, round):
    say(session, round, "north", 3)
    say(session, round, "south", 17)

    page = browse().get(path(round)).text

    assert "fewer than 10" in page and "10 or more" in page and "20 or more" in page
    assert not re.search(r">\s*(3|17)\s*<", page)
    assert "We do not know where people live" in page
    assert path(round) in browse().get(f"/rounds/{round.slug}/purpose").text


def test_the_list_of_voters_stands_beside_it_unless_it_is_tiny(session, browse, round):
    for slug, size in (("north", 12), ("south", 4)):
        for _ in range(size):
            make.entry(session, round, slug)
    page = browse().get(path(round)).text
    assert ">12<" in page and ">4<" not in page


def test_a_steward_invites_a_silent_part_and_everybody_sees_it(session, browse, round, stella):
    say(session, round, "south", 2)
    visitor, steward = browse(), browse(stella)
    assert "Nobody has spoken about North yet" in visitor.get(path(round)).text
    assert "Invite North" not in visitor.get(path(round)).text
    assert "Invite North" in steward.get(path(round)).text

    assert "would make life there better" in steward.get(path(round, "north", "invitation")).text
    page = steward.post(
        path(round, "north", "invitation"), {"text": "What do you **miss**?"}
    ).location

    assert "<strong>miss</strong>" in visitor.get(page).text
    poster = visitor.get(f"{page}/poster").text
    assert "<svg" in poster and f"/rounds/{round.slug}/ideas" in poster
    assert page in visitor.get(path(round)).text
    assert "A part of town was invited" in visitor.get(f"/rounds/{round.slug}/log").text


def test_a_second_invitation_in_the_week_says_why_not_and_keeps_the_text(
    session, browse, round, stella
):
    steward = browse(stella)
    steward.post(path(round, "north", "invitation"), {"text": "Come!"})

    assert "from Monday 11 May" in steward.get(path(round, "north", "invitation")).text
    page = steward.post(path(round, "north", "invitation"), {"text": "Do come!"}, 409).text
    assert "from Monday 11 May" in page and "Do come!" in page


def test_bad_words_come_back_with_a_reason(session, browse, round, stella):
    steward = browse(stella)
    assert "Write the invitation" in steward.post(path(round, "north", "invitation"), {}, 422).text
    page = steward.post(path(round, "north", "invitation"), {"text": "x" * 601}, 422).text
    assert "at most 600" in page and "x" * 601 in page


def test_what_is_no_part_of_the_town_cannot_be_invited(session, browse, round, stella):
    for slug in ("town", "moon"):
        browse(stella).get(path(round, slug, "invitation"), 404)
        browse(stella).post(path(round, slug, "invitation"), {"text": "Come!"}, 404)
    browse().get(path(round, "invitations", 7), 404)
    browse().get(path(round, "invitations", 7, "poster"), 404)


def test_after_the_ideas_nobody_is_called_any_more(session, browse):
    round = make.round_(session, Phase.REVIEW, areas=AREAS)
    steward = browse(make.appointed(session, round, Role.STEWARD))
    assert "Invite" not in steward.get(path(round)).text.replace("Invited", "")
    steward.post(path(round, "north", "invitation"), {"text": "Come!"}, 409)


def test_a_round_without_parts_has_one_number(session, browse):
    round = make.round_(session)
    assert "no parts of town" in browse().get(path(round)).text
