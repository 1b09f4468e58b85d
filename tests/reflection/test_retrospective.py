"""Looking back at a phase: when, who, how much, and in which order it shows."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from pb.audit import queries as log
from pb.errors import Invalid, PhaseClosed, Refused
from pb.reflection import queries, service, windows
from pb.reflection.models import Line, LineSupport, Signature, Topic
from pb.reflection.queries import Shown
from pb.rounds.models import Phase, Role, Round, Side
from tests import make
from tests.conftest import NOW

LATER = NOW + timedelta(days=20)


class Case:
    """A round in the review, whose phase of ideas ended five days ago."""

    def __init__(self, session, phase=Phase.REVIEW):
        self.session = session
        self.round = make.round_(session, phase)
        self.ana = make.account(session, "Ana")
        self.ben = make.account(session, "Ben")
        self.cora = make.appointed(session, self.round, Role.COMMISSIONER, "Cora")

    def write(self, by=None, text="We met on Tuesdays.", topic=Topic.KEPT, **kw):
        phase, at = kw.pop("phase", Phase.IDEAS), kw.pop("at", NOW)
        author = by or self.ana
        return service.write(
            self.session, self.round, phase, topic, by=author, text=text, at=at, **kw
        )

    def board(self, reader=None, at=NOW, phase=Phase.IDEAS):
        window = windows.window(self.session, self.round, phase, at)
        return queries.board(self.session, self.round, window, reader)


@pytest.fixture
def case(session):
    return Case(session)


def test_both_sides_write_and_each_line_says_from_which_side(case):
    case.write(case.ana, "We met on Tuesdays.")
    case.write(case.cora, "Costs came late.")

    shown = case.board()[Topic.KEPT]

    assert {one.line.side for one in shown} == set(Side)
    assert {one.line.signed for one in shown} == {
        "Ana, a resident",
        "Cora, somebody from the commission",
    }


def test_a_line_may_carry_a_pseudonym_or_no_name_but_never_hides_its_side(case):
    heron = case.write(signature=Signature.PSEUDONYM, pseudonym=" Heron ")
    nobody = case.write(signature=Signature.NONE, pseudonym="ignored")

    assert heron.signed == "“Heron”, a resident under a name of their own choice"
    assert nobody.signed == "a resident"


def test_the_log_tells_of_a_line_but_not_of_its_author(case):
    line = case.write(signature=Signature.PSEUDONYM, pseudonym="Heron")

    entry = log.entries(case.session, case.round.id)[-1]

    assert (entry.kind, entry.actor_id, entry.side) == ("reflection.write", None, "community")
    assert entry.body == {"line": line.id, "phase": "ideas", "topic": "kept"}


def test_nobody_writes_more_than_three_lines_of_a_kind_about_a_phase(case):
    lines = [case.write(text=f"Line {n}") for n in range(3)]
    with pytest.raises(Refused, match="as many as everybody may"):
        case.write(text="One more")

    case.write(text="Another kind", topic=Topic.LEARNED)
    case.write(case.ben, "Another person")
    service.take_back(case.session, lines[1], by=case.ana, at=NOW)
    case.write(text="Instead")


def test_the_database_knows_no_fourth_line(case):
    line = case.write()
    with pytest.raises(IntegrityError), case.session.begin_nested():
        case.session.execute(sa.update(Line).where(Line.id == line.id).values(slot=4))


def test_the_database_refuses_a_line_from_a_side_on_which_the_author_does_not_sit(case):
    line = case.write()
    with pytest.raises(IntegrityError), case.session.begin_nested():
        moved = sa.update(Line).where(Line.id == line.id).values(side=Side.COMMISSION)
        case.session.execute(moved)


def test_an_auditor_reads_and_does_not_write(case):
    auditor = make.appointed(case.session, case.round, Role.AUDITOR)
    with pytest.raises(Refused, match="no role"):
        case.write(auditor)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"text": " \n "}, "Write one sentence"),
        ({"text": "x" * 281}, "at most 280"),
        ({"signature": Signature.PSEUDONYM}, "Write the name"),
        ({"signature": Signature.PSEUDONYM, "pseudonym": "x" * 41}, "at most 40"),
    ],
)
def test_a_line_that_does_not_fit_is_refused(case, bad, sentence):
    with pytest.raises(Invalid, match=sentence):
        case.write(**bad)


def test_looking_back_begins_with_the_end_of_a_phase_and_lasts_two_weeks(case):
    ended = NOW - timedelta(days=5)  # of the phase of ideas
    with pytest.raises(PhaseClosed, match="begins when that phase is over"):
        case.write(phase=Phase.REVIEW)
    with pytest.raises(PhaseClosed, match="begins when"):
        case.write(at=ended - timedelta(seconds=1))

    case.write(at=ended)
    case.write(at=ended + timedelta(days=14) - timedelta(seconds=1))
    with pytest.raises(PhaseClosed, match="is over. What was written"):
        case.write(at=ended + timedelta(days=14))


def test_a_round_chooses_how_long_it_looks_back(case):
    ended = NOW - timedelta(days=5)
    service.set_rules(case.session, case.round, days=3, survey_days=60, by=case.cora, at=NOW)

    case.write(at=ended + timedelta(days=3) - timedelta(seconds=1))
    with pytest.raises(PhaseClosed):
        case.write(at=ended + timedelta(days=3))
    with pytest.raises(Invalid, match="between 1 and 90"):
        service.set_rules(case.session, case.round, days=0, survey_days=60, by=case.cora, at=NOW)


def test_a_phase_that_a_gate_holds_is_not_over(session):
    case = Case(session, Phase.BALLOT)
    much_later = NOW + timedelta(days=10)  # voting should be open, but nobody froze the ballot

    assert windows.window(session, case.round, Phase.BALLOT, much_later).opens_at is None


def test_while_the_round_looks_back_every_phase_can_be_looked_back_at(session):
    case = Case(session, Phase.REFLECTION)

    open_now = [w.phase for w in windows.windows(session, case.round, NOW) if w.open]

    assert open_now[0] is Phase.PURPOSE and open_now[-1] is Phase.DELIVERY
    case.write(phase=Phase.PURPOSE)
    archived = NOW + timedelta(days=20)
    assert not any(w.open for w in windows.windows(session, case.round, archived))


def test_how_many_agree_is_hidden_until_it_closes(case):
    line = case.write()
    service.support(case.session, line, True, by=case.ben, at=NOW)
    service.support(case.session, line, True, by=case.cora, at=NOW)
    service.support(case.session, line, True, by=case.cora, at=NOW)

    [during] = case.board(case.ben)[Topic.KEPT]
    assert during.supports is None and during.supported and not during.mine
    [after] = case.board(case.ana, LATER)[Topic.KEPT]
    assert after.supports == 2 and after.mine and not after.supported


def test_agreeing_can_be_taken_back_and_is_for_others_lines_only(case):
    line = case.write()
    service.support(case.session, line, True, by=case.ben, at=NOW)
    service.support(case.session, line, False, by=case.ben, at=NOW)

    assert case.session.scalar(sa.select(sa.func.count()).select_from(LineSupport)) == 0
    with pytest.raises(Refused, match="your own line"):
        service.support(case.session, line, True, by=case.ana, at=NOW)
    with pytest.raises(PhaseClosed):
        service.support(case.session, line, True, by=case.ben, at=LATER)


def test_a_line_with_which_others_agree_stays(case):
    line = case.write()
    with pytest.raises(Refused, match="Only who wrote"):
        service.take_back(case.session, line, by=case.ben, at=NOW)
    service.support(case.session, line, True, by=case.ben, at=NOW)

    with pytest.raises(Refused, match="so it stays"):
        service.take_back(case.session, line, by=case.ana, at=NOW)


@given(
    st.lists(st.tuples(st.sampled_from(Side), st.integers(0, 50)), max_size=20),
    st.sampled_from(["budget-1", "budget-2", "x"]),
)
def test_the_sides_take_turns_until_one_has_nothing_more_to_say(made, slug):
    shown = [
        Shown(Line(id=n, side=side, topic=Topic.KEPT), False, False, supports)
        for n, (side, supports) in enumerate(made, 1)
    ]

    ordered = queries.in_turn(Round(slug=slug), Phase.IDEAS, Topic.KEPT, shown)

    assert sorted(one.line.id for one in ordered) == [one.line.id for one in shown]
    sides = [one.line.side for one in ordered]
    fewer = min(sides.count(side) for side in Side)
    for n in range(fewer):
        assert set(sides[2 * n : 2 * n + 2]) == set(Side)
    for side in Side:
        supports = [one.supports for one in ordered if one.line.side is side]
        assert supports == sorted(supports, reverse=True)
