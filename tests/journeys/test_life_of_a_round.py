"""Whatever people do in whatever order, a round keeps its promises after every step.

HYPOTHESIS_EXAMPLES=2000 tries far more lives than the usual run, and other ones each time.
"""

import os
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from pb.audit import queries as log
from pb.audit import service as audit
from pb.ballots import queries as ballots
from pb.ballots import receipts
from pb.ballots import service as box
from pb.ballots.models import Channel, LiveBallot, SealedCommitment, TurnoutMark
from pb.errors import Refused
from pb.proposals.models import Project
from pb.rounds import acts, calendar
from pb.rounds.models import Act, ActKind, Phase, Side
from pb.tally.ballots import Ballot
from tests import make
from tests.conftest import NOW
from tests.results.elections import PROJECTS, town

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", 0))
STEPS = 40
VOTERS = 3
MILESTONES = (
    ActKind.PUBLISH_ROUND,
    ActKind.FREEZE_BALLOT,
    ActKind.COUNT,
    ActKind.PUBLISH_RESULT,
)
# Acts about one vote or one project say which: they have tests of their own.
ABOUT_ONE = {ActKind.VOID_VOTE, ActKind.WITHDRAW_PROJECT}
kinds = st.sampled_from([kind for kind in ActKind if kind not in ABOUT_ONE])
choices = st.lists(st.sampled_from(sorted(PROJECTS)), unique=True, max_size=6)


