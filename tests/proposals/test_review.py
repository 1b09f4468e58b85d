"""Reviewing, releasing, and the way onto the ballot."""

import hashlib

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from pb.audit import queries as log
from pb.errors import Invalid, PhaseClosed, Refused, Unfit
from pb.proposals import pipeline, queries, service
from pb.proposals.models import Criterion, Decision, Project, State, Verdict
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.conftest import NOW


class Case:
    """A round in review, with its people and one proposal that was sent in."""

    def __init__(self, session, phase=Phase.REVIEW, state=State.SUBMITTED):
        self.session = session
        self.round = make.round_(session, phase)
        self.rita = make.appointed(session, self.round, Role.REVIEWER, "Rita")
        self.cora = make.appointed(session, self.round, Role.COMMISSIONER, "Cora")
        self.ana = make.account(session, "Ana")
        self.proposal = make.proposal(session, self.round, self.ana, state)

    def decide(self, verdict=Verdict.ELIGIBLE, proposal=None, **kwargs):
        if verdict is Verdict.ELIGIBLE:
            kwargs.setdefault("cost", 2_000_00)
        if verdict is Verdict.INELIGIBLE:
            kwargs.setdefault("criterion", Criterion.NOT_OURS)
        kwargs.setdefault("by", self.rita)
        kwargs.setdefault("reason", "We looked at it.")
        proposal = proposal or self.proposal
        return service.decide(self.session, proposal, verdict=verdict, at=NOW, **kwargs)

    def release(self, *decisions, by=None):
        service.release(self.session, self.round, decisions, by=by or self.cora, at=NOW)

    def compose(self, by=None):
        return service.compose(self.session, self.round, by=by or self.cora, at=NOW)

    def more(self, count):
        return [make.proposal(self.session, self.round, self.ana) for _ in range(count)]

    def log(self):
        return log.entries(self.session, self.round.id)


@pytest.fixture
def case(session):
    return Case(session)


@pytest.mark.parametrize("verdict", [Verdict.ELIGIBLE, Verdict.INELIGIBLE])
def test_a_verdict_stays_under_embargo(case, verdict):
    case.decide(verdict)

    assert case.proposal.state is State.DECIDED
    assert case.proposal.public_state is State.SUBMITTED
    assert case.proposal.public_decisions == []
    assert case.proposal.official_cost is None


def test_the_public_log_keeps_the_embargo(case):
    decision = case.decide(Verdict.INELIGIBLE)

    entry = case.log()[-1]
    assert (entry.kind, entry.side) == ("decision.make", Side.COMMISSION)
    assert entry.body == {"proposal": case.proposal.id, "decision": decision.id}


def test_a_request_for_changes_shows_at_once(case):
    case.decide(Verdict.CHANGES, reason="Say where exactly.")

    assert case.proposal.state is State.CHANGES_REQUESTED
    assert [d.reason for d in case.proposal.public_decisions] == ["Say where exactly."]
    assert case.log()[-1].body["verdict"] == "changes-requested"


def test_after_changes_it_is_sent_in_again(case):
    case.decide(Verdict.CHANGES)

    service.submit(case.session, case.proposal, by=case.ana, at=NOW)

    assert case.proposal.state is State.SUBMITTED
    case.decide(Verdict.ELIGIBLE)
    assert case.proposal.state is State.DECIDED


