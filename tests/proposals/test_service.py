"""What a resident may do with a proposal, and what nobody may."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from pb.audit import queries as log
from pb.errors import PhaseClosed, Refused, Unfit
from pb.proposals import history, queries, service
from pb.proposals.models import Decision, Project, Proposal, State, Verdict
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.conftest import NOW

TEXT = {
    "title": "A bench by the pond",
    "summary": "Somewhere to rest on the way to the shops.",
    "body": "Many of us walk there and have nowhere to sit.",
    "place": "By the pond",
    "topic": "Green and water",
    "estimate": 1_500_00,
}


def text(round, **changes):
    return {**TEXT, "area": round.areas[0], **changes}


def draft(session, round, author, **changes):
    return service.draft(session, round, author, **text(round, **changes), at=NOW)


def at_state(session, state, phase=Phase.IDEAS):
    """A proposal of Ana's in a round that stands in a phase."""
    round, ana = make.round_(session, phase), make.account(session)
    return make.proposal(session, round, ana, state), ana


def kinds(session, round):
    return [entry.kind for entry in log.entries(session, round.id)]


def test_a_draft_takes_a_seat_and_is_not_public(session):
    round, ana = make.round_(session), make.account(session)

    proposal = draft(session, round, ana)

    assert proposal.state is State.DRAFT
    assert not proposal.public
    assert proposal.versions == []
    assert service.people.find_seat(session, round, ana).side is Side.COMMUNITY


def test_the_log_does_not_say_who_wrote_a_draft(session):
    round, ana = make.round_(session), make.account(session)

    proposal = draft(session, round, ana)
    service.withdraw(session, proposal, by=ana, at=NOW)

    entries = log.entries(session, round.id)
    assert [entry.kind for entry in entries] == ["proposal.draft", "proposal.withdraw"]
    assert [entry.actor_id for entry in entries] == [None, None]
    assert all(entry.body == {"proposal": proposal.id} for entry in entries)


def test_the_commissions_side_cannot_propose(session):
    round = make.round_(session)
    olga = make.appointed(session, round, Role.CLERK, "Olga")

    with pytest.raises(Refused, match="Nobody sits on both sides"):
        draft(session, round, olga)


def test_the_database_refuses_a_commissioners_proposal(session):
    round = make.round_(session)
    olga = make.appointed(session, round, Role.COMMISSIONER)
    row = {
        "round_id": round.id,
        "area_id": round.areas[0].id,
        "author_id": olga.id,
        **{name: TEXT[name] for name in TEXT},
        "state": State.SUBMITTED,
        "revision": 1,
        "created_at": NOW,
    }

    for side in Side:
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(sa.insert(Proposal).values(author_side=side, **row))


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.IDEAS])
def test_nothing_is_begun_outside_its_phase(session, phase):
    round, ana = make.round_(session, phase), make.account(session)

    with pytest.raises(PhaseClosed):
        draft(session, round, ana)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 101),
        ("summary", "x" * 201),
        ("body", "x" * 5001),
        ("place", "x" * 151),
        ("topic", "x" * 61),
        ("estimate", 0),
        ("estimate", -1),
        ("estimate", None),
        ("estimate", 100_000_01),
        ("area", None),
    ],
)
def test_what_does_not_fit_is_named(session, field, value):
    round, ana = make.round_(session), make.account(session)

    with pytest.raises(Unfit) as refusal:
        draft(session, round, ana, **{field: value})

    assert list(refusal.value.faults) == [field]


def test_an_area_of_another_round_does_not_fit(session):
    round, other, ana = make.round_(session), make.round_(session), make.account(session)

    with pytest.raises(Unfit):
        draft(session, round, ana, area=other.areas[0])


def test_texts_lose_null_characters_and_foreign_line_ends(session):
    round, ana = make.round_(session), make.account(session)

    proposal = draft(session, round, ana, title=" A\x00 bench ", body="One\r\n\r\ntwo")

    assert (proposal.title, proposal.body) == ("A bench", "One\n\ntwo")


