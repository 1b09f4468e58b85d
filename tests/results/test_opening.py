"""The count of a box with envelopes, and votes taken out before it."""

import itertools

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select

from pb.audit import queries as log
from pb.ballots import ceremony, envelope, shares, turnout
from pb.ballots.models import LiveBallot, TurnoutMark, WaitingSheet
from pb.eligibility.models import RollEntry
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import Purpose
from pb.results import acts, queries
from pb.rounds import calendar
from pb.rounds.acts import digest
from pb.rounds.models import ActKind, Phase, Role
from tests import make
from tests.conftest import NOW
from tests.results.elections import BALLOTS, FUNDED, town

SHEETS = make.SHEETS


@pytest.fixture
def found(session, keys):
    return town(session, keys, encrypted=True)


def funded(session, found) -> list[str]:
    return queries.latest(session, found.round).outcomes[0].outcome["funded"]


def nothing_happened(session, found) -> None:
    session.rollback()
    session.refresh(found.round)
    assert found.round.sealed_at is None
    assert queries.latest(session, found.round) is None
    assert session.scalar(select(func.count()).select_from(LiveBallot)) == len(BALLOTS)
    assert found.keys.mac(found.round.id, Purpose.BALLOTS, "the key is still there")


@pytest.mark.parametrize("chosen", list(itertools.combinations(range(3), 2)))
def test_any_two_of_three_sheets_open_the_box_though_one_is_lost(session, found, chosen):
    act = found.ask(ActKind.COUNT)
    found.confirm(act, sheets=[SHEETS[n] for n in chosen])
    assert funded(session, found) == FUNDED


def test_a_box_without_envelopes_gives_the_same_result(session, keys, found):
    found.confirm(found.ask(ActKind.COUNT), sheets=SHEETS[:2])
    plain = town(session, keys)
    plain.do(ActKind.COUNT)
    one, other = (queries.latest(session, round) for round in (found.round, plain.round))
    assert one.outcomes[0].outcome_digest == other.outcomes[0].outcome_digest


@pytest.mark.parametrize(
    ("sheets", "sentence"),
    [
        ((), "Two different key sheets are needed"),
        ((SHEETS[0],), "Two different key sheets are needed"),
        ((SHEETS[0], SHEETS[0]), "sheet 1 twice"),
        ((SHEETS[0], SHEETS[1].replace(" ", " zebra ", 1)), "Word 2, “zebra”|34 words"),
        ((SHEETS[0], " ".join(SHEETS[1].split()[::-1])), "together they are not a key sheet"),
    ],
)
def test_wrong_sheets_open_nothing_and_lose_nothing(session, found, sheets, sentence):
    act = found.ask(ActKind.COUNT)
    session.commit()
    with pytest.raises(Invalid, match=sentence):
        found.confirm(act, sheets=sheets)
    nothing_happened(session, found)
    found.confirm(act, sheets=SHEETS[1:])
    assert funded(session, found) == FUNDED


def test_sheets_of_another_box_open_nothing(session, found):
    act = found.ask(ActKind.COUNT)
    session.commit()
    with pytest.raises(Invalid, match="another key than that of this ballot box"):
        found.confirm(act, sheets=shares.split(b"another private key of 32 bytes!")[:2])
    nothing_happened(session, found)


def test_the_sheet_that_was_handed_in_and_another_one_are_enough(app, session, found):
    act, auditor = found.ask(ActKind.COUNT), make.appointed(session, found.round, Role.AUDITOR)
    ceremony.hand_in(session, found.round, SHEETS[2], by=auditor, at=NOW, keys=found.keys)
    session.commit()
    with pytest.raises(Invalid, match="sheet 3 twice"):
        found.confirm(act, sheets=[SHEETS[2]])
    session.rollback()
    found.confirm(act, sheets=[SHEETS[0]])
    session.commit()
    acts.after_commit(app.extensions["engine"], act, found.keys, {})
    assert session.scalars(select(WaitingSheet)).all() == []
    with pytest.raises(FileNotFoundError, match="destroyed"):
        found.keys.key(found.round.id, Purpose.SHEET)


def test_of_a_sheet_that_waited_no_byte_is_left(app, session, found, backend, tmp_path):
    act, auditor = found.ask(ActKind.COUNT), make.appointed(session, found.round, Role.AUDITOR)
    ceremony.hand_in(session, found.round, SHEETS[2], by=auditor, at=NOW, keys=found.keys)
    session.commit()
    hidden = session.scalars(select(WaitingSheet.words)).one()
    found.confirm(act, sheets=[SHEETS[0]])
    session.commit()
    acts.after_commit(app.extensions["engine"], act, found.keys, {})
    if backend == "postgresql":
        assert session.scalar(sa.text("SELECT pg_relation_size('waiting_sheet')")) == 0
        return
    session.rollback()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("test.sqlite*"))
    assert found.round.box_key in stored, "the scan sees what is stored"
    assert hidden not in stored


def test_a_changed_ballot_in_a_good_envelope_keeps_the_box_shut(session, found):
    act = found.ask(ActKind.COUNT)
    live = session.scalars(select(LiveBallot)).first()
    live.content = envelope.close(found.round.box_key, b'{"round":"x","lists":{},"nonce":"0"}')
    session.commit()
    with pytest.raises(Refused, match="not as it was cast"):
        found.confirm(act, sheets=SHEETS[:2])
    nothing_happened(session, found)


