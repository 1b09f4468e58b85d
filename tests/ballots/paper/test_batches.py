"""Every sheet of a batch is accounted for, or nothing is counted."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.audit.models import Entry
from pb.ballots.paper import queries, service
from pb.ballots.paper.models import Invalidity, PaperBatch
from pb.ballots.paper.service import Counts
from pb.errors import Invalid, PhaseClosed, Refused
from pb.results import acts
from pb.rounds.models import ActKind, Phase, Role, Round
from tests import make
from tests.ballots.box import in_parallel
from tests.conftest import NOW


@pytest.fixture
def typed(session, round, first, second, read) -> None:
    """Five sheets that came back: two count, one of them with one list only; three do not."""
    good, over = make.entry(session, round, "north"), make.entry(session, round, "north")
    for clerk in (first, second):
        read(clerk, 1, good, north=["lamp"])
        read(clerk, 2, over, north=["lamp"], town=["park", "pool"])
        read(clerk, 3, good, north=["lamp"])
        read(clerk, 4, reason=Invalidity.LATE)
        read(clerk, 5, reason=Invalidity.LATE)


BALANCED = Counts(returned=5, spoiled=1, unused=3, missing=1, explanation="Taken home.")


def log(session, kind) -> list[dict]:
    return list(session.scalars(select(Entry.body).where(Entry.kind == kind)))


def test_batches_are_numbered_in_a_round_and_in_the_log(session, round, batch, first):
    other = service.issue(session, round, place=" Library ", area=None, sheets=20, by=first, at=NOW)
    session.commit()
    assert [one.number for one in queries.batches(session, round)] == [1, 2]
    assert queries.find_batch(session, round, 2) is other
    assert queries.find_batch(session, round, 3) is queries.find_batch(session, round, 0) is None
    assert log(session, "paper.issue")[1] == {"batch": 2, "place": "Library", "sheets": 20}


def test_the_batches_of_another_round_are_not_those_of_this_one(session, round, batch, typed):
    other = make.round_(session, Phase.VOTING, projects={"park": ("town", 1_00)})
    clerk = make.appointed(session, other, Role.CLERK)
    theirs = service.issue(session, other, place="Library", area=None, sheets=5, by=clerk, at=NOW)
    session.commit()
    assert queries.find_batch(session, round, 1) is batch
    assert queries.find_batch(session, other, 1) is theirs
    totals = queries.totals(session, other)
    assert (totals.batches, totals.counted, totals.invalid) == (1, 0, {})
    service.count(session, theirs, Counts(0, 0, 5), by=clerk, at=NOW)
    service.close(session, theirs, by=clerk, at=NOW)
    assert queries.unclosed(session, other) == []
    assert queries.unclosed(session, round) == [1]


def test_two_officers_at_once_make_two_batches(app, session, round, first):
    def issue(n):
        with Session(app.extensions["engine"]) as own:
            here, clerk = own.get(Round, round.id), own.get(type(first), first.id)
            service.issue(own, here, place=f"Desk {n}", area=None, sheets=5, by=clerk, at=NOW)
            own.commit()

    assert in_parallel(6, issue) == [None] * 6
    numbers = [one.number for one in queries.batches(session, round)]
    assert numbers == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"place": "  "}, "Say where"),
        ({"sheets": 0}, "1 to 2,000 sheets"),
        ({"sheets": 2001}, "1 to 2,000 sheets"),
    ],
)
def test_a_batch_needs_a_place_and_a_sensible_size(session, round, first, change, sentence):
    asked = {"place": "Library", "area": None, "sheets": 5} | change
    with pytest.raises(Invalid, match=sentence):
        service.issue(session, round, **asked, by=first, at=NOW)


def test_sheets_are_made_of_a_frozen_ballot_only_and_never_after_the_close(
    session, round, first, closes
):
    asked = {"place": "Library", "area": None, "sheets": 5}
    with pytest.raises(PhaseClosed):
        service.issue(session, round, **asked, by=first, at=closes)
    early = make.round_(session, Phase.BALLOT, projects={"park": ("town", 1)})
    with pytest.raises(Refused, match="once the ballot is frozen"):
        service.issue(
            session, early, **asked, by=make.appointed(session, early, Role.CLERK), at=NOW
        )
    with pytest.raises(Refused, match="clerk or a commissioner"):
        reviewer = make.appointed(session, round, Role.REVIEWER)
        service.issue(session, round, **asked, by=reviewer, at=NOW)


def test_a_batch_that_balances_is_closed_with_its_totals_in_the_log(
    session, round, batch, typed, first
):
    service.count(session, batch, BALANCED, by=first, at=NOW)
    assert service.imbalances(session, batch) == []
    service.close(session, batch, by=first, at=NOW)
    session.commit()

    assert (batch.counted, batch.invalid, batch.closed_by) == (2, 3, first.id)
    [body] = log(session, "paper.close")
    assert body == {
        "batch": 1, "issued": 10, "returned": 5, "spoiled": 1, "unused": 3, "missing": 1,
        "explanation": "Taken home.", "counted": 2, "invalid": {"already-voted": 1, "late": 2},
    }  # fmt: skip
    totals = queries.totals(session, round)
    assert (totals.batches, totals.counted, totals.invalid_lists) == (1, 2, 1)
    assert totals.invalid == {Invalidity.ALREADY_VOTED: 1, Invalidity.LATE: 2}
    assert queries.unclosed(session, round) == []


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (Counts(5, 1, 3), "10 sheets were issued, but 9 are accounted for"),
        (Counts(6, 1, 3), "6 sheets were handed in, but 5 are settled: 2 counted and 3 invalid"),
        (Counts(4, 1, 5), "4 sheets were handed in, but 5 are settled"),
        (Counts(1, 1, 8), "1 sheet was handed in, but 5 are settled"),
        (Counts(1, 0, 0), "10 sheets were issued, but 1 is accounted for"),
    ],
)
def test_a_batch_that_does_not_balance_stays_open(session, batch, typed, first, counts, sentence):
    service.count(session, batch, counts, by=first, at=NOW)
    with pytest.raises(Invalid, match=sentence):
        service.close(session, batch, by=first, at=NOW)
    assert batch.open


def test_sheets_that_wait_or_differ_keep_a_batch_open(
    session, round, batch, first, second, read, voter
):
    read(first, 1, voter, north=["lamp"])
    read(first, 2, voter, north=["lamp"])
    read(second, 2, voter, north=["bench"])
    service.count(session, batch, Counts(2, 0, 8), by=first, at=NOW)
    with pytest.raises(Invalid) as refusal:
        service.close(session, batch, by=first, at=NOW)
    assert refusal.value.problems[:2] == (
        "1 sheet has still to be typed by a second person.",
        "1 sheet has still to be looked at together.",
    )


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (Counts(5, 1, 3, missing=1), "Explain what became of the missing sheets"),
        (Counts(5, 1, 3, missing=1, explanation="  "), "Explain"),
        (Counts(-1, 1, 3), "between 0 and 10"),
        (Counts(0, 0, 11), "between 0 and 10"),
    ],
)
def test_counts_that_cannot_be_are_refused(session, batch, first, counts, sentence):
    with pytest.raises(Invalid, match=sentence):
        service.count(session, batch, counts, by=first, at=NOW)


def test_a_closed_batch_takes_no_sheet_and_no_change(session, batch, typed, first, read):
    service.count(session, batch, BALANCED, by=first, at=NOW)
    service.close(session, batch, by=first, at=NOW)
    session.commit()
    with pytest.raises(Refused, match="Batch 1 is closed"):
        read(first, 6, reason=Invalidity.LATE)
    session.rollback()
    for step in (
        lambda: service.count(session, batch, BALANCED, by=first, at=NOW),
        lambda: service.close(session, batch, by=first, at=NOW),
    ):
        with pytest.raises(Refused, match="Batch 1 is closed"):
            step()
        session.rollback()


class TestWhatTheDatabaseRefuses:
    def refuses(self, session, statement, sentence):
        with pytest.raises(sa.exc.DatabaseError, match=sentence):
            session.execute(sa.text(statement))
        session.rollback()

    @pytest.mark.parametrize(
        ("change", "constraint"),
        [
            ("returned = 5, unused = 4", "closed_in_balance"),
            ("returned = 5, unused = 5, counted = 1", "closed_in_balance"),
            ("returned = 5, unused = 4, missing = 1", "missing_explained"),
            ("returned = 5, spoiled = -1, unused = 6", "not_negative"),
            ("closed_by = NULL", "closed_by_somebody"),
        ],
    )
    def test_a_batch_closed_out_of_balance(self, session, batch, first, change, constraint):
        columns = {
            "counted": 2, "invalid": 3, "closed_by": first.id, "closed_side": "'commission'",
            "closed_at": "'2026-05-04'",
        }  # fmt: skip
        columns |= dict(part.split(" = ") for part in change.split(", "))
        changes = ", ".join(f"{column} = {value}" for column, value in columns.items())
        self.refuses(session, f"UPDATE paper_batch SET {changes}", constraint)

    def test_a_sheet_that_was_never_issued(self, session, batch, first, read, voter):
        read(first, 1, voter, north=["lamp"])
        self.refuses(
            session,
            "INSERT INTO paper_sheet (batch_id, number, round_id, side, state, invalid_lists)"
            " SELECT batch_id, 11, round_id, side, state, 0 FROM paper_sheet",
            "No sheet of this number",
        )

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE paper_batch SET returned = 4, unused = 4",
            "DELETE FROM paper_batch",
            "DELETE FROM paper_sheet",
            "UPDATE paper_sheet SET invalid_lists = 0",
            "INSERT INTO paper_sheet (batch_id, number, round_id, side, state, invalid_lists)"
            " SELECT batch_id, 9, round_id, side, 'waiting', 0 FROM paper_sheet WHERE number = 1",
        ],
    )
    def test_a_change_of_a_closed_batch(self, session, batch, typed, first, change):
        service.count(session, batch, BALANCED, by=first, at=NOW)
        service.close(session, batch, by=first, at=NOW)
        session.commit()
        self.refuses(session, change, "closed|settled")

    def test_a_batch_of_a_sealed_round(self, session, round, batch):
        round.sealed_at = NOW
        session.commit()
        self.refuses(
            session,
            "INSERT INTO paper_batch (round_id, number, place, issued, issued_by, issued_side,"
            " issued_at, returned, spoiled, unused, missing, explanation)"
            " SELECT round_id, 2, place, issued, issued_by, issued_side, issued_at, 0, 0, 0, 0, ''"
            " FROM paper_batch",
            "sealed",
        )


def test_nothing_is_counted_while_a_batch_is_open(session, round, batch, first, closes):
    commissioner = make.appointed(session, round, Role.COMMISSIONER)
    later = closes + timedelta(hours=1)
    asked = {"by": commissioner, "reason": "Voting is over.", "at": later}
    with pytest.raises(Refused, match="Batch 1 of paper ballots is not closed yet"):
        acts.ask(session, round, ActKind.COUNT, **asked)
    service.count(session, batch, Counts(0, 0, 10), by=first, at=later)
    service.close(session, batch, by=first, at=later)
    assert acts.ask(session, round, ActKind.COUNT, **asked).open


def test_all_sheets_of_a_closed_batch_were_written_by_one_transaction(
    session, backend, batch, typed, first
):
    if backend == "sqlite":
        pytest.skip("SQLite keeps no transaction numbers in its rows")
    writers = sa.text("SELECT count(DISTINCT xmin::text) FROM paper_sheet")
    assert session.scalar(writers) == 5
    service.count(session, batch, BALANCED, by=first, at=NOW)
    service.close(session, batch, by=first, at=NOW)
    session.commit()
    assert session.scalar(writers) == 1
    assert session.scalar(select(PaperBatch.counted)) == 2
