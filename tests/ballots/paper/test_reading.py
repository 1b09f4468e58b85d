"""Two people read the same on a sheet, or nothing is counted."""

import itertools
import json
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.ballots import queries, service
from pb.ballots.models import Channel, LiveBallot, TurnoutMark
from pb.ballots.paper.models import (
    Invalidity,
    PaperBatch,
    PaperReading,
    PaperSheet,
    SheetState,
)
from pb.eligibility.models import RollEntry
from pb.errors import Invalid, PhaseClosed, Refused
from pb.results import acts
from pb.rounds.models import ActKind, Role, Round
from tests import make
from tests.ballots.box import count, in_parallel, inside, seal
from tests.conftest import NOW


def in_the_box(session) -> list[dict]:
    found = session.execute(select(Round, LiveBallot).join(LiveBallot)).all()
    return [json.loads(inside(round, live))["lists"] for round, live in found]


def test_a_sheet_counts_once_two_people_typed_the_same(session, first, second, read, voter):
    assert read(first, 3, voter, north=["lamp", "bench"], town=["park"]).state is SheetState.WAITING
    assert count(session, LiveBallot) == 0

    sheet = read(second, 3, voter, north=["bench", "lamp"], town=["park"])

    assert sheet.state is SheetState.COUNTED
    assert (sheet.first_by, sheet.second_by) == (first.id, second.id)
    assert in_the_box(session) == [
        {"north": {"choices": ["bench", "lamp"]}, "town": {"choices": ["park"]}}
    ]
    assert queries.voted_by(session, voter) is Channel.PAPER


def test_one_person_typing_twice_settles_nothing(session, first, read, voter):
    for _ in range(2):
        assert read(first, 3, voter, north=["lamp"]).state is SheetState.WAITING
    assert count(session, LiveBallot) == count(session, TurnoutMark) == 0
    assert count(session, PaperReading) == 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE paper_sheet SET state = 'counted'", "settled_by_two"),
        ("UPDATE paper_sheet SET state = 'counted', first_by = :me", "settled_by_two"),
        ("UPDATE paper_sheet SET state = 'counted', first_by = :me, second_by = :me", "two_hands"),
        ("UPDATE paper_sheet SET state = 'invalid', first_by = :me, second_by = :other", "reason"),
        (
            "INSERT INTO paper_reading SELECT batch_id, number, :me, round_id, side, prints,"
            " doubtful FROM paper_reading",
            "(?i)unique",
        ),
        ("UPDATE paper_reading SET clerk_id = :resident", "(?i)foreign key"),
    ],
)
def test_the_database_wants_two_different_hands_of_the_commission(
    session, round, first, second, read, voter, change, what
):
    read(first, 3, voter, north=["lamp"])
    resident = make.appointed(session, round, Role.STEWARD)
    with pytest.raises(sa.exc.IntegrityError, match=what):
        session.execute(
            sa.text(change), {"me": first.id, "other": second.id, "resident": resident.id}
        )
    session.rollback()


def test_two_readings_that_differ_wait_for_a_third_look(session, first, second, read, voter):
    read(first, 3, voter, north=["lamp"])
    assert read(second, 3, voter, north=["bench"]).state is SheetState.DIFFERS
    assert count(session, LiveBallot) == 0

    sheet = read(first, 3, voter, north=["bench"])

    assert sheet.state is SheetState.COUNTED
    assert {sheet.first_by, sheet.second_by} == {first.id, second.id}
    assert in_the_box(session) == [{"north": {"choices": ["bench"]}}]


def test_a_third_person_can_agree_with_either(session, round, first, second, read, voter):
    third = make.appointed(session, round, Role.CLERK, "Nadia")
    read(first, 3, voter, north=["lamp"])
    read(second, 3, voter, north=["bench"])
    sheet = read(third, 3, voter, north=["lamp"])
    assert sheet.state is SheetState.COUNTED
    assert (sheet.first_by, sheet.second_by) == (first.id, third.id)


def test_another_voter_on_the_same_sheet_is_a_difference(
    session, round, first, second, read, voter
):
    read(first, 3, voter, north=["lamp"])
    other = make.entry(session, round, "north")
    assert read(second, 3, other, north=["lamp"]).state is SheetState.DIFFERS
    assert count(session, TurnoutMark) == 0