def test_a_person_has_a_gentle_limit_and_withdrawing_makes_room(session):
    round, ana = make.round_(session), make.account(session)
    written = [draft(session, round, ana) for _ in range(service.PER_PERSON)]

    with pytest.raises(Refused, match="Withdraw one"):
        draft(session, round, ana)

    service.withdraw(session, written[0], by=ana, at=NOW)
    assert draft(session, round, ana)


@pytest.mark.slow
def test_many_windows_at_once_do_not_pass_the_limit(session, app):
    round, ana = make.round_(session), make.account(session)
    make.seat(session, round, ana, Side.COMMUNITY)
    refused = []

    def write(_):
        with sa.orm.Session(app.extensions["engine"]) as own:
            try:
                here = own.get_one(type(round), round.id), own.get_one(type(ana), ana.id)
                draft(own, *here)
                own.commit()
            except Refused as refusal:
                refused.append(refusal)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(service.PER_PERSON + 3)))

    assert queries.count_by_author(session, round, ana) == service.PER_PERSON
    assert len(refused) == 3


def test_a_draft_may_be_incomplete_until_it_is_sent_in(session):
    round, ana = make.round_(session), make.account(session)
    proposal = draft(session, round, ana, body="", place="")

    with pytest.raises(Unfit) as refusal:
        service.submit(session, proposal, by=ana, at=NOW)

    assert set(refusal.value.faults) == {"body", "place"}
    assert proposal.state is State.DRAFT


def test_sending_in_makes_it_public_and_keeps_the_first_version(session):
    round, ana = make.round_(session), make.account(session)
    proposal = draft(session, round, ana)

    service.submit(session, proposal, by=ana, at=NOW)

    assert (proposal.state, proposal.submitted_at, proposal.public) == (State.SUBMITTED, NOW, True)
    assert [(v.number, v.title) for v in proposal.versions] == [(1, "A bench by the pond")]
    assert kinds(session, round) == ["proposal.draft", "proposal.submit"]


def test_it_is_sent_in_once(session):
    proposal, ana = at_state(session, State.SUBMITTED)

    with pytest.raises(Refused, match="already"):
        service.submit(session, proposal, by=ana, at=NOW)


def test_a_draft_is_not_sent_in_after_the_phase(session):
    proposal, ana = at_state(session, State.DRAFT, Phase.REVIEW)

    with pytest.raises(PhaseClosed):
        service.submit(session, proposal, by=ana, at=NOW)


def test_drafts_leave_no_versions_behind(session):
    round, ana = make.round_(session), make.account(session)
    proposal = draft(session, round, ana, title="A secret thought")

    service.revise(session, proposal, by=ana, **text(round), at=NOW)
    service.submit(session, proposal, by=ana, at=NOW)

    assert [version.title for version in proposal.versions] == ["A bench by the pond"]


def test_a_public_change_stays_in_the_history_with_what_changed(session):
    round = make.round_(session, areas={"town": 100_000_00, "east": 50_000_00})
    ana = make.account(session)
    proposal = draft(session, round, ana)
    service.submit(session, proposal, by=ana, at=NOW)

    service.revise(
        session,
        proposal,
        by=ana,
        **text(round, title="Two benches", estimate=3_000_00, area=make.area(round, "east")),
        at=NOW,
    )

    newest = next(step for step in history.steps(proposal) if step.changes)
    assert [(c.field, c.before, c.after) for c in newest.changes] == [
        ("title", "A bench by the pond", "Two benches"),
        ("area", "Town", "East"),
        ("estimate", 1_500_00, 3_000_00),
    ]


def test_saving_the_same_text_makes_no_version(session):
    round, ana = make.round_(session), make.account(session)
    proposal = draft(session, round, ana)
    service.submit(session, proposal, by=ana, at=NOW)

    service.revise(session, proposal, by=ana, **text(round), at=NOW)

    assert len(proposal.versions) == 1


@pytest.mark.parametrize("phase", [Phase.IDEAS, Phase.REVIEW, Phase.BALLOT])
@pytest.mark.parametrize("state", list(State))
def test_who_may_change_the_text_when(session, state, phase):
    proposal, ana = at_state(session, state, phase)
    allowed = (state, phase) in {
        (State.DRAFT, Phase.IDEAS),
        (State.SUBMITTED, Phase.IDEAS),
        (State.CHANGES_REQUESTED, Phase.IDEAS),
        (State.CHANGES_REQUESTED, Phase.REVIEW),
    }

    assert service.editable(proposal, phase) is allowed
    if allowed:
        service.revise(session, proposal, by=ana, **text(proposal.round), at=NOW)
    else:
        with pytest.raises(Refused):
            service.revise(session, proposal, by=ana, **text(proposal.round), at=NOW)


