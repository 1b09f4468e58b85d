"""What changed between two versions, word by word."""

from hypothesis import given
from hypothesis import strategies as st

from pb.purpose.documents.diff import Mark, compare, words
from pb.purpose.documents.models import Clause

TEXTS = st.text(st.sampled_from("ab c.\n"), max_size=30)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_difference(old, new):
    found = words(old, new)

    assert "".join(part.text for part in found if part.mark is not Mark.ADDED) == old
    assert "".join(part.text for part in found if part.mark is not Mark.REMOVED) == new


def test_whole_words_change_and_the_rest_stays():
    found = words("We listen first.", "We listen, always first.")

    assert [(part.mark, part.text) for part in found] == [
        (Mark.KEPT, "We listen"),
        (Mark.ADDED, ", always"),
        (Mark.KEPT, " first."),
    ]


def clauses(*pairs):
    return [Clause(heading=heading, text=text) for heading, text in pairs]


def test_clauses_are_found_again_by_their_headings():
    old = clauses(("Listen", "We listen."), ("Be kind", "Always."), ("Share", "Everything."))
    new = clauses(
        ("Listen", "We listen first."), ("Share", "Everything."), ("Learn", "On the way.")
    )

    found = compare(old, new)

    assert [(change.mark, change.same) for change in found] == [
        (Mark.KEPT, False),
        (Mark.REMOVED, False),
        (Mark.KEPT, True),
        (Mark.ADDED, False),
    ]


def test_a_clause_with_a_new_heading_is_still_the_same_clause():
    [change] = compare(clauses(("Listen", "We listen.")), clauses(("Hear", "We listen.")))

    assert change.mark is Mark.KEPT
    assert [part.mark for part in change.heading] == [Mark.REMOVED, Mark.ADDED]


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=6), st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_no_clause_is_lost(old, new):
    found = compare(clauses(*old), clauses(*new))

    assert sum(change.mark is not Mark.ADDED for change in found) == len(old)
    assert sum(change.mark is not Mark.REMOVED for change in found) == len(new)