def test_a_doubtful_mark_is_judged_by_two_even_if_they_typed_the_same(
    session, first, second, read, voter
):
    read(first, 3, voter, north=["lamp"], doubtful=True)
    assert read(second, 3, voter, north=["lamp"]).state is SheetState.DIFFERS
    assert count(session, LiveBallot) == 0
    assert read(first, 3, voter, north=["lamp"]).state is SheetState.COUNTED


def test_the_order_matters_only_where_it_is_a_choice(session, first, second, read, voter):
    read(first, 1, voter, north=["lamp", "bench"])
    assert read(second, 1, voter, north=["bench", "lamp"]).state is SheetState.COUNTED


def test_an_empty_ballot_on_paper_counts_as_taking_part(session, first, second, read, voter):
    for clerk in (first, second):
        read(clerk, 3, voter, north=[], town=[])
    assert queries.has_voted(session, voter)
    assert in_the_box(session) == [{}]


class TestWhatIsStored:
    """Nothing that was typed: only fingerprints, and none once the sheet is settled."""

    def test_a_reading_is_fingerprints_that_fit_no_other_sheet(self, session, first, read, voter):
        read(first, 3, voter, north=["lamp"], town=["park"])
        read(first, 4, voter, north=["lamp"], town=["park"])
        prints = list(session.scalars(select(PaperReading.prints)))
        assert [set(one) for one in prints] == [{"voter", "list north", "list town"}] * 2
        values = [value for one in prints for value in one.values()]
        assert len(set(values)) == 6
        assert all(len(bytes.fromhex(value)) == 32 for value in values)

    def test_after_the_second_reading_nothing_leads_from_the_sheet_to_the_voter(
        self, session, first, second, read, voter
    ):
        for clerk in (first, second):
            read(clerk, 3, voter, north=["lamp"])
        assert count(session, PaperReading) == 0
        for table in (PaperSheet.__table__, PaperReading.__table__):
            targets = {key.column.table.name for key in table.foreign_keys}
            assert not targets & {"roll_entry", "turnout_mark", "live_ballot"}
            for column in table.columns:
                assert not isinstance(column.type, sa.DateTime | sa.Date | sa.Time)

    def test_no_byte_of_a_reading_is_left_in_the_file(
        self, session, tmp_path, backend, first, second, read, voter
    ):
        if backend == "postgresql":
            pytest.skip("see the test of the sealed box: rows are dead until the seal")
        read(first, 3, voter, north=["lamp"])
        [prints] = session.scalars(select(PaperReading.prints))
        session.rollback()
        assert stored(session, tmp_path).count(prints["voter"].encode()) == 1
        read(second, 3, voter, north=["lamp"])
        assert prints["voter"].encode() not in stored(session, tmp_path)

    def test_after_the_seal_no_row_of_a_reading_is_left_on_the_disk(
        self, app, session, backend, round, keys, shut, first, second, read, voter
    ):
        if backend == "sqlite":
            pytest.skip("see the test above")
        for clerk in (first, second):
            read(clerk, 3, voter, north=["lamp"])
        size = sa.text("SELECT pg_relation_size('paper_reading')")
        assert session.scalar(size) > 0
        session.rollback()
        seal(session, round, keys, shut)
        # The server’s own statistics may be looking at old rows just now: then once more.
        for _ in range(10):
            service.after_seal(app.extensions["engine"], keys, round.id)
            left = session.scalar(size)
            session.rollback()
            if not left:
                break
            time.sleep(0.5)
        assert left == 0


def stored(session, folder) -> bytes:
    """The database as it lies on the disk, once all of it is in the file."""
    with session.get_bind().engine.raw_connection() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(path.read_bytes() for path in folder.glob("test.sqlite*"))


