"""The life of the key: made, tested, frozen, and its sheets handed in for the count."""

import pytest
from sqlalchemy import select

from pb.audit import queries as log
from pb.ballots import ceremony, envelope, shares
from pb.ballots.models import WaitingSheet
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import Purpose
from pb.proposals import definition
from pb.results import acts
from pb.rounds import calendar
from pb.rounds.models import ActKind, Phase, Role, Side
from tests import make
from tests.conftest import NOW

PROJECTS = {"park": ("town", 5_000_00)}


@pytest.fixture
def round(session):
    return make.round_(session, Phase.BALLOT, projects=PROJECTS)


@pytest.fixture
def commissioner(session, round):
    return make.appointed(session, round, Role.COMMISSIONER)


@pytest.fixture
def hand(commissioner):
    return {"by": commissioner, "at": NOW}


@pytest.fixture
def sheets(session, round, hand):
    ceremony.choose(session, round, True, **hand)
    made = ceremony.make_key(session, round, **hand)
    session.commit()
    return made


def kinds(session, round) -> list[str]:
    return [entry.kind for entry in log.entries(session, round.id)]


def test_the_server_keeps_the_key_that_closes_and_none_that_opens(
    session, round, sheets, backend, tmp_path
):
    private_key = shares.join([shares.read(words) for words in sheets[:2]])
    assert envelope.box_key(private_key) == round.box_key
    if backend == "sqlite":
        session.rollback()
        stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert round.box_key in stored, "the scan sees what is stored"
        assert private_key not in stored and private_key.hex().encode() not in stored
        assert not any(words.encode() in stored for words in sheets)
        assert not any(shares.read(words).value in stored for words in sheets)


def test_the_ballot_is_not_frozen_before_two_sheets_opened_a_test_envelope(
    session, round, hand, sheets
):
    assert "not tested" in acts.obstacle(session, round, ActKind.FREEZE_BALLOT, at=NOW)
    ceremony.test_key(session, round, sheets[1:], **hand)
    assert acts.obstacle(session, round, ActKind.FREEZE_BALLOT, at=NOW) is None
    assert kinds(session, round) == ["round.secrecy", "key.make", "key.test"]
    assert log.entries(session, round.id)[-1].body["sheets"] == [2, 3]


def test_a_round_with_envelopes_needs_a_key_and_one_without_needs_none(session, round, hand):
    assert ceremony.missing(round) is None
    with pytest.raises(Refused, match="no envelopes"):
        ceremony.make_key(session, round, **hand)
    ceremony.choose(session, round, True, **hand)
    assert "no key yet" in acts.obstacle(session, round, ActKind.FREEZE_BALLOT, at=NOW)
    with pytest.raises(Refused, match="no key to test"):
        ceremony.test_key(session, round, make.SHEETS[:2], **hand)


def test_a_test_with_wrong_sheets_tests_nothing(session, round, hand, sheets):
    for wrong, sentence in (
        (make.SHEETS[:2], "another key than that of this ballot box"),
        ((sheets[0], sheets[0]), "sheet 1 twice"),
        ((sheets[0], make.SHEETS[1]), "different keys"),
        ((sheets[0],), "Two key sheets are needed"),
    ):
        with pytest.raises(Invalid, match=sentence):
            ceremony.test_key(session, round, wrong, **hand)
    assert round.box_key_tested_at is None


def test_a_new_key_makes_the_old_sheets_worthless(session, round, hand, sheets):
    ceremony.test_key(session, round, sheets[:2], **hand)
    ceremony.make_key(session, round, **hand)
    assert round.box_key_tested_at is None
    with pytest.raises(Invalid, match="another key"):
        ceremony.test_key(session, round, sheets[:2], **hand)


def test_who_goes_back_to_envelopes_needs_a_new_key(session, round, hand, sheets):
    ceremony.test_key(session, round, sheets[:2], **hand)
    ceremony.choose(session, round, False, **hand)
    assert round.box_key is None
    ceremony.choose(session, round, True, **hand)
    assert "no key yet" in ceremony.missing(round)


def test_the_key_is_part_of_what_is_frozen(session, round, hand, sheets):
    assert definition.definition(session, round)["box_key"] == round.box_key.hex()
    before = definition.digest(session, round)
    ceremony.make_key(session, round, **hand)
    assert definition.digest(session, round) != before
    ceremony.choose(session, round, False, **hand)
    assert "box_key" not in definition.definition(session, round)