@pytest.mark.parametrize(
    ("kwargs", "field"),
    [
        ({"verdict": Verdict.ELIGIBLE, "cost": None}, "cost"),
        ({"verdict": Verdict.ELIGIBLE, "cost": 0}, "cost"),
        ({"verdict": Verdict.ELIGIBLE, "cost": -5}, "cost"),
        ({"verdict": Verdict.ELIGIBLE, "cost": 100_000_01}, "cost"),
        ({"verdict": Verdict.ELIGIBLE, "reason": "  "}, "reason"),
        ({"verdict": Verdict.ELIGIBLE, "reason": "x" * 2001}, "reason"),
        ({"verdict": Verdict.INELIGIBLE, "criterion": None}, "criterion"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(case, kwargs, field):
    with pytest.raises(Unfit) as refusal:
        case.decide(**kwargs)

    assert list(refusal.value.faults) == [field]
    assert case.proposal.state is State.SUBMITTED


def test_what_belongs_to_another_verdict_is_left_out(case):
    decision = case.decide(Verdict.INELIGIBLE, cost=5_00)
    assert decision.cost is None

    decision = case.decide(Verdict.ELIGIBLE, criterion=Criterion.NOT_LAWFUL)
    assert decision.criterion is None


@pytest.mark.parametrize(
    "phase", [phase for phase in Phase if phase not in (Phase.IDEAS, Phase.REVIEW)]
)
def test_nothing_is_decided_outside_its_phases(session, phase):
    with pytest.raises(PhaseClosed):
        Case(session, phase).decide()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REVIEWER])
def test_only_reviewers_decide(case, role):
    other = make.appointed(case.session, case.round, role)

    with pytest.raises(Refused, match="Only a reviewer"):
        case.decide(by=other)


@pytest.mark.parametrize(
    "state",
    [State.DRAFT, State.ELIGIBLE, State.INELIGIBLE, State.ON_BALLOT, State.WITHDRAWN],
)
def test_only_what_waits_is_decided(session, state):
    with pytest.raises(Refused, match="not waiting"):
        Case(session, state=state).decide()


def test_a_reviewer_who_read_an_older_text_is_told(session):
    case = Case(session, Phase.IDEAS)
    seen = case.proposal.revision
    kept = {
        name: getattr(case.proposal, name)
        for name in ("title", "summary", "place", "topic", "area", "estimate")
    }
    service.revise(session, case.proposal, by=case.ana, **kept, body="Other.", at=NOW)

    with pytest.raises(service.Stale):
        case.decide(revision=seen)


def test_another_person_releases(case):
    decision = case.decide(Verdict.INELIGIBLE, reason="The county owns the road.")

    case.release(decision)

    assert case.proposal.state is State.INELIGIBLE
    assert [d.reason for d in case.proposal.public_decisions] == ["The county owns the road."]
    assert (decision.released_by, decision.released_at) == (case.cora.id, NOW)
    assert case.log()[-1].body["decisions"] == [
        {
            "proposal": case.proposal.id,
            "decision": decision.id,
            "verdict": "ineligible",
            "criterion": "not-ours",
            "cost": None,
        }
    ]


def both_roles(case):
    """Make the reviewer a commissioner too."""
    service.people.appoint(
        case.session, case.round, case.rita, Role.COMMISSIONER, by=case.cora, at=NOW
    )


def test_nobody_releases_their_own_decision(case):
    both_roles(case)
    decision = case.decide()

    with pytest.raises(Refused, match="Another commissioner"):
        case.release(decision, by=case.rita)


def test_one_own_decision_holds_all_back(case):
    both_roles(case)
    [other] = case.more(1)
    second = make.appointed(case.session, case.round, Role.REVIEWER, "Rob")
    theirs = case.decide(by=second)
    own = case.decide(proposal=other)
    case.session.commit()

    with pytest.raises(Refused):
        case.release(theirs, own, by=case.rita)

    case.session.rollback()
    assert case.proposal.state is State.DECIDED


def test_the_database_refuses_a_reviewers_release(case):
    decision = case.decide()

    with pytest.raises(IntegrityError), case.session.begin_nested():
        case.session.execute(
            sa.update(Decision)
            .where(Decision.id == decision.id)
            .values(released_by=case.rita.id, released_side=Side.COMMISSION, released_at=NOW)
        )


def test_the_database_refuses_a_residents_release(case):
    decision = case.decide()

    for side in Side:
        with pytest.raises(IntegrityError), case.session.begin_nested():
            case.session.execute(
                sa.update(Decision)
                .where(Decision.id == decision.id)
                .values(released_by=case.ana.id, released_side=side, released_at=NOW)
            )


def test_a_decision_that_was_made_again_is_not_released(case):
    old = case.decide(Verdict.INELIGIBLE)
    new = case.decide(Verdict.ELIGIBLE)

    with pytest.raises(service.Stale):
        case.release(old)

    case.release(new)
    assert case.proposal.state is State.ELIGIBLE
    assert case.proposal.public_decisions == [new]


def test_a_withdrawn_proposal_is_not_released(case):
    decision = case.decide()
    service.withdraw(case.session, case.proposal, by=case.ana, at=NOW)

    with pytest.raises(service.Stale):
        case.release(decision)


def test_nothing_chosen_is_refused(case):
    with pytest.raises(Invalid):
        case.release()


def test_only_commissioners_release(case):
    decision = case.decide()
    other = make.appointed(case.session, case.round, Role.REVIEWER)

    with pytest.raises(Refused, match="Only a commissioner"):
        case.release(decision, by=other)


def test_a_decision_of_another_round_is_not_released(case):
    other = Case(case.session)
    decision = other.decide()

    with pytest.raises(Refused, match="another round"):
        case.release(decision)


@pytest.mark.parametrize(
    "phase", [phase for phase in Phase if phase not in (Phase.REVIEW, Phase.BALLOT)]
)
def test_nothing_is_released_or_composed_outside_its_phases(session, phase):
    case = Case(session, phase)

    with pytest.raises(PhaseClosed):
        case.release()
    with pytest.raises(PhaseClosed):
        case.compose()


def test_released_eligible_proposals_become_projects(case):
    second, third = case.more(2)
    case.release(case.decide(cost=2_500_00, reason="Good place for it."))
    case.release(case.decide(Verdict.INELIGIBLE, proposal=second))
    case.decide(proposal=third)

    [project] = case.compose()

    assert (project.number, project.code) == (1, "001")
    assert (project.proposal_id, project.area_id) == (case.proposal.id, case.proposal.area_id)
    assert (project.cost, project.assessment) == (2_500_00, "Good place for it.")
    assert (project.title, project.body) == (case.proposal.title, case.proposal.body)
    assert case.proposal.state is State.ON_BALLOT
    assert (second.state, third.state) == (State.INELIGIBLE, State.DECIDED)


def composed(case, count):
    case.release(*(case.decide(proposal=p) for p in case.more(count)))
    return [project.proposal_id for project in case.compose()]


def test_the_lot_can_be_drawn_again_by_anybody(case):
    drawn = composed(case, 6)

    entry = case.log()[-1]
    before = case.log()[-2].hash
    seed = hashlib.sha256(f"{case.round.slug}:{before}".encode()).hexdigest()
    again = sorted(drawn, key=lambda id: hashlib.sha256(f"{seed}:{id}".encode()).hexdigest())
    assert entry.body["seed"] == seed
    assert drawn == again
    assert entry.body["lines"] == [[f"{n:03}", id] for n, id in enumerate(drawn, 1)]


def test_composing_again_replaces_the_lines_and_keeps_the_lot(case):
    first = composed(case, 4)

    second = composed(case, 1)

    assert len(second) == 5
    assert [id for id in second if id in first] == first
    assert [project.number for project in queries.on_ballot(case.session, case.round)] == [
        *range(1, 6)
    ]
    seeds = {e.body["seed"] for e in case.log() if e.kind == "ballot.compose"}
    assert len(seeds) == 1


def test_an_empty_ballot_is_refused(case):
    with pytest.raises(Refused, match="No proposal"):
        case.compose()


def test_a_frozen_ballot_is_not_composed(case):
    composed(case, 1)
    case.round.frozen_at, case.round.config_digest = NOW, "0" * 64
    case.session.commit()

    with pytest.raises(Refused, match="frozen"):
        case.compose()


def test_imported_projects_are_left_alone(case):
    make.project(case.session, case.round, "p1")

    with pytest.raises(Refused, match="imported"):
        case.compose()

    assert case.session.scalar(sa.select(sa.func.count()).select_from(Project)) == 1


def test_a_budget_lowered_since_the_review_is_noticed(case):
    case.release(case.decide(cost=50_000_00))
    case.round.areas[0].budget = 40_000_00

    with pytest.raises(Invalid, match="more than the whole budget"):
        case.compose()


def test_lines_without_a_proposal_of_the_round_do_not_appear(case):
    other = Case(case.session)
    other.release(other.decide())

    with pytest.raises(Refused, match="No proposal"):
        case.compose()


def test_the_pipeline_counts_whole_days_of_waiting(case):
    [other] = case.more(1)
    case.decide(proposal=other)

    groups = {group.state: group for group in pipeline.groups([case.proposal, other], NOW)}

    assert [row.days for row in groups[State.SUBMITTED].rows] == [2]
    assert [row.days for row in groups[State.DECIDED].rows] == [0]
    assert groups[State.ELIGIBLE].rows == ()
