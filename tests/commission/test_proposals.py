"""The commission reviews, releases and composes; the public sees it when it may."""

import re

import pytest
import sqlalchemy as sa

from pb.proposals import service
from pb.proposals.models import Decision, Proposal, State, Verdict
from pb.rounds.models import Phase, Role
from tests import make
from tests.community.test_proposals import FORM
from tests.conftest import NOW

CAN = {"verdict": "eligible", "cost": "2,000", "reason": "We measured it: it fits."}
CANNOT = {"verdict": "ineligible", "criterion": "not-ours", "reason": "The county owns the road."}
ASKS = {"verdict": "changes-requested", "reason": "Please say where exactly."}


class Town:
    """A round with its people, each in a browser of their own."""

    def __init__(self, session, browse, phase=Phase.REVIEW):
        self.session = session
        self.round = make.round_(session, phase)
        self.people = {
            role: make.appointed(session, self.round, role)
            for role in (Role.COMMISSIONER, Role.REVIEWER, Role.CLERK, Role.AUDITOR)
        }
        self.commissioner, self.reviewer, self.clerk, self.auditor = (
            browse(person) for person in self.people.values()
        )
        self.author = make.account(session, "Ana")
        self.resident, self.anybody = browse(self.author), browse()

    def proposal(self, state=State.SUBMITTED, **kwargs):
        return make.proposal(self.session, self.round, self.author, state, **kwargs)

    def public(self, *parts):
        return "/".join([f"/rounds/{self.round.slug}/proposals", *map(str, parts)])

    def console(self, *parts):
        return "/commission" + self.public(*parts)

    def decide(self, proposal, form, status=303):
        data = {"revision": self.state(proposal).revision, **form}
        return self.reviewer.post(self.console(proposal.id, "decisions"), data, status)

    def release(self, status=303, by=None, **data):
        return (by or self.commissioner).post(self.console("releases"), data, status)

    def state(self, proposal):
        """The proposal as it is stored now; no transaction stays open."""
        self.session.refresh(proposal)
        self.session.commit()
        return proposal

    def decisions(self):
        found = self.session.scalars(sa.select(Decision).order_by(Decision.id)).all()
        self.session.commit()
        return found


@pytest.fixture
def town(session, browse):
    return Town(session, browse)


def test_from_a_draft_to_a_line_on_the_ballot(session, browse, clock):
    town = Town(session, browse, Phase.IDEAS)
    # A resident writes a draft, changes it and sends it in.
    address = town.resident.post(town.public(), {**FORM, "action": "save"}).location
    town.resident.post(f"{address}/edit", {**FORM, "revision": 1, "action": "send"})
    proposal = session.scalars(sa.select(Proposal)).one()
    # The reviewer asks for a change, which everybody sees at once.
    town.decide(proposal, ASKS)
    assert "Please say where exactly." in town.anybody.get(address).text
    assert "Please say where exactly." in town.resident.get(f"{address}/edit").text
    # The resident answers it, now in the phase of review.
    clock.now = next(d for d in town.round.dates if d.phase is Phase.REVIEW).opens_at
    town.resident.post(
        f"{address}/edit",
        {
            **FORM,
            "place": "At the north end of the pond",
            "revision": town.state(proposal).revision,
            "action": "send",
        },
    )
    assert town.state(proposal).state is State.SUBMITTED
    # The reviewer decides, and nobody outside the commission sees it.
    town.decide(proposal, CAN)
    for reader in (town.anybody, town.resident):
        assert "We measured it" not in reader.get(address).text
        assert "2,000" not in reader.get(town.public()).text
    assert "We measured it" in town.commissioner.get(town.console(proposal.id)).text
    # A commissioner releases it, and everybody sees it.
    town.release(decision=town.decisions()[-1].id)
    page = town.anybody.get(address).text
    assert "We measured it" in page
    assert "€2,000" in page
    # It goes on the ballot.
    town.commissioner.post(town.console("ballot"))
    assert town.state(proposal).state is State.ON_BALLOT
    assert "A bench by the pond" in town.auditor.get(town.console("ballot")).text
    assert re.search(r"project 1\b", town.anybody.get(address).text)


def test_a_refusal_is_explained_in_public_after_the_release(town):
    proposal = town.proposal()
    town.decide(proposal, CANNOT)
    assert "county" not in town.anybody.get(town.public(proposal.id)).text

    town.release(decision=town.decisions()[0].id)

    page = town.anybody.get(town.public(proposal.id)).text
    assert "The county owns the road." in page
    assert "It is not in the town’s hands." in page


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"verdict": ""}, "Choose what you find."),
        ({"verdict": "maybe"}, "Not a valid choice"),
        ({"cost": ""}, "Enter an amount."),
        ({"cost": "0"}, "Enter an amount above zero."),
        ({"cost": "-3"}, "Enter an amount above zero."),
        ({"cost": "lots"}, "Enter an amount in figures"),
        ({"cost": "100,000.01"}, "more than the whole budget"),
        ({"reason": "  "}, "Give a reason"),
        ({"reason": "x" * 2001}, "Use at most 2,000 characters."),
        ({"verdict": "ineligible"}, "Choose the criterion"),
        ({"verdict": "ineligible", "criterion": "ugly"}, "Not a valid choice"),
    ],
)
def test_a_decision_that_does_not_fit_keeps_what_was_typed(town, bad, sentence):
    proposal = town.proposal()

    page = town.decide(proposal, {**CAN, **bad}, 422).text

    assert sentence in page
    if "reason" not in bad:
        assert "We measured it: it fits." in page
    if bad.get("cost"):
        assert f'value="{bad["cost"]}"' in page
    assert town.state(proposal).state is State.SUBMITTED
    assert town.decisions() == []