class Life(RuleBasedStateMachine):
    """One round, from set-up to wherever the steps lead; `session` and `keys` come from outside."""

    session = keys = None
    reached: set[Phase] = set()

    @initialize()
    def begin(self):
        self.now, self.receipts, self.sent = NOW, {}, [0] * VOTERS
        self.town = town(self.session, self.keys, Phase.SETUP)
        self.round = self.town.round
        self.voters = [make.entry(self.session, self.round) for _ in range(VOTERS)]
        self.phase = Phase.SETUP
        self.carried_out = []  # the kinds of acts, in the order in which they happened

    def tried(self, work):
        """What the work returns, stored for good; None if it was refused."""
        try:
            found = work()
            self.session.commit()
            return found
        except Refused:
            self.session.rollback()
            return None

    # What time does

    @rule()
    def the_way_is_gone_on(self):
        """An hour into the next phase, and the next of the great steps there."""
        following = calendar.next_span(self.round, self.now)
        if following:
            self.now = max(self.now, following.opens_at + timedelta(hours=1))
        self.the_round_goes_on()

    @rule(hours=st.integers(1, 300))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule(milliseconds=st.sampled_from([-1, 0, 1]))
    def the_next_phase_is_near(self, milliseconds):
        following = calendar.next_span(self.round, self.now)
        if following:
            at = following.opens_at + timedelta(milliseconds=milliseconds)
            self.now = max(self.now, at)

    # What people do

    @rule(voter=st.integers(0, VOTERS - 1), codes=choices)
    def somebody_votes(self, voter, codes):
        """Accepted exactly while voting is open, by a reckoning of our own."""
        voting = calendar.span(self.round, Phase.VOTING)
        open_now = voting.opens_at <= self.now < voting.closes_at
        open_now = open_now and bool(self.round.published_at and self.round.frozen_at)
        fits = len(codes) <= 5
        lists = {make.area(self.round).id: Ballot(tuple(codes))}

        def cast():
            return box.cast(
                self.session, self.round, self.voters[voter], lists,
                channel=Channel.WEB, now=self.now, keys=self.keys,
            )  # fmt: skip

        receipt = self.tried(cast)
        assert (receipt is not None) is (open_now and fits)
        if receipt:
            self.sent[voter] += 1
            assert receipt.revision == self.sent[voter]
            self.receipts[voter] = receipt.code

    @rule(kind=kinds)
    def a_commissioner_asks(self, kind):
        self.tried(lambda: self._ask(kind))

    def _ask(self, kind):
        later = None
        if kind is ActKind.EXTEND_VOTING:
            later = calendar.span(self.round, Phase.VOTING).closes_at + timedelta(days=2)
        return self.town.ask(kind, at=self.now, closes_at=later)

    @rule(kind=kinds, own=st.booleans())
    def somebody_confirms(self, kind, own):
        act = self._waiting(kind)
        if act is not None:
            hand = self.town.commissioner if own else self.town.hand
            done = self.tried(lambda: self.town.confirm(act, by=hand, at=self.now) or act)
            assert not (own and done), "nobody confirms what they asked for"
            if done:
                self.carried_out.append(kind)

    @rule(kind=kinds)
    def it_is_taken_back(self, kind):
        act = self._waiting(kind)
        if act is not None:
            who = self.town.commissioner
            self.tried(
                lambda: acts.withdraw(
                    self.session, act, by=who, side=Side.COMMISSION, at=self.now
                )
            )  # fmt: skip

    @rule()
    def the_round_goes_on(self):
        """The next of the great steps, with both hands."""
        done = {act.kind for act in self._confirmed()}
        following = [kind for kind in MILESTONES if kind not in done]
        if following:
            self.tried(lambda: self._waiting(following[0]) or self._ask(following[0]))
            self.somebody_confirms(following[0], own=False)

    def _waiting(self, kind):
        waiting = (Act.confirmed_at.is_(None), Act.withdrawn_at.is_(None))
        return self.session.scalars(
            select(Act).where(Act.round_id == self.round.id, Act.kind == kind, *waiting)
        ).first()

    def _confirmed(self):
        confirmed = (Act.round_id == self.round.id, Act.confirmed_at.is_not(None))
        return self.session.scalars(select(Act).where(*confirmed)).all()

    # What nobody can do, even past the application

    @precondition(lambda self: self.round.frozen_at)
    @rule()
    def a_frozen_price_is_changed(self):
        self._refused_by_the_database(
            sa.update(Project).where(Project.round_id == self.round.id).values(cost=1)
        )

    @precondition(lambda self: self.round.sealed_at)
    @rule()
    def a_ballot_is_slipped_into_the_sealed_box(self):
        row = {"slot": b"s" * 32, "commitment": os.urandom(32), "content": b"{}"}
        self._refused_by_the_database(
            sa.insert(LiveBallot).values(round_id=self.round.id, **row)
        )  # fmt: skip

    def _refused_by_the_database(self, statement):
        with pytest.raises(sa.exc.DBAPIError):
            self.session.execute(statement)
        self.session.rollback()

    # What holds after every step

    @invariant()
    def ballots_are_marks_are_voters(self):
        live, sealed, marks = (
            self.session.scalar(
                select(func.count()).select_from(table).where(table.round_id == self.round.id)
            )
            for table in (LiveBallot, SealedCommitment, TurnoutMark)
        )
        inside, empty = (sealed, live) if self.round.sealed_at else (live, sealed)
        assert inside == marks == len(self.receipts)
        assert empty == 0

    @invariant()
    def every_last_receipt_is_in_the_box(self):
        table = SealedCommitment if self.round.sealed_at else LiveBallot
        stored = self.session.scalars(
            select(table.commitment).where(table.round_id == self.round.id)
        )
        assert sorted(map(receipts.code, stored)) == sorted(self.receipts.values())
        if self.round.sealed_at:
            found = (ballots.find_receipt(self.session, self.round, code)
                     for code in self.receipts.values())  # fmt: skip
            assert all(found)

    @invariant()
    def no_great_step_is_skipped(self):
        round = self.round
        facts = [round.published_at, round.frozen_at, round.sealed_at, round.results_at]
        there = [at for at in facts if at]
        assert facts == there + [None] * (len(facts) - len(there))
        assert there == sorted(there)
        order = [MILESTONES.index(kind) for kind in self.carried_out if kind in MILESTONES]
        firsts = list(dict.fromkeys(order))
        assert firsts == list(range(len(firsts)))

    @invariant()
    def no_phase_comes_back(self):
        phase = calendar.phase_at(self.round, self.now)
        assert calendar.ORDER.index(self.phase) <= calendar.ORDER.index(phase)
        self.phase = phase
        self.reached.add(phase)

    @invariant()
    def two_hands_did_it(self):
        for act in self._confirmed():
            assert act.confirmed_by != act.asked_by
            assert (act.asked_side, act.confirmed_side) == (Side.COMMISSION, Side.COMMUNITY)

    def teardown(self):
        chain = self.round.id
        assert audit.verify(chain, log.entries(self.session, chain)).intact
        self.session.rollback()
        self.session.expunge_all()


@pytest.mark.slow
def test_a_round_keeps_its_promises_whatever_happens(session, keys):
    class Tried(Life):
        reached = set()

    Tried.session, Tried.keys = session, keys
    run_state_machine_as_test(
        Tried,
        settings=settings(
            max_examples=EXAMPLES or 25,
            stateful_step_count=STEPS,
            derandomize=not EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Tried.reached >= {Phase.VOTING, Phase.COUNTING, Phase.RESULTS}, "the lives went far"
