"""Whose hand an act needs now: stewards, or what the round declared for when too few serve.

Nobody switches it: the appointments and the clock decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.rounds import people, queries
from pb.rounds.changes import log, refuse_if_frozen
from pb.rounds.models import SIDE_OF, Act, Role, Round, Side
from pb.rounds.terms.models import MOST, Fallback, StandIn, Stewardship

HANDS = {
    Fallback.WAIT: (),
    Fallback.COMMISSIONER: (Role.STEWARD, Role.COMMISSIONER),
    Fallback.AUDITOR: (Role.STEWARD, Role.AUDITOR),
}
MEANWHILE = {
    Fallback.WAIT: "Acts that need a second hand wait until enough serve.",
    Fallback.COMMISSIONER: "Until then another commissioner may confirm, as was declared before "
    "the round was published. Every page that shows such an act says so.",
    Fallback.AUDITOR: "Until then an auditor may confirm, as was declared before the round was "
    "published. Every page that shows such an act says so.",
}


@dataclass(frozen=True)
class SecondHand:
    """Who may put the second hand to an act at a moment."""

    roles: tuple[Role, ...]  # one of them; none while acts wait
    serving: int = 0
    required: int = 0
    fallback: Fallback | None = None  # where too few stewards serve

    @property
    def short(self) -> bool:
        """Whether the round has fewer stewards than it needs."""
        return self.fallback is not None

    @property
    def on_commission(self) -> bool:
        """Whether somebody of the commission's side may confirm."""
        return any(SIDE_OF[role] is Side.COMMISSION for role in self.roles)

    @property
    def sentence(self) -> str:
        """How many stewards are missing, and what happens meanwhile; empty where none is."""
        if self.fallback is None:
            return ""
        needs = "1 steward" if self.required == 1 else f"{self.required} stewards"
        serve = {0: "none serves", 1: "1 serves"}.get(self.serving, f"{self.serving} serve")
        return f"This round needs {needs}, and {serve} now. {MEANWHILE[self.fallback]}"


def terms_of(session: Session, round: Round) -> tuple[int, Fallback]:
    """How many stewards a round needs, and what happens while it has fewer."""
    found = session.get(Stewardship, round.id)
    return (found.required, found.fallback) if found else (1, Fallback.WAIT)


def second_hand(session: Session, round: Round, now: datetime) -> SecondHand:
    """Who may confirm an act of this round now."""
    if not round.stewards_confirm:
        return SecondHand((Role.COMMISSIONER,))
    required, fallback = terms_of(session, round)
    serving = {one.account_id for one in people.holders(session, round, now)[Role.STEWARD]}
    if len(serving) >= required:
        return SecondHand((Role.STEWARD,), len(serving), required)
    return SecondHand(HANDS[fallback], len(serving), required, fallback)


def require_hand(session: Session, act: Act, by: Account, at: datetime) -> tuple[Role, SecondHand]:
    """The role in which this person may confirm the act; raises Refused to anybody else."""
    hand = second_hand(session, act.round, at)
    held = people.roles_at(session, act.round, by, at)
    for role in hand.roles:
        if role in held:
            return role, hand
    if Role.STEWARD in held and hand.fallback is Fallback.WAIT:
        raise Refused(hand.sentence)
    wanted = " or a ".join(hand.roles or (Role.STEWARD,)).replace("a auditor", "an auditor")
    raise Refused(f"Only a {wanted} of this round can confirm this.")


def note_stand_in(session: Session, act: Act, role: Role, hand: SecondHand) -> Fallback | None:
    """Leave on the act that somebody stood in for the stewards, if that is so."""
    if hand.fallback is None or role is Role.STEWARD:
        return None
    session.add(
        StandIn(act_id=act.id, fallback=hand.fallback, serving=hand.serving, required=hand.required)
    )
    return hand.fallback


def stand_ins(session: Session, acts: Iterable[Act]) -> dict[int, StandIn]:
    """Which of these acts were confirmed without a steward, by their numbers."""
    numbers = [act.id for act in acts]
    found = session.scalars(select(StandIn).where(StandIn.act_id.in_(numbers)))
    return {one.act_id: one for one in found}


def set_stewardship(
    session: Session,
    round: Round,
    required: int,
    fallback: Fallback,
    *,
    by: Account,
    at: datetime,
) -> None:
    """Say how many stewards the round needs, and what happens while it has fewer.

    Raises Invalid for a number out of range, Refused once the round is published.
    """
    refuse_if_frozen(round)
    before = terms_of(session, round)
    if not 1 <= required <= MOST:
        raise Invalid(f"Choose a number of stewards from 1 to {MOST}.")
    if before == (required, fallback):
        return
    if round.published_at is not None or queries.open_acts(session, round):
        raise Refused("This is settled before the round is published. It cannot change now.")
    session.merge(Stewardship(round_id=round.id, required=required, fallback=fallback))
    session.flush()
    changes = {"required": (before[0], required), "fallback": (before[1], fallback)}
    log(session, round, "round.stewardship", changes, by=by, at=at)


def copy_stewardship(session: Session, earlier: Round, round: Round) -> None:
    """Let a new round need as many stewards as the one that it is copied from."""
    found = session.get(Stewardship, earlier.id)
    if found is not None:
        session.add(
            Stewardship(round_id=round.id, required=found.required, fallback=found.fallback)
        )
