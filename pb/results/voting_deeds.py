"""What two hands may do to a vote that is under way: extend it, void a vote, withdraw a project."""

from datetime import timedelta
from typing import Any

from pb.ballots import queries as ballots
from pb.ballots import voids
from pb.errors import Invalid, PhaseClosed, Refused
from pb.proposals import withdrawal
from pb.results import asking
from pb.results.asking import Asked, Confirmed, Deed
from pb.rounds import calendar
from pb.rounds.models import Phase

LONGEST_EXTENSION = timedelta(days=30)


def require_no_more_ballots(asked: Asked) -> None:
    """Wait for ballots that were begun before the close, and for those in a queue."""
    start = calendar.counting_from(asked.round)
    if asked.at < start:
        raise PhaseClosed(
            "Ballots that were begun before the close may still come in. "
            f"Come back after {start.astimezone(asked.round.zone):%H:%M}."
        )


# Extending the voting


def _require_extendable(asked: Asked) -> None:
    calendar.require(asked.round, asked.at, Phase.VOTING)
    voting = calendar.span(asked.round, Phase.VOTING)
    if asked.closes_at is None:
        raise Invalid("Say until when the voting is extended.")
    if asked.closes_at <= voting.closes_at:
        raise Invalid("Voting can only be extended: choose a later end than the present one.")
    if asked.closes_at > voting.closes_at + LONGEST_EXTENSION:
        raise Invalid(f"Voting can be extended by at most {LONGEST_EXTENSION.days} days at a time.")


def _extend_payload(asked: Asked) -> dict[str, Any]:
    return {"closes_at": asking.moment(asked.closes_at)}


def _extend(confirmed: Confirmed) -> None:
    """Move the end of the voting; phases that it overtakes keep their length and follow."""
    round, end = confirmed.act.round, asking.closes_at(confirmed.act)
    rows = list(round.dates)
    voting = next(n for n, row in enumerate(rows) if row.phase is Phase.VOTING)
    before = rows[voting].closes_at
    rows[voting].closes_at = end
    for row in rows[voting + 1 :]:
        length = row.closes_at - row.opens_at
        row.opens_at = end
        if row.closes_at > end:
            break
        row.closes_at = end = end + length
    confirmed.session.flush()
    body = {"from": asking.moment(before), "to": asking.moment(rows[voting].closes_at)}
    asking.record(confirmed, "voting.extend", body)


# Taking a vote out of the box


def _require_voidable(asked: Asked) -> None:
    if asked.round.sealed_at is not None:
        raise Refused("The ballot box is sealed. No vote can be taken out any more.")
    calendar.require(asked.round, asked.at, Phase.COUNTING)
    require_no_more_ballots(asked)
    if asked.entry is None or asked.entry.round_id != asked.round.id:
        raise Invalid("Say whose vote it is: a number on the list of voters.")
    if not ballots.has_voted(asked.session, asked.entry):
        raise Refused("No vote of this entry is in the box.")


def _void_payload(asked: Asked) -> dict[str, Any]:
    return {"entry": asked.entry.id, "salt": asked.salt}


def _void_vote(confirmed: Confirmed) -> None:
    """Take the vote out, unread. The log tells that it happened, and never whose vote it was."""
    session, act = confirmed.session, confirmed.act
    voids.take_out(session, act.round, asking.entry_of(session, act), keys=confirmed.keys)
    asking.record(confirmed, "vote.void", {})


# Withdrawing a project


def _require_withdrawable(asked: Asked) -> None:
    withdrawal.require_withdrawable(asked.session, asked.round, asked.project, asked.at)


def _withdrawal_payload(asked: Asked) -> dict[str, Any]:
    found = ballots.find_project(asked.session, asked.round, asked.project)
    return {"project": found.code, "number": found.number, "title": found.title}


def _withdraw(confirmed: Confirmed) -> None:
    """Leave the frozen line as it is, and mark it as withdrawn."""
    session, act = confirmed.session, confirmed.act
    number = asking.project_number(act)
    found = withdrawal.require_withdrawable(session, act.round, number, confirmed.at)
    withdrawal.withdraw(session, found, act, at=confirmed.at)
    asking.record(confirmed, "project.withdraw", {"project": found.code, "number": found.number})


EXTEND = Deed(_require_extendable, _extend_payload, _extend)
VOID = Deed(_require_voidable, _void_payload, _void_vote)
WITHDRAW = Deed(_require_withdrawable, _withdrawal_payload, _withdraw)
