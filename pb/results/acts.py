"""Counter-signed acts: asking for one, confirming and carrying it out, and saying what it does.

A view or command asks with `ask`, confirms with `confirm`, commits, and then calls `after_commit`.
What each kind does stands in `pb.results.deeds`.
"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.ballots import ceremony
from pb.ballots import service as box
from pb.eligibility.models import RollEntry
from pb.errors import Refused
from pb.keys import KeyRing
from pb.proposals import withdrawal
from pb.proposals.recusals.service import require_free_of_project
from pb.results import asking, needs
from pb.results.asking import Asked, Confirmed
from pb.results.deeds import DEEDS
from pb.rounds import acts, calendar, people
from pb.rounds.models import Act, ActKind, Phase, Role, Round, Side
from pb.tally.rules import Rule

LOG = logging.getLogger(__name__)


def ask(
    session: Session,
    round: Round,
    kind: ActKind,
    *,
    by: Account,
    reason: str,
    at: datetime,
    closes_at: datetime | None = None,
    entry: RollEntry | None = None,
    project: int | None = None,
) -> Act:
    """Ask for an act; refused while the round is not ready for it.

    `closes_at` is the new end of the voting, for an extension; `entry` is whose vote is taken out;
    `project` the number on the ballot of one that is withdrawn.
    """
    if Role.COMMISSIONER not in people.roles_at(session, round, by, at):
        raise Refused("Only a commissioner of this round can ask for this.")
    salt = secrets.token_hex(16)
    asked, deed = Asked(session, round, at, closes_at, project, entry, salt), DEEDS[kind]
    deed.require(asked)
    if kind is ActKind.WITHDRAW_PROJECT:
        require_free_of_project(session, round, project, by)
    return acts.ask(session, round, kind, deed.payload(asked), by=by, reason=reason, at=at)


def confirm(
    session: Session,
    act: Act,
    *,
    by: Account,
    at: datetime,
    keys: KeyRing,
    rules: Mapping[str, Rule],
    sheets: Sequence[str] = (),
) -> None:
    """Put the second hand to an act and carry it out, in one transaction.

    `sheets` are the typed key sheets that open the envelopes of a box, for a count. Refused if the
    round has changed since the act was asked for. Call `after_commit` afterwards.
    """
    if not act.open:
        raise Refused("This act is no longer waiting.")
    # Nobody changes the round between the last look and the deed.
    session.execute(sa.select(Round.id).where(Round.id == act.round_id).with_for_update())
    asked, deed = asking.asked_again(session, act, at), DEEDS[act.kind]
    deed.require(asked)
    if act.kind is ActKind.WITHDRAW_PROJECT:
        require_free_of_project(session, act.round, asking.project_number(act), by)
    acts.confirm(session, act, deed.payload(asked), by=by, at=at)
    deed.carry_out(Confirmed(session, act, at, keys, rules, sheets))


def withdraw(
    session: Session, act: Act, *, by: Account, side: Side, at: datetime, keys: KeyRing
) -> None:
    """Take an act back, or turn it down, while it waits; a key sheet that waits with it goes."""
    acts.withdraw(session, act, by=by, side=side, at=at)
    if act.kind is ActKind.COUNT:
        ceremony.take_back(session, act.round, keys)


def entry_of(session: Session, act: Act) -> RollEntry | None:
    """The entry of the roll whose vote an act takes out, if that is what it does."""
    return asking.entry_of(session, act)


def needs_sheets(act: Act) -> bool:
    """Whether key sheets have to be typed to confirm this act."""
    return act.kind is ActKind.COUNT and act.round.encrypted and act.round.sealed_at is None


def after_commit(engine: sa.Engine, act: Act, keys: KeyRing, rules: Mapping[str, Rule]) -> bool:
    """What an act leaves to be done once it is safely stored: nothing, except after a count.

    The key that could link a ballot to a voter is destroyed only when the sealed box is stored.
    Then, without keeping anybody waiting for the database, what the losers would have needed is
    worked out, if that is quickly done. False where the clean-up is left to the worker: the act
    stands, whatever fails here.
    """
    if act.kind is not ActKind.COUNT or act.confirmed_at is None:
        return True
    cleaned = _clean_up(engine, act, keys)
    needs.fill_at_once(engine, act.round_id, rules)
    return cleaned


def _clean_up(engine: sa.Engine, act: Act, keys: KeyRing) -> bool:
    try:
        box.after_seal(engine, keys, act.round_id)
    except (SQLAlchemyError, OSError):
        LOG.exception("The clean-up after the seal of round %s is not finished.", act.round_id)
        return False
    return True


def obstacle(session: Session, round: Round, kind: ActKind, *, at: datetime) -> str | None:
    """Why an act cannot be asked for now, in a sentence; None where it can."""
    closes_at = project = None
    if kind is ActKind.EXTEND_VOTING and (voting := calendar.span(round, Phase.VOTING)):
        closes_at = voting.closes_at + timedelta(days=1)
    if kind is ActKind.WITHDRAW_PROJECT:
        project = next((one.number for one in withdrawal.withdrawable(session, round)), None)
    try:
        DEEDS[kind].require(Asked(session, round, at, closes_at, project))
    except Refused as refusal:
        return str(refusal)
    return None


def describe(act: Act, round: Round) -> str:
    """What will happen, or happened, through an act, in plain words."""
    if act.kind is ActKind.PUBLISH_ROUND:
        return f"Everybody can see “{round.name}”, and the clock decides its phases."
    if act.kind is ActKind.FREEZE_BALLOT:
        return (
            "The projects, the money, the limits of the ballot and the counting rule "
            "are fixed for good. Nobody can change them afterwards."
        )
    if act.kind is ActKind.EXTEND_VOTING:
        closes_at = asking.closes_at(act).astimezone(round.zone)
        return f"Voting stays open until {closes_at.day} {closes_at:%B %Y, %H:%M}."
    if act.kind is ActKind.WITHDRAW_PROJECT:
        return (
            f"“{act.payload['title']}” (No. {act.payload['number']}) is withdrawn. It stays on the "
            "ballot with this reason, cannot be chosen any more, and votes for it do not count."
        )
    if act.kind is ActKind.COUNT:
        return (
            f"The ballots of {act.payload['voted']:,} voters are sealed and mixed, "
            "and counted under the frozen rule."
        )
    if act.kind is ActKind.VOID_VOTE:
        return (
            "One vote is taken out of the box before it is opened. Nobody sees what it was, and "
            "the log does not say whose it was."
        )
    return f"Count number {act.payload['number']} becomes the official result of the round."
