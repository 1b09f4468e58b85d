"""News of funded projects: who may tell it, of what, and when it is late."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from pb.audit import queries as log
from pb.delivery import queries, service
from pb.delivery.models import DeliveryState, Milestone
from pb.errors import Invalid, PhaseClosed, Refused
from pb.proposals.queries import on_ballot
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.conftest import NOW
from tests.delivery import outcomes


class Case:
    """A published round with a commissioner; “pond” is funded, “park” is not."""

    def __init__(self, session, phase=Phase.DELIVERY):
        self.session = session
        self.round = outcomes.published(session, phase=phase)
        self.cora = make.appointed(session, self.round, Role.COMMISSIONER, "Cora")
        self.pond, self.park = on_ballot(session, self.round)

    def report(self, project=None, **kwargs):
        given = {
            "by": self.cora,
            "state": DeliveryState.IN_PROGRESS,
            "text": "The digging has begun.",
            "spent": 2_000_00,
            "at": NOW,
        }
        return service.report(self.session, project or self.pond, **{**given, **kwargs})

    def pond_now(self):
        [progress] = queries.funded(self.session, self.round)
        return progress


@pytest.fixture
def case(session):
    return Case(session)


def test_news_of_a_funded_project_is_kept_and_logged(case):
    milestone = case.report()

    assert milestone.reported_side is Side.COMMISSION
    assert queries.milestones(case.session, case.round) == [milestone]
    assert queries.latest_states(case.session, case.round) == {"pond": DeliveryState.IN_PROGRESS}
    entry = log.entries(case.session, case.round.id)[-1]
    assert entry.kind == "delivery.report"
    assert entry.body == {"project": "pond", "state": "in-progress", "spent": 2_000_00}


def test_a_project_that_was_not_funded_has_no_news(case):
    with pytest.raises(Refused, match="was not funded"):
        case.report(case.park)


@pytest.mark.parametrize(
    "role", [Role.REVIEWER, Role.CLERK, Role.AUDITOR, Role.STEWARD, Role.CONNECTOR]
)
def test_only_commissioners_report(case, role):
    with pytest.raises(Refused, match="Only a commissioner"):
        case.report(by=make.appointed(case.session, case.round, role))


@pytest.mark.parametrize(
    "phase", [phase for phase in Phase if phase not in service.REPORTING and phase != Phase.SETUP]
)
def test_nothing_is_reported_before_the_result(session, phase):
    round = make.round_(session, phase, projects={"pond": ("town", 10_000_00)})
    cora = make.appointed(session, round, Role.COMMISSIONER)
    [pond] = on_ballot(session, round)

    with pytest.raises(PhaseClosed):
        service.report(
            session, pond, by=cora, state=DeliveryState.DONE, text="Done.", spent=None, at=NOW
        )


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"text": " \x00 "}, "Write what happened"),
        ({"text": "x" * 2001}, "at most 2,000"),
        ({"spent": -1}, "less than nothing"),
    ],
)
def test_news_that_do_not_fit_are_refused(case, bad, sentence):
    with pytest.raises(Invalid, match=sentence):
        case.report(**bad)


def test_the_database_refuses_a_residents_report(case):
    ana = make.account(case.session)
    make.seat(case.session, case.round, ana, Side.COMMUNITY)
    row = {
        "round_id": case.round.id,
        "project_id": case.pond.id,
        "state": DeliveryState.DONE,
        "text": "Done.",
        "at": NOW,
        "reported_by": ana.id,
    }

    for side in Side:
        with pytest.raises(IntegrityError), case.session.begin_nested():
            case.session.execute(sa.insert(Milestone).values(reported_side=side, **row))


def test_the_database_refuses_money_below_nothing(case):
    milestone = case.report()

    with pytest.raises(IntegrityError), case.session.begin_nested():
        case.session.execute(
            sa.update(Milestone).where(Milestone.id == milestone.id).values(spent=-1)
        )


def test_a_funded_project_without_news_is_planned(case):
    progress = case.pond_now()

    assert progress.state is DeliveryState.PLANNED
    assert (progress.latest, progress.spent, progress.due_at) == (None, None, None)


def test_what_a_report_leaves_open_stays_as_it_was(case):
    due = NOW + timedelta(days=30)
    case.report(spent=2_000_00, due_at=due, at=NOW - timedelta(days=2))
    case.report(spent=None, at=NOW)

    progress = case.pond_now()

    assert (progress.spent, progress.due_at) == (2_000_00, due)


@pytest.mark.parametrize(
    ("state", "late"),
    [
        (DeliveryState.PLANNED, True),
        (DeliveryState.IN_PROGRESS, True),
        (DeliveryState.DONE, False),
        (DeliveryState.STOPPED, False),
    ],
)
def test_a_promise_that_is_past_is_late_until_the_project_ends(case, state, late):
    case.report(state=state, due_at=NOW - timedelta(seconds=1))

    assert case.pond_now().late(NOW) is late
    assert case.pond_now().late(NOW - timedelta(days=1)) is False


def test_long_silence_is_counted_in_days(case):
    result_at = NOW - timedelta(days=100)
    assert case.pond_now().quiet_days(NOW, result_at) == 100

    case.report(at=NOW)
    assert case.pond_now().quiet_days(NOW + timedelta(days=90), result_at) is None
    assert case.pond_now().quiet_days(NOW + timedelta(days=91), result_at) == 91

    case.report(at=NOW, state=DeliveryState.STOPPED)
    assert case.pond_now().quiet_days(NOW + timedelta(days=400), result_at) is None


def test_more_than_the_cost_is_noticed(case):
    case.report(spent=10_000_00)
    assert not case.pond_now().over_cost

    case.report(spent=10_000_01)
    assert case.pond_now().over_cost


def test_nothing_is_funded_before_the_publication(session):
    round = outcomes.published(session)
    round.results_at = None

    assert queries.funded(session, round) == []


def test_a_project_that_was_not_funded_is_not_found(case):
    assert queries.find_funded(case.session, case.round, case.pond.number).project is case.pond
    assert queries.find_funded(case.session, case.round, case.park.number) is None