def test_after_the_freeze_the_key_stays(session, commissioner):
    frozen = make.round_(session, Phase.VOTING, projects=PROJECTS, encrypted=True)
    for change in (
        lambda: ceremony.make_key(session, frozen, by=commissioner, at=NOW),
        lambda: ceremony.choose(session, frozen, False, by=commissioner, at=NOW),
        lambda: ceremony.test_key(session, frozen, make.SHEETS[:2], by=commissioner, at=NOW),
    ):
        with pytest.raises(Refused, match="frozen"):
            change()


# A sheet that waits for the second


@pytest.fixture
def closed(session):
    return make.round_(session, Phase.COUNTING, projects=PROJECTS, encrypted=True)


@pytest.fixture
def auditor(session, closed):
    return make.appointed(session, closed, Role.AUDITOR)


@pytest.fixture
def asked(session, closed):
    by = make.appointed(session, closed, Role.COMMISSIONER)
    return acts.ask(session, closed, ActKind.COUNT, by=by, reason="It is time.", at=NOW)


def test_a_sheet_waits_hidden_and_makes_the_second_one_enough(
    session, closed, auditor, asked, keys, backend, tmp_path
):
    ceremony.hand_in(session, closed, make.SHEETS[2], by=auditor, at=NOW, keys=keys)
    session.commit()
    assert ceremony.waiting(session, closed, keys).number == 3
    stored = session.scalars(select(WaitingSheet.words)).one()
    assert make.SHEETS[2].split()[9].encode() not in stored
    value = shares.read(make.SHEETS[2]).value
    assert value not in stored and value not in keys.key(closed.id, Purpose.SHEET)
    assert ceremony.opener(session, closed, [make.SHEETS[0]], keys)
    with pytest.raises(Invalid, match="sheet 3 twice"):
        ceremony.opener(session, closed, [make.SHEETS[2]], keys)


def test_only_one_sheet_waits(session, closed, auditor, asked, keys):
    ceremony.hand_in(session, closed, make.SHEETS[2], by=auditor, at=NOW, keys=keys)
    with pytest.raises(Refused, match="waits already"):
        ceremony.hand_in(session, closed, make.SHEETS[0], by=auditor, at=NOW, keys=keys)


def test_a_sheet_waits_only_for_a_count_that_was_asked_for(session, closed, auditor, keys):
    with pytest.raises(Refused, match="Nobody has asked for the count"):
        ceremony.hand_in(session, closed, make.SHEETS[2], by=auditor, at=NOW, keys=keys)


def test_residents_and_clerks_hand_nothing_in(session, closed, asked, keys):
    for role in (Role.STEWARD, Role.CLERK):
        person = make.appointed(session, closed, role)
        with pytest.raises(Refused, match="A commissioner or an auditor"):
            ceremony.hand_in(session, closed, make.SHEETS[2], by=person, at=NOW, keys=keys)


def test_no_sheet_comes_near_the_server_while_ballots_can_still_come(session, closed, keys):
    auditor = make.appointed(session, closed, Role.AUDITOR)
    early = calendar.counting_from(closed)
    early -= calendar.QUEUE
    with pytest.raises(PhaseClosed, match="Come back after"):
        ceremony.hand_in(session, closed, make.SHEETS[2], by=auditor, at=early, keys=keys)


def test_taking_the_count_back_forgets_the_sheet(session, closed, auditor, asked, keys):
    ceremony.hand_in(session, closed, make.SHEETS[2], by=auditor, at=NOW, keys=keys)
    acts.withdraw(session, asked, by=auditor, side=Side.COMMISSION, at=NOW, keys=keys)
    assert session.scalars(select(WaitingSheet)).all() == []
    assert not (keys.directory / f"round-{closed.id}.sheet.key").exists()


def test_a_sheet_whose_hiding_key_is_gone_waits_no_more(session, closed, auditor, asked, keys):
    ceremony.hand_in(session, closed, make.SHEETS[2], by=auditor, at=NOW, keys=keys)
    keys.discard(closed.id, Purpose.SHEET)
    assert ceremony.waiting(session, closed, keys) is None
    ceremony.hand_in(session, closed, make.SHEETS[0], by=auditor, at=NOW, keys=keys)
    assert ceremony.waiting(session, closed, keys).number == 1