class TestInvalidSheets:
    @pytest.mark.parametrize("reason", list(Invalidity))
    def test_two_people_agree_on_the_reason(self, session, first, second, read, voter, reason):
        assert read(first, 3, reason=reason).state is SheetState.WAITING
        sheet = read(second, 3, reason=reason)
        assert (sheet.state, sheet.reason) == (SheetState.INVALID, reason)
        assert count(session, TurnoutMark) == 0

    def test_different_reasons_are_a_difference(self, first, second, read):
        read(first, 3, reason=Invalidity.LATE)
        assert read(second, 3, reason=Invalidity.UNSIGNED).state is SheetState.DIFFERS

    def test_a_list_beyond_its_limits_costs_only_this_list(
        self, session, first, second, read, voter
    ):
        for clerk in (first, second):
            sheet = read(clerk, 3, voter, north=["lamp"], town=["park", "pool"])  # too dear
        assert (sheet.state, sheet.invalid_lists) == (SheetState.COUNTED, 1)
        assert in_the_box(session) == [{"north": {"choices": ["lamp"]}}]

    def test_a_list_of_an_area_where_the_voter_does_not_live_does_not_count(
        self, session, round, first, second, read
    ):
        southerner = make.entry(session, round, "south")
        for clerk in (first, second):
            sheet = read(clerk, 3, southerner, north=["lamp"], town=["park"])
        assert (sheet.state, sheet.invalid_lists) == (SheetState.COUNTED, 1)
        assert in_the_box(session) == [{"town": {"choices": ["park"]}}]

    def test_without_any_good_list_the_sheet_is_invalid_and_the_right_to_vote_is_kept(
        self, session, first, second, read, voter
    ):
        for clerk in (first, second):
            sheet = read(clerk, 3, voter, town=["park", "pool"])
        assert (sheet.state, sheet.reason) == (SheetState.INVALID, Invalidity.OVER_LIMIT)
        assert not queries.has_voted(session, voter)

    def test_a_sheet_needs_a_voter_or_a_reason(self, first, read):
        with pytest.raises(Invalid, match="Type the voter’s number"):
            read(first, 3, north=["lamp"])

    @pytest.mark.parametrize("number", [0, 11, -1])
    def test_only_sheets_that_were_issued_can_come_back(self, first, read, voter, number):
        with pytest.raises(Invalid, match="has the sheets 1 to 10"):
            read(first, number, voter, north=["lamp"])

    def test_a_settled_sheet_stays_as_it_is(self, session, first, second, read, voter):
        for clerk in (first, second):
            read(clerk, 3, reason=Invalidity.LATE)
        with pytest.raises(Refused, match="settled already"):
            read(first, 3, voter, north=["lamp"])
        session.rollback()
        with pytest.raises(sa.exc.DatabaseError, match="settled"):
            session.execute(sa.text("UPDATE paper_sheet SET state = 'counted', reason = NULL"))
        session.rollback()


