"""Who typed a sheet under a wrong number takes their own reading back, and the batch balances."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.ballots.models import LiveBallot
from pb.ballots.paper import queries, reading, service
from pb.ballots.paper.models import (
    Invalidity,
    PaperBatch,
    PaperReading,
    PaperSheet,
    SheetState,
)
from pb.ballots.paper.service import Counts
from pb.errors import NotFound, PhaseClosed, Refused
from pb.rounds.models import Role
from tests import make
from tests.ballots.box import count, in_parallel, seal
from tests.conftest import NOW


@pytest.fixture
def take_back(session, batch):
    """`take_back(clerk, 3)`: this clerk takes back what they typed under number 3."""

    def take_back(by, number, now=NOW, session=session, batch=batch) -> None:
        reading.take_back(session, batch, number, by=by, at=now)
        session.commit()

    return take_back


def typed(session, batch) -> dict[int, list[int]]:
    """Who has typed which sheets that are not settled."""
    found = queries.readings(session, batch)
    return {number: sorted(one.clerk_id for one in those) for number, those in found.items()}


def test_a_wrong_number_taken_back_lets_the_batch_balance_and_close(
    session, batch, first, second, read, take_back, voter
):
    read(first, 7, voter, north=["lamp"])  # the sheet says 1
    for clerk in (first, second):
        read(clerk, 1, voter, north=["lamp"])
    service.count(session, batch, Counts(1, 0, 9), by=first, at=NOW)
    assert service.imbalances(session, batch) == [
        "1 sheet has still to be typed by a second person."
    ]

    take_back(first, 7)

    assert [sheet.number for sheet in queries.sheets(session, batch)] == [1]
    assert count(session, PaperReading) == 0
    service.close(session, batch, by=second, at=NOW)
    session.commit()
    assert (batch.counted, batch.invalid) == (1, 0)
    assert count(session, LiveBallot) == 1


def test_a_number_that_was_taken_back_can_be_typed_again(first, second, read, take_back, voter):
    read(first, 7, voter, north=["lamp"])
    take_back(first, 7)
    assert read(second, 7, voter, north=["bench"]).state is SheetState.WAITING
    assert read(first, 7, voter, north=["bench"]).state is SheetState.COUNTED


def test_what_another_person_typed_stays_and_waits_for_a_second_person(
    session, batch, first, second, read, take_back, voter
):
    read(first, 7, voter, north=["lamp"])
    assert read(second, 7, voter, north=["bench"]).state is SheetState.DIFFERS
    take_back(first, 7)
    assert typed(session, batch) == {7: [second.id]}
    assert [sheet.state for sheet in queries.sheets(session, batch)] == [SheetState.WAITING]
    assert read(first, 7, voter, north=["bench"]).state is SheetState.COUNTED


def test_two_others_who_differ_still_have_to_look_together(
    session, round, batch, first, second, read, take_back, voter
):
    third = make.appointed(session, round, Role.CLERK, "Nadia")
    read(first, 7, voter, north=["lamp"])
    read(second, 7, voter, north=["bench"])
    read(third, 7, voter, north=[])
    take_back(third, 7)
    assert typed(session, batch) == {7: sorted([first.id, second.id])}
    assert [sheet.state for sheet in queries.sheets(session, batch)] == [SheetState.DIFFERS]


def test_both_who_typed_a_wrong_number_take_it_back(
    session, batch, first, second, read, take_back, voter
):
    read(first, 7, voter, north=["lamp"])
    read(second, 7, voter, north=["bench"])
    take_back(second, 7)
    take_back(first, 7)
    assert count(session, PaperSheet) == count(session, PaperReading) == 0


class TestWhatIsRefused:
    def test_nobody_takes_back_what_somebody_else_typed(
        self, session, batch, first, second, read, take_back, voter
    ):
        read(first, 7, voter, north=["lamp"])
        with pytest.raises(NotFound, match="You have typed no sheet 7 of batch 1"):
            take_back(second, 7)
        session.rollback()
        assert typed(session, batch) == {7: [first.id]}

    @pytest.mark.parametrize("number", [-1, 0, 6, 11, 2**63])
    def test_a_sheet_that_nobody_typed(self, session, first, read, take_back, voter, number):
        read(first, 7, voter, north=["lamp"])
        with pytest.raises(NotFound, match="You have typed no sheet"):
            take_back(first, number)

    def test_the_same_number_of_another_batch(
        self, session, round, batch, first, read, take_back, voter
    ):
        asked = {"place": "Library", "area": None, "sheets": 10}
        other = service.issue(session, round, **asked, by=first, at=NOW)
        read(first, 7, voter, north=["lamp"])
        with pytest.raises(NotFound, match="You have typed no sheet 7 of batch 2"):
            take_back(first, 7, batch=other)
        session.rollback()
        assert typed(session, batch) == {7: [first.id]}

    def test_a_settled_sheet_stays(self, session, first, second, read, take_back, voter):
        for clerk in (first, second):
            read(clerk, 7, voter, north=["lamp"])
        with pytest.raises(Refused, match="settled already"):
            take_back(first, 7)
        session.rollback()
        assert session.scalars(select(PaperSheet.state)).one() is SheetState.COUNTED

    def test_a_closed_batch_stays(self, session, batch, first, second, read, take_back):
        for clerk in (first, second):
            read(clerk, 7, reason=Invalidity.LATE)
        service.count(session, batch, Counts(1, 0, 9), by=first, at=NOW)
        service.close(session, batch, by=first, at=NOW)
        session.commit()
        with pytest.raises(Refused, match="Batch 1 is closed"):
            take_back(first, 7)

    def test_after_the_seal_everything_stays(
        self, session, round, keys, shut, first, read, take_back, voter
    ):
        read(first, 7, voter, north=["lamp"])
        take_back(first, 7, now=shut - timedelta(seconds=1))
        read(first, 7, voter, now=shut - timedelta(seconds=1), north=["lamp"])
        seal(session, round, keys, shut)
        with pytest.raises(PhaseClosed, match="sealed"):
            take_back(first, 7, now=shut)

    def test_who_is_not_a_clerk(self, session, round, read, take_back):
        for role in (Role.COMMISSIONER, Role.AUDITOR, Role.STEWARD):
            with pytest.raises(Refused, match="Only a clerk"):
                take_back(make.appointed(session, round, role), 7)
            session.rollback()


def test_taking_back_while_another_types_settles_the_sheet_or_leaves_one_reading(
    app, session, batch, first, second, read, take_back, voter
):
    """Ten sheets that one clerk takes back in the moment the other types the same."""
    for number in range(1, 11):
        read(first, number, reason=Invalidity.LATE)
    ids = (batch.id, first.id, second.id)

    def act(n):
        with Session(app.extensions["engine"], expire_on_commit=False) as own:
            sheets, number = own.get(PaperBatch, ids[0]), n // 2 + 1
            clerk = own.get(type(first), ids[1 + n % 2])
            if n % 2:
                read(clerk, number, session=own, batch=sheets, reason=Invalidity.LATE)
            else:
                take_back(clerk, number, session=own, batch=sheets)

    found = in_parallel(20, act)

    session.expire_all()
    states = [sheet.state for sheet in queries.sheets(session, batch)]
    settled = states.count(SheetState.INVALID)
    assert len(states) == 10 and states.count(SheetState.WAITING) == 10 - settled
    assert [type(one) for one in found if one is not None] == [Refused] * settled
    waiting = typed(session, batch)
    assert list(waiting.values()) == [[second.id]] * (10 - settled)