def test_only_the_author_changes_sends_in_and_withdraws(session):
    proposal, _ = at_state(session, State.DRAFT)
    ben = make.account(session, "Ben")

    for step in (service.submit, service.withdraw):
        with pytest.raises(Refused, match="Only the person"):
            step(session, proposal, by=ben, at=NOW)
    with pytest.raises(Refused, match="Only the person"):
        service.revise(session, proposal, by=ben, **text(proposal.round), at=NOW)


def test_the_second_of_two_windows_is_told(session):
    proposal, ana = at_state(session, State.SUBMITTED)
    seen = proposal.revision
    service.revise(
        session, proposal, by=ana, **text(proposal.round, title="First"), revision=seen, at=NOW
    )

    with pytest.raises(service.Stale):
        service.revise(
            session, proposal, by=ana, **text(proposal.round, title="Second"), revision=seen, at=NOW
        )

    assert proposal.title == "First"


def test_a_save_in_another_process_counts_too(session, app):
    proposal, ana = at_state(session, State.SUBMITTED)
    session.commit()
    with sa.orm.Session(app.extensions["engine"]) as other:
        theirs = other.get_one(Proposal, proposal.id)
        theirs.revision += 1
        other.commit()

    with pytest.raises(service.Stale):
        service.revise(session, proposal, by=ana, **text(proposal.round), revision=1, at=NOW)


@pytest.mark.parametrize("phase", [Phase.IDEAS, Phase.REVIEW, Phase.BALLOT])
@pytest.mark.parametrize("state", list(State))
def test_who_may_withdraw_when(session, state, phase):
    proposal, ana = at_state(session, state, phase)
    allowed = phase in (Phase.IDEAS, Phase.REVIEW) and state not in (
        State.INELIGIBLE,
        State.WITHDRAWN,
    )

    assert service.withdrawable(proposal, phase) is allowed
    if allowed:
        service.withdraw(session, proposal, by=ana, at=NOW)
        assert proposal.state is State.WITHDRAWN
    else:
        with pytest.raises(Refused):
            service.withdraw(session, proposal, by=ana, at=NOW)


def test_withdrawing_takes_the_line_off_the_ballot(session):
    proposal, ana = at_state(session, State.ON_BALLOT, Phase.REVIEW)
    make.project(session, proposal.round, "001", proposal_id=proposal.id)

    service.withdraw(session, proposal, by=ana, at=NOW)

    assert queries.on_ballot(session, proposal.round) == []


def test_a_withdrawn_proposal_stays_readable_but_a_draft_does_not(session):
    proposal, ana = at_state(session, State.SUBMITTED)
    hidden = make.proposal(session, proposal.round, ana, State.DRAFT)
    for each in (proposal, hidden):
        service.withdraw(session, each, by=ana, at=NOW)

    assert queries.find_readable(session, proposal.round, proposal.id, None) is proposal
    assert queries.find_readable(session, proposal.round, hidden.id, None) is None
    assert queries.find_readable(session, proposal.round, hidden.id, ana) is hidden
    assert [
        found.id for found in queries.search(session, proposal.round, queries.Search()).items
    ] == [proposal.id]


def test_the_database_refuses_a_residents_decision(session):
    proposal, ana = at_state(session, State.SUBMITTED)
    row = {
        "round_id": proposal.round_id,
        "proposal_id": proposal.id,
        "decided_by": ana.id,
        "verdict": Verdict.CHANGES,
        "reason": "Because.",
        "decided_at": NOW,
    }

    for side in Side:
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(sa.insert(Decision).values(decided_side=side, **row))


def test_the_database_refuses_a_line_without_a_cost(session):
    round = make.round_(session)
    project = make.project(session, round, "001")

    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(sa.update(Project).where(Project.id == project.id).values(cost=0))
