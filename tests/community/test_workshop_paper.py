"""Taking part without a phone, and the sheets that are printed."""

import pytest

from pb.purpose.workshops.models import Kind, Stage
from tests.community.opera import room


@pytest.fixture
def there(session, browse):
    """Ana with a phone, and Mrs Okoro on paper: one pair."""
    made = room(session, browse, "Ana")
    made.leader.post(made.path("paper", "people"), {"name": "Mrs Okoro", "area": "north"})
    return made


def sheet(there, *parts):
    return there.path("paper", "pairs", there.pairs()[0].number, *parts)


def test_somebody_on_paper_is_in_a_pair_like_everybody(there):
    there.at(Stage.PAIR)
    page = there.people["Ana"].get(there.path("place")).text

    assert "Mrs Okoro has no phone: write for both of you" in page
    assert "type the paper" in there.leader.get(there.path("paper")).text
    assert "Type the paper" in there.leader.get(there.path("leading")).text


def test_the_steward_types_ideas_and_marks_and_all_are_credited(there, browse):
    there.at(Stage.PAIR)
    typed = {f"idea-{n}": text for n, text in enumerate(("Lamps", "Music", "", "Boats"), 1)}
    there.leader.post(sheet(there, "ideas"), typed)
    assert {one.text for one in there.ideas()} == {"Lamps", "Music", "Boats"}
    there.leader.post(sheet(there, "ideas"), {"idea-1": "Lamps on the quay", "idea-3": "Swings"})
    assert [one.text for one in there.ideas()] == ["Lamps on the quay", "Swings"]

    there.go_on(Stage.RANK)
    lamps, swings = there.ideas()
    both = {"mark": [lamps.id, swings.id], "done": "yes"}
    refused = there.leader.post(sheet(there, "marks"), both, 409).text
    assert "At most one mark goes to an idea of your own" in refused
    assert refused.count(" checked") == 2
    there.leader.post(sheet(there, "marks"), {"mark": [swings.id]})
    there.leader.post(sheet(there, "marks"), {"mark": [lamps.id], "done": "yes"})
    assert "done with marking" in there.leader.get(sheet(there)).text
    there.go_on(Stage.FINISHED)
    result = browse().get(there.path()).text
    assert "Ana and Mrs Okoro" in result and "1 mark<" in result


def test_a_line_that_is_too_long_comes_back_with_all_the_others(there):
    there.at(Stage.PAIR)
    typed = {"idea-1": "Lamps", "idea-2": "x" * 141}
    page = there.leader.post(sheet(there, "ideas"), typed, 409).text

    assert "141 characters" in page and "x" * 141 in page and "Lamps" in page
    assert there.ideas() == []


def test_nobody_types_for_those_who_write_themselves(session, browse):
    there = room(session, browse, "Ana", "Ben").at(Stage.PAIR)
    page = there.leader.post(sheet(there, "ideas"), {"idea-1": "Mine"}, 409).text

    assert "they write for themselves" in page
    there.leader.get(there.path("paper", "pairs", 99), 404)


def test_what_is_typed_too_late_is_refused_and_kept_on_the_page(there):
    there.at(Stage.PAIR)
    there.leader.post(sheet(there, "ideas"), {"idea-1": "Lamps"})
    there.go_on(Stage.RANK)
    page = there.leader.post(sheet(there, "ideas"), {"idea-1": "Lamps", "idea-2": "Late"}, 409).text

    assert "The time for ideas in pairs is over" in page and "Late" in page


def test_somebody_on_paper_needs_a_name_and_can_be_said_to_have_gone(there):
    bad = there.leader.post(there.path("paper", "people"), {"name": "", "area": "moon"}, 422).text
    assert "Enter a name" in bad and "Not a valid choice" in bad
    gone = there.path("leading", "people", there.person("Mrs Okoro").id, "leaving")
    there.leader.post(gone)
    assert "Nobody takes part on paper" in there.leader.get(there.path("paper")).text


def test_sheets_are_printed_before_and_with_the_ideas_when_pairs_rank(there):
    before = there.leader.get(there.path("paper", "sheets")).text
    assert "(8 minutes)" in before and before.count('app-paper-slip"') == 4
    there.at(Stage.PAIR)
    there.people["Ana"].post(there.path("place", "ideas"), {"text": "Lamps"})
    there.go_on(Stage.RANK)
    after = there.leader.get(there.path("paper", "sheets")).text
    assert "Lamps" in after and "Tick at most <strong>1</strong>" in after


def test_sheets_of_a_workshop_that_takes_days_tell_the_days(session, browse):
    there = room(session, browse, "Ana", kind=Kind.ASYNCHRONOUS, rank=3 * 24 * 60)
    sheets = there.leader.get(there.path("paper", "sheets")).text
    assert "(24 hours)" in sheets and "(3 days)" in sheets and "72 hours" not in sheets


def test_only_stewards_see_the_paper(there, browse):
    there.people["Ana"].get(there.path("paper"), 303)
    there.people["Ana"].post(there.path("paper", "people"), {"name": "X"}, 303)
    browse().get(there.path("paper", "sheets"), 303)