def test_a_replayed_decision_is_refused_and_keeps_what_was_typed(town):
    proposal = town.proposal()
    seen = {"revision": proposal.revision}
    town.decide(proposal, {**CAN, **seen})

    page = town.decide(proposal, {**CANNOT, **seen}, 409).text

    assert "has changed since you opened the page" in page
    assert "The county owns the road." in page
    assert len(town.decisions()) == 1


def test_a_decided_proposal_can_be_decided_again_until_it_is_released(town):
    proposal = town.proposal()
    town.decide(proposal, CANNOT)
    town.decide(proposal, CAN)
    old, new = town.decisions()

    town.release(409, decision=old.id)
    town.release(decision=new.id)

    assert town.state(proposal).state is State.ELIGIBLE
    assert "county" not in town.anybody.get(town.public(proposal.id)).text
    town.decide(proposal, CANNOT, 409)


@pytest.mark.parametrize("who", ["commissioner", "clerk", "auditor"])
def test_the_rest_of_the_console_reads_but_does_not_decide(town, who):
    proposal = town.proposal()
    reader = getattr(town, who)

    assert "Store my finding" not in reader.get(town.console(proposal.id)).text
    reader.post(town.console(proposal.id, "decisions"), CAN, 403)
    assert "Store my finding" in town.reviewer.get(town.console(proposal.id)).text


def test_residents_and_visitors_stay_outside(town):
    proposal = town.proposal()

    for address in (town.console(), town.console(proposal.id), town.console("ballot")):
        town.resident.get(address, 403)
        town.anybody.get(address, 303)
    town.resident.post(town.console("releases"), {"decision": 1}, 403)
    town.resident.post(town.console("ballot"), status=403)


def test_a_person_with_both_roles_cannot_release_their_own_decision(town, session):
    both = town.people[Role.REVIEWER]
    boss = town.people[Role.COMMISSIONER]
    service.people.appoint(session, town.round, both, Role.COMMISSIONER, by=boss, at=NOW)
    session.commit()
    town.decide(town.proposal(), CAN)
    decision = town.decisions()[0]

    page = town.reviewer.get(town.console()).text
    assert re.search(rf'value="{decision.id}" disabled aria-describedby="own-{decision.id}"', page)
    assert "Your own: somebody else has to release it." in page
    town.release(409, by=town.reviewer, decision=decision.id)
    assert town.decisions()[0].released_at is None


def test_all_chosen_decisions_are_released_together(town):
    first, second, third = (town.proposal() for _ in range(3))
    for proposal in (first, second, third):
        town.decide(proposal, CAN)
    ids = [decision.id for decision in town.decisions()]

    town.release(decision=[ids[0], ids[2], ids[0]])

    states = [town.state(proposal).state for proposal in (first, second, third)]
    assert states == [State.ELIGIBLE, State.DECIDED, State.ELIGIBLE]


@pytest.mark.parametrize("ids", [["999999"], ["x"], [""], ["1; DROP TABLE decision"], ["9" * 40]])
def test_unknown_decisions_are_not_released(town, ids):
    proposal = town.proposal()
    town.decide(proposal, CAN)

    town.release(409, decision=[str(town.decisions()[0].id), *ids])

    assert town.state(proposal).state is State.DECIDED


def test_nothing_chosen_is_said_on_the_page(town):
    town.decide(town.proposal(), CAN)

    assert "Choose at least one decision." in town.release(422).text


def test_a_released_decision_is_not_released_twice(town):
    town.decide(town.proposal(), CAN)
    chosen = town.decisions()[0].id
    town.release(decision=chosen)

    town.release(409, decision=chosen)


@pytest.mark.parametrize(
    "phase", [phase for phase in Phase if phase not in (Phase.IDEAS, Phase.REVIEW, Phase.BALLOT)]
)
def test_nothing_of_this_is_done_in_other_phases(session, browse, phase):
    town = Town(session, browse, phase)
    proposal = town.proposal()

    town.decide(proposal, CAN, 409)
    town.release(409, decision=1)
    town.commissioner.post(town.console("ballot"), status=409)
    for address in (town.console(), town.console(proposal.id), town.console("ballot")):
        town.auditor.get(address)


def test_an_empty_ballot_is_refused_with_a_sentence(town):
    page = town.commissioner.post(town.console("ballot"), status=409).text

    assert "No proposal has been released" in page


def test_the_ballot_is_composed_by_commissioners_only(town):
    for reader in (town.reviewer, town.clerk, town.auditor):
        reader.post(town.console("ballot"), status=403)


def test_unknown_numbers_are_not_found(town, session):
    elsewhere = make.proposal(session, make.round_(session), town.author)

    for number in (0, 999, 2**31, 2**63, "x", elsewhere.id):
        town.reviewer.get(town.console(number), 404)
        town.reviewer.post(town.console(number, "decisions"), CAN, 404)


def test_the_pipeline_counts_what_waits(town):
    town.proposal(title="An old one")
    town.proposal(State.CHANGES_REQUESTED)
    town.proposal(State.WITHDRAWN, title="A withdrawn one")

    page = town.clerk.get(town.console()).text

    assert "An old one" in page
    assert "2 days" in page
    assert "A withdrawn one" in page


def test_a_request_for_changes_is_never_in_the_release_list(town):
    proposal = town.proposal()
    town.decide(proposal, ASKS)

    assert 'name="decision"' not in town.commissioner.get(town.console()).text
    town.release(409, decision=town.decisions()[0].id)
    assert town.decisions()[0].verdict is Verdict.CHANGES
