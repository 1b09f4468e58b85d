"""The survey: answered once, stored without a trace, and published without small groups."""

from datetime import timedelta
from itertools import combinations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from pb.audit import queries as log
from pb.errors import Invalid, PhaseClosed, Refused
from pb.reflection import windows
from pb.reflection.survey import queries, service
from pb.reflection.survey.models import AgeClass, SurveyAnswer, SurveyMark, Way
from pb.reflection.survey.service import Answers
from pb.reflection.survey.suppression import FEWEST, publishable
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW

YES = dict.fromkeys(service.QUESTIONS, 5)


@pytest.fixture
def round(session):
    return make.round_(session, Phase.REFLECTION, areas={"north": 5_000_00, "south": 5_000_00})


def answer(session, round, answers=None, by=None, at=NOW):
    service.answer(session, round, answers or Answers(YES), by=by or make.account(session), at=at)


def test_everybody_answers_once(session, round):
    ana = make.account(session)
    answer(session, round, by=ana)

    with pytest.raises(Refused, match="answered already"):
        answer(session, round, by=ana)
    assert service.has_answered(session, round, ana)
    assert queries.answered(session, round) == 1


def test_nothing_leads_from_an_answer_to_who_gave_it(session, round):
    before = len(log.entries(session, round.id))
    answer(session, round)

    assert len(log.entries(session, round.id)) == before, "the log has times"
    kept = set(SurveyAnswer.__table__.c.keys()) & set(SurveyMark.__table__.c.keys())
    assert kept == {"round_id"}
    targets = {key.column.table.name for key in SurveyAnswer.__table__.foreign_keys}
    assert targets == {"round", "area"}
    for table in (SurveyAnswer.__table__, SurveyMark.__table__):
        assert not any(isinstance(column.type, sa.DateTime) for column in table.c)
        assert table.dialect_options["sqlite"]["with_rowid"] is False


def test_answers_stay_as_they_were_given(session, round):
    answer(session, round)
    session.commit()
    with pytest.raises(sa.exc.DatabaseError, match="stays as it was given"):
        session.execute(sa.text("UPDATE survey_answer SET easy = 1"))
    session.rollback()


def test_the_commission_does_not_answer(session, round):
    with pytest.raises(Refused, match="asks the residents"):
        answer(session, round, by=make.appointed(session, round, Role.COMMISSIONER))
    answer(session, round, by=make.appointed(session, round, Role.STEWARD))


@pytest.mark.parametrize(
    "bad",
    [
        Answers({"easy": 6}),
        Answers({"easy": 0}),
        Answers({"other": 1}),
        Answers(words="x" * 281),
    ],
)
def test_answers_off_the_scale_are_refused(session, round, bad):
    with pytest.raises(Invalid):
        answer(session, round, bad)


def test_an_area_of_another_round_is_refused(session, round):
    with pytest.raises(Invalid, match="areas of this round"):
        answer(session, round, Answers(area=make.round_(session).areas[0]))


def test_it_is_open_from_the_result_to_the_end_of_looking_back(session, round):
    window = windows.survey_window(session, round, NOW)

    assert window.open and window.closes_at == NOW + timedelta(days=5)
    with pytest.raises(PhaseClosed):
        answer(session, round, at=window.closes_at)
    early = make.round_(session, Phase.COUNTING)
    with pytest.raises(PhaseClosed):
        answer(session, early)


def test_without_a_phase_of_looking_back_it_is_open_for_some_weeks(session):
    round = make.round_(session, Phase.RESULTS)
    round.dates = [row for row in round.dates if row.phase is not Phase.REFLECTION]
    round.dates[-1].closes_at += timedelta(days=300)
    session.flush()

    window = windows.survey_window(session, round, NOW)

    assert window.closes_at == round.results_at + timedelta(days=60)


def test_nine_people_are_too_few_and_ten_are_enough(session, round):
    for _ in range(9):
        answer(session, round)
    assert not queries.findings(session, round).enough

    answer(session, round, Answers({"easy": 1, "again": 4}))
    found = queries.findings(session, round)

    assert found.people == 10
    easy, understood = found.questions[:2]
    assert dict(easy.counts)["Completely"] == 9 and dict(easy.counts)["Not at all"] == 1
    assert dict(understood.counts)["I’d rather not say"] == 1


def fill(session, round, north, south, unsaid):
    areas = [round.areas[0]] * north + [round.areas[1]] * south + [None] * unsaid
    for area in areas:
        answer(session, round, Answers(YES, area=area))


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ((10, 10, 0), ["North", "South"]),
        ((12, 11, 10), ["North", "South", "I’d rather not say"]),
        # Showing both would tell of the three who did not say: the smaller one goes too.
        ((12, 11, 3), []),
        ((30, 9, 1), []),
    ],
)
def test_small_groups_do_not_show_and_cannot_be_worked_out(session, round, sizes, shown):
    fill(session, round, *sizes)

    divisions = queries.findings(session, round).divisions

    assert [group.name for d in divisions for group in d.groups] == shown
    text = queries.csv_text(queries.findings(session, round))
    assert ("South" in text) is ("South" in shown)


def test_lines_show_only_with_their_authors_consent(session, round):
    for _ in range(8):
        answer(session, round)
    answer(session, round, Answers(words="Print this.", may_publish=True))
    answer(session, round, Answers(words="Not this."))

    assert queries.findings(session, round).words == ("Print this.",)
    assert queries.lines(session, round, published=False) == ["Not this."]


def test_every_choice_has_words():
    assert set(queries.AGES) == set(AgeClass) and set(queries.WAYS) == set(Way)


@given(st.lists(st.integers(0, 40), max_size=7))
def test_no_sum_of_published_groups_reveals_a_small_one(sizes):
    groups = dict(enumerate(sizes))
    total = sum(sizes)

    shown = publishable(groups)

    if total < FEWEST:
        assert shown == []
        return
    # What a reader can work out: any shown groups together, and everybody without them.
    for count in range(len(shown) + 1):
        for chosen in combinations(shown, count):
            together = sum(groups[name] for name in chosen)
            assert together == 0 or together >= FEWEST
            assert total - together == 0 or total - together >= FEWEST


@given(st.lists(st.integers(FEWEST, 40), max_size=7))
def test_nothing_is_left_out_where_every_group_is_large(sizes):
    assert publishable(dict(enumerate(sizes))) == list(range(len(sizes)))
