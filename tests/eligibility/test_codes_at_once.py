"""Codes that are given out while somebody else does something to the same people."""

import threading
import time

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.audit import queries as log
from pb.eligibility import entries, importing, queries, service
from pb.eligibility.models import RollEntry, RollImport
from pb.errors import Refused
from pb.rounds.models import Phase, Role, Round
from pb.rounds.routes import Route
from tests import make
from tests.ballots.box import in_parallel
from tests.conftest import NOW

LIST = b"person;area\nA1;north\nA2;north\n"
WAITS = 0.4  # seconds until somebody surely waits for a lock


@pytest.fixture
def round(session, keys):
    made = make.round_(session, Phase.BALLOT, areas={"north": 5_00, "town": 5_00})
    by = make.account(session)
    service.import_roll(session, made, LIST, "roll.csv", by=by, at=NOW, keys=keys)
    session.commit()
    return made


@pytest.fixture
def acts(app, session, round, keys):
    clerk_id, round_id = make.appointed(session, round, Role.CLERK).id, round.id
    session.rollback()
    return Acts(app.extensions["engine"], round_id, clerk_id, keys)


class Acts:
    """What officers do to the roll, each in a transaction of its own."""

    def __init__(self, engine, round_id, clerk_id, keys):
        self.engine, self.round_id, self.clerk_id, self.keys = engine, round_id, clerk_id, keys

    def give_out(self, session, round, by):
        return service.issue_codes(session, round, by=by, at=NOW, keys=self.keys)

    def undo(self, session, round, by):
        made = session.scalars(select(RollImport)).one()
        importing.undo(session, made, reason="Wrong", by=by, at=NOW)

    def take_back(self, session, round, by):
        service.take_back_codes(session, round, reason="Lost", by=by, at=NOW)

    def hand_out(self, session, round, by):
        entry = queries.find_by_number(session, round, 1)
        common = {"route": Route.DESK, "at": NOW, "keys": self.keys}
        return entries.first_code(session, round, entry, **common)

    def replace(self, session, round, by):
        entry = queries.find_by_number(session, round, 1)
        common = {"reason": "Lost", "by": by, "at": NOW, "keys": self.keys}
        return service.replace_code(session, round, entry, **common)

    def do(self, name, session):
        """Do one of them in a session that is there."""
        round, by = session.get_one(Round, self.round_id), session.get_one(Account, self.clerk_id)
        return getattr(self, name)(session, round, by)

    def alone(self, name):
        """Do one of them from beginning to end; what comes of it, be it a refusal."""
        try:
            with Session(self.engine) as session, session.begin():
                return self.do(name, session)
        except Exception as error:
            return error

    def while_open(self, first, then):
        """Begin `then` once `first` is done and before it is committed; what comes of both."""
        found = []
        waiting = threading.Thread(target=lambda: found.append(self.alone(then)))
        with Session(self.engine) as session, session.begin():
            done = self.do(first, session)
            waiting.start()
            time.sleep(WAITS)
        waiting.join()
        return done, *found


def works(session, round, issued, keys) -> bool:
    return queries.find_by_code(session, round, issued.code, keys) is not None


def size(session) -> int:
    return session.scalar(select(func.count()).select_from(RollEntry))


@pytest.mark.parametrize("first", ["give_out", "hand_out", "replace"])
def test_a_list_whose_people_get_codes_meanwhile_is_not_taken_back(session, acts, first):
    _, refusal = acts.while_open(first, "undo")
    assert isinstance(refusal, Refused) and "of this list have a code" in str(refusal)
    assert size(session) == 2


def test_nobody_of_a_list_that_is_taken_back_meanwhile_gets_a_code(session, acts):
    _, refusal = acts.while_open("undo", "give_out")
    assert isinstance(refusal, Refused)
    assert size(session) == 0


def test_a_list_is_taken_back_once(session, round, acts):
    found = in_parallel(3, lambda n: acts.alone("undo"))
    assert sorted(str(one) for one in found) == ["None", *["This list was taken back already."] * 2]
    assert [entry.kind for entry in log.entries(session, round.id)].count("roll.undo") == 1


def test_letters_leave_out_whom_the_desk_gives_a_code_meanwhile(session, round, acts, keys):
    from_desk, letters = acts.while_open("hand_out", "give_out")
    assert [one.number for one in letters] == [2]
    assert works(session, round, from_desk, keys)


def test_the_desk_gives_no_first_code_to_whom_a_letter_is_made_for(session, round, acts, keys):
    letters, refusal = acts.while_open("give_out", "hand_out")
    assert isinstance(refusal, Refused) and "given out already" in str(refusal)
    assert all(works(session, round, one, keys) for one in letters)


def test_codes_that_are_being_given_out_are_taken_back_with_all_others(session, round, acts, keys):
    letters, _ = acts.while_open("give_out", "take_back")
    assert len(letters) == 2
    assert not any(works(session, round, one, keys) for one in letters)


def test_codes_that_are_replaced_at_the_same_time_all_count(session, round, acts, keys):
    acts.alone("give_out")
    first, second = acts.while_open("replace", "replace")
    assert queries.find_by_number(session, round, 1).codes_issued == 3
    assert not works(session, round, first, keys) and works(session, round, second, keys)


def test_somebody_who_was_taken_off_the_list_gets_no_code(session, round, keys):
    entry = queries.find_by_number(session, round, 1)
    session.execute(delete(RollEntry), execution_options={"synchronize_session": False})
    with pytest.raises(Refused, match="not on the list of voters any more"):
        entries.first_code(session, round, entry, route=Route.DESK, at=NOW, keys=keys)