def test_the_count_is_not_asked_for_while_ballots_may_come(session, keys):
    found = town(session, keys, Phase.VOTING)
    start = calendar.counting_from(found.round)
    for early in (start - calendar.QUEUE, start - calendar.QUEUE - calendar.GRACE):
        with pytest.raises(PhaseClosed, match="may still come in. Come back after"):
            found.ask(ActKind.COUNT, at=early)
    assert found.ask(ActKind.COUNT, at=start)


# The words of the sheets


def test_no_word_of_a_sheet_is_stored_by_a_count(session, found, backend, tmp_path):
    act = found.ask(ActKind.COUNT)
    found.confirm(act, sheets=SHEETS[:2])
    session.commit()
    if backend == "sqlite":
        session.rollback()
        stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert make.PRIVATE_KEY not in stored
        assert not any(sheet.encode() in stored for sheet in SHEETS)
    words = set(" ".join(SHEETS).split())
    for entry in log.entries(session, found.round.id):
        assert not words & set(str(entry.body).split())


# Votes that are taken out


def entry_of(session, found, n=0) -> RollEntry:
    marked = select(TurnoutMark.entry_id).where(TurnoutMark.round_id == found.round.id)
    return session.get(RollEntry, session.scalars(marked.order_by(TurnoutMark.entry_id)).all()[n])


def test_two_hands_take_a_vote_out_and_the_count_is_without_it(session, found):
    found.do(ActKind.VOID_VOTE, entry=entry_of(session, found, 3))  # the second vote for the pool
    assert turnout.voided(session, found.round) == 1
    assert turnout.of_round(session, found.round).voted == 3
    act = found.ask(ActKind.COUNT)
    found.confirm(act, sheets=SHEETS[:2])
    result = queries.latest(session, found.round)
    assert result.voters == 3
    assert result.outcomes[0].scores["pool"] == 1
    told = {entry.kind: entry.body for entry in log.entries(session, found.round.id)}
    assert told["box.seal"]["voided"] == 1


def test_the_log_never_tells_whose_vote_was_taken_out(session, keys):
    """The same act for two people leaves the same kind of trace, and its digest cannot be guessed:
    it holds a random salt."""
    found = town(session, keys)
    chosen = entry_of(session, found)
    act = found.do(ActKind.VOID_VOTE, entry=chosen)
    bodies = [entry.body for entry in log.entries(session, found.round.id)]
    told = [body for body in bodies if body.get("act") == act.id]
    assert [sorted(body) for body in told] == [
        ["act", "digest", "kind", "reason"],
        ["act", "digest", "kind", "reason"],
        ["act"],
    ]
    assert act.payload_digest not in {digest({"entry": n, "salt": ""}) for n in range(1, 1000)} | {
        digest({"entry": n}) for n in range(1, 1000)
    }


def test_who_has_not_voted_has_no_vote_to_take_out(session, found):
    with pytest.raises(Refused, match="No vote of this entry"):
        found.ask(ActKind.VOID_VOTE, entry=make.entry(session, found.round))
    with pytest.raises(Invalid, match="Say whose vote it is"):
        found.ask(ActKind.VOID_VOTE)
    other = town(session, found.keys)
    with pytest.raises(Invalid, match="Say whose vote it is"):
        found.ask(ActKind.VOID_VOTE, entry=entry_of(session, other))


def test_nothing_is_taken_out_while_voting_is_open_or_after_the_seal(session, keys):
    voting = town(session, keys, Phase.VOTING)
    with pytest.raises(PhaseClosed):
        voting.ask(ActKind.VOID_VOTE, entry=entry_of(session, voting))
    counted = town(session, keys)
    waiting = counted.ask(ActKind.VOID_VOTE, entry=entry_of(session, counted))
    counted.do(ActKind.COUNT)
    with pytest.raises(Refused, match="sealed"):
        counted.confirm(waiting)
    with pytest.raises(Refused, match="sealed"):
        counted.ask(ActKind.VOID_VOTE, entry=entry_of(session, counted))


def test_a_vote_taken_out_since_the_count_was_asked_for_stops_that_count(session, keys):
    found = town(session, keys)
    counting = found.ask(ActKind.COUNT)
    found.do(ActKind.VOID_VOTE, entry=entry_of(session, found))
    with pytest.raises(Refused, match="Something changed"):
        found.confirm(counting)


def test_the_database_refuses_to_freeze_a_box_whose_key_was_not_tested(session):
    round = make.round_(session, Phase.BALLOT, projects={"a": ("town", 1)}, encrypted=True)
    round.box_key_tested_at = None
    session.commit()
    statement = sa.text("UPDATE round SET frozen_at = created_at, config_digest = 'x'")
    with pytest.raises(sa.exc.DatabaseError, match="not tested"):
        session.execute(statement)


@pytest.mark.parametrize(
    "change",
    ["encrypted = (1 = 0)", "box_key = NULL", "box_key_tested_at = published_at"],
)
def test_the_database_refuses_another_key_after_the_freeze(session, change):
    make.round_(session, Phase.VOTING, projects={"a": ("town", 1)}, encrypted=True)
    with pytest.raises(sa.exc.DatabaseError, match="frozen|not tested"):
        session.execute(sa.text(f"UPDATE round SET {change}"))
