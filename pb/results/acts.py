"""Counter-signed acts: asking for one, confirming and carrying it out, and saying what it does.

A view or command asks with `ask`, confirms with `confirm`, commits, and then calls `after_commit`.
What each kind does stands in `pb.results.deeds`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.ballots import service as box
from pb.errors import Refused
from pb.keys import KeyRing
from pb.proposals import withdrawal
from pb.results import deeds, needs
from pb.results.deeds import DEEDS, Asked, Confirmed
from pb.rounds import acts, calendar, people
from pb.rounds.models import Act, ActKind, Phase, Role, Round
from pb.tally.rules import Rule


def ask(
    session: Session,
    round: Round,
    kind: ActKind,
    *,
    by: Account,
    reason: str,
    at: datetime,
    closes_at: datetime | None = None,
    project: int | None = None,
) -> Act:
    """Ask for an act; refused while the round is not ready for it.

    `closes_at` is the new end of the voting, for an extension; `project` the number on the ballot
    of one that is withdrawn.
    """
    if Role.COMMISSIONER not in people.roles_at(session, round, by, at):
        raise Refused("Only a commissioner of this round can ask for this.")
    asked, deed = Asked(session, round, at, closes_at, project), DEEDS[kind]
    deed.require(asked)
    return acts.ask(session, round, kind, deed.payload(asked), by=by, reason=reason, at=at)


def confirm(
    session: Session,
    act: Act,
    *,
    by: Account,
    at: datetime,
    keys: KeyRing,
    rules: Mapping[str, Rule],
) -> None:
    """Put the second hand to an act and carry it out, in one transaction.

    Refused if the round has changed since it was asked for. Call `after_commit` afterwards.
    """
    if not act.open:
        raise Refused("This act is no longer waiting.")
    # Nobody changes the round between the last look and the deed.
    session.execute(sa.select(Round.id).where(Round.id == act.round_id).with_for_update())
    asked = Asked(session, act.round, at, deeds.closes_at(act), deeds.project_number(act))
    deed = DEEDS[act.kind]
    deed.require(asked)
    acts.confirm(session, act, deed.payload(asked), by=by, at=at)
    deed.carry_out(Confirmed(session, act, at, keys, rules))


def after_commit(engine: sa.Engine, act: Act, keys: KeyRing, rules: Mapping[str, Rule]) -> None:
    """What an act leaves to be done once it is safely stored: nothing, except after a count.

    The key that could link a ballot to a voter is destroyed only when the sealed box is stored.
    Then, without keeping anybody waiting for the database, what the losers would have needed is
    worked out, if that is quickly done.
    """
    if act.kind is ActKind.COUNT and act.confirmed_at is not None:
        box.after_seal(engine, keys, act.round_id)
        needs.fill_at_once(engine, act.round_id, rules)


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
        closes_at = deeds.closes_at(act).astimezone(round.zone)
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
    return f"Count number {act.payload['number']} becomes the official result of the round."
