"""What a clerk types for one list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.ballots.paper import typed
from pb.ballots.sheet import Section
from pb.errors import Invalid
from pb.proposals.models import Project
from pb.rounds.models import Area
from pb.tally.ballots import Ballot, BallotKind, Limits

NORTH = Area(id=1, slug="north", name="North")
NUMBERS = (3, 5, 17, 22, 140)
PROJECTS = tuple(Project(number=n, code=f"{n:03}", cost=100) for n in NUMBERS)


def section(kind: BallotKind) -> Section:
    return Section(NORTH, PROJECTS, Limits(kind, max_length=2))


@pytest.mark.parametrize(
    ("kind", "text", "ballot"),
    [
        (BallotKind.APPROVAL, "3 17 22", Ballot(("003", "017", "022"))),
        (BallotKind.APPROVAL, " 22,3;\t17 ", Ballot(("022", "003", "017"))),
        (BallotKind.CHOOSE_1, "140", Ballot(("140",))),
        (BallotKind.ORDINAL, "17 3 22", Ballot(("017", "003", "022"))),
        (BallotKind.CUMULATIVE, "3:5 17:2", Ballot(("003", "017"), (5, 2))),
        (BallotKind.SCORING, "3=5, 17=0", Ballot(("003", "017"), (5, 0))),
        (BallotKind.APPROVAL, "0", Ballot()),
        (BallotKind.CUMULATIVE, " 0 ", Ballot()),
        (BallotKind.APPROVAL, "  ", None),
        (BallotKind.ORDINAL, "", None),
    ],
)
def test_a_list_is_read_as_it_was_meant(kind, text, ballot):
    assert typed.read(text, section(kind)) == ballot


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (BallotKind.APPROVAL, "3 4", "There is no project 4 on the list of North."),
        (BallotKind.APPROVAL, "3 17 3", "Project 3 is typed twice."),
        (BallotKind.APPROVAL, "3 0", "There is no project 0 on the list of North."),
        (BallotKind.APPROVAL, "three", "“three” is not the number of a project."),
        (BallotKind.APPROVAL, "3:5", "“3:5” is not the number of a project."),
        (BallotKind.ORDINAL, "-3", "“-3” is not the number of a project."),
        (BallotKind.CUMULATIVE, "3 17:2", "“3” is not a number and its points"),
        (BallotKind.CUMULATIVE, "3:x", "“3:x” is not a number and its points"),
        (BallotKind.SCORING, "4:1", "There is no project 4 on the list of North."),
        (BallotKind.APPROVAL, "³", "“³” is not the number of a project."),
    ],
)
def test_what_cannot_stand_on_the_list_is_refused_in_a_sentence(kind, text, sentence):
    with pytest.raises(Invalid, match=sentence):
        typed.read(text, section(kind))


def test_a_list_beyond_its_limits_is_read_for_it_was_handed_in():
    approval = section(BallotKind.APPROVAL)
    ballot = typed.read("3 17 22", approval)
    assert ballot.choices == ("003", "017", "022")
    assert approval.problems(ballot)


@given(st.lists(st.sampled_from(NUMBERS), unique=True, min_size=1), st.sampled_from(BallotKind))
def test_every_list_can_be_typed(numbers, kind):
    words = [f"{n}:{n % 7}" if kind.has_points else str(n) for n in numbers]
    ballot = typed.read(" ".join(words), section(kind))
    assert ballot.choices == tuple(f"{n:03}" for n in numbers)
    assert ballot.points == (tuple(n % 7 for n in numbers) if kind.has_points else ())


@given(st.text(max_size=40), st.sampled_from(BallotKind))
def test_nothing_that_is_typed_breaks_the_page(text, kind):
    try:
        ballot = typed.read(text, section(kind))
    except Invalid:
        return
    assert ballot is None or set(ballot.choices) <= {project.code for project in PROJECTS}


@pytest.mark.parametrize("kind", BallotKind)
def test_every_kind_has_an_example_that_can_be_typed(kind):
    sentence = typed.example(section(kind))
    example = sentence.split("such as ")[1].split(".")[0]
    assert typed.read(example, section(kind)).choices