class TestOneRightInAllChannels:
    def test_a_sheet_after_a_vote_on_the_web_is_refused_and_changes_nothing(
        self, session, round, cast, first, second, read, voter
    ):
        receipt = cast(round, voter, north=["bench"])
        before = session.scalars(select(LiveBallot.commitment)).one()
        for clerk in (first, second):
            sheet = read(clerk, 3, voter, north=["lamp"])
        assert (sheet.state, sheet.reason) == (SheetState.INVALID, Invalidity.ALREADY_VOTED)
        assert session.scalars(select(LiveBallot.commitment)).one() == before
        mark = session.scalars(select(TurnoutMark)).one()
        assert (mark.channel, mark.revision) == (Channel.WEB, receipt.revision)

    def test_a_vote_on_the_web_after_a_sheet_is_refused_in_a_sentence(
        self, session, round, cast, first, second, read, voter
    ):
        for clerk in (first, second):
            read(clerk, 3, voter, north=["lamp"])
        with pytest.raises(service.AlreadyVoted, match="voted on paper"):
            cast(round, voter, north=["bench"])
        session.rollback()
        assert in_the_box(session) == [{"north": {"choices": ["lamp"]}}]

    def test_a_second_sheet_of_one_voter_is_refused(self, session, first, second, read, voter):
        for number in (3, 4):
            for clerk in (first, second):
                sheet = read(clerk, number, voter, north=["lamp"])
        assert sheet.reason is Invalidity.ALREADY_VOTED
        assert count(session, LiveBallot) == 1

    def test_web_and_paper_at_once_leave_one_ballot(
        self, app, session, round, batch, cast, first, second, read, voter
    ):
        """Twenty sheets and twenty visits to the page of one voter: whoever is first counts."""
        for number in range(1, 11):
            read(first, number, voter, north=["lamp"])
        ids = [round.id, voter.id, batch.id, second.id]

        def vote(n):
            with Session(app.extensions["engine"], expire_on_commit=False) as own:
                here, me = own.get(Round, ids[0]), own.get(RollEntry, ids[1])
                if n % 2:
                    return cast(here, me, session=own, north=["bench"])
                sheets, clerk = own.get(PaperBatch, ids[2]), own.get(type(second), ids[3])
                return read(clerk, n // 2 + 1, me, session=own, batch=sheets, north=["lamp"])

        found = in_parallel(20, vote)

        session.expire_all()
        mark, [ballot] = session.scalars(select(TurnoutMark)).one(), in_the_box(session)
        sheets = [one for one in found if isinstance(one, PaperSheet)]
        assert len(sheets) == 10
        counted = [one for one in sheets if one.state is SheetState.COUNTED]
        refused = [one for one in found if isinstance(one, service.AlreadyVoted)]
        if mark.channel is Channel.PAPER:
            assert (len(counted), len(refused), mark.revision) == (1, 10, 1)
            assert ballot == {"north": {"choices": ["lamp"]}}
        else:
            assert (len(counted), len(refused), mark.revision) == (0, 0, 10)
            assert ballot == {"north": {"choices": ["bench"]}}

    def test_two_clerks_at_once_cast_one_ballot(
        self, app, session, batch, first, second, read, voter
    ):
        clerks = itertools.cycle([first.id, second.id])
        plan = [next(clerks) for _ in range(12)]

        def type_it(n):
            with Session(app.extensions["engine"], expire_on_commit=False) as own:
                clerk = own.get(type(first), plan[n])
                sheets, me = own.get(PaperBatch, batch.id), own.get(RollEntry, voter.id)
                return read(clerk, 1, me, session=own, batch=sheets, north=["lamp"])

        found = in_parallel(12, type_it)

        settled = [one for one in found if isinstance(one, PaperSheet) and one.first_by]
        assert len(settled) == 1
        assert all(isinstance(one, PaperSheet | Refused) for one in found)
        assert count(session, LiveBallot) == count(session, TurnoutMark) == 1


class TestWhen:
    def test_sheets_can_be_typed_after_the_close_until_the_seal(
        self, session, round, keys, closes, first, second, read, voter
    ):
        later = closes + timedelta(days=2)
        for clerk in (first, second):
            sheet = read(clerk, 3, voter, now=later, north=["lamp"])
        assert sheet.state is SheetState.COUNTED
        seal(session, round, keys, later)
        with pytest.raises(PhaseClosed, match="sealed"):
            read(first, 4, voter, now=later, north=["lamp"])

    def test_before_voting_nothing_can_have_come_back(self, round, first, read, voter):
        opens = next(row.opens_at for row in round.dates if row.phase == "voting")
        with pytest.raises(PhaseClosed):
            read(first, 3, voter, now=opens - timedelta(seconds=1), north=["lamp"])

    def test_only_clerks_type(self, session, round, read, voter):
        for role in (Role.COMMISSIONER, Role.AUDITOR, Role.STEWARD):
            with pytest.raises(Refused, match="Only a clerk"):
                read(make.appointed(session, round, role), 3, voter, north=["lamp"])
            session.rollback()


def test_a_mark_for_a_project_withdrawn_since_says_nothing(
    session, round, first, second, read, voter, keys
):
    """The sheet was printed before; the rest of it counts."""
    by = make.appointed(session, round, Role.COMMISSIONER)
    hand = make.appointed(session, round, Role.STEWARD)
    number = next(line.number for line in queries.projects(session, round) if line.code == "lamp")
    asked = {"by": by, "reason": "The ground is not ours.", "at": NOW, "project": number}
    act = acts.ask(session, round, ActKind.WITHDRAW_PROJECT, **asked)
    acts.confirm(session, act, by=hand, at=NOW, keys=keys, rules={})
    session.commit()

    for clerk in (first, second):
        read(clerk, 3, voter, north=["lamp", "bench"], town=["park"])

    assert [lists["north"]["choices"] for lists in in_the_box(session)] == [["bench"]]
