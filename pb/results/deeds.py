"""What may stand in the way of each counter-signed act, what is asked for, and what it does.

One table, `DEEDS`, at the end, holds the answer for every kind.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from pb import audit
from pb.ballots import ceremony, voids
from pb.ballots import queries as ballots
from pb.ballots import service as box
from pb.ballots.paper import queries as paper
from pb.db import canonical
from pb.eligibility.models import RollEntry
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import KeyRing
from pb.proposals import definition, withdrawal
from pb.results import queries, service
from pb.rounds import calendar
from pb.rounds import service as rounds
from pb.rounds.models import Act, ActKind, Phase, Round
from pb.tally.rules import Rule

LONGEST_EXTENSION = timedelta(days=30)
BEFORE_VOTING = calendar.ORDER[: calendar.ORDER.index(Phase.VOTING)]
# After a publication the ballots may be counted again, to amend the result.
COUNTABLE = calendar.ORDER[calendar.ORDER.index(Phase.COUNTING) : -1]


@dataclass(frozen=True)
class Asked:
    """An act that somebody has in mind, at a moment.

    `closes_at` is for an extension, the number of a `project` for a withdrawal; `entry` is for a
    vote that is taken out, with a `salt` because the digest of what was asked for is public.
    """

    session: Session
    round: Round
    at: datetime
    closes_at: datetime | None = None
    project: int | None = None
    entry: RollEntry | None = None
    salt: str = ""


@dataclass(frozen=True)
class Confirmed:
    """An act with both hands, about to be carried out."""

    session: Session
    act: Act
    at: datetime
    keys: KeyRing
    rules: Mapping[str, Rule]
    sheets: Sequence[str] = ()  # of the key, as they were typed: one or two, for a count


@dataclass(frozen=True)
class Deed:
    """One kind of act: what may stand in its way, exactly what is asked for, what it does."""

    require: Callable[[Asked], None]  # refuses in a sentence
    payload: Callable[[Asked], dict[str, Any]]
    carry_out: Callable[[Confirmed], None]


def _imported(asked: Asked) -> bool:
    """Whether the round was voted on before it came here: its ballots are in the box already."""
    return bool(ballots.sealed_counts(asked.session, asked.round))


# Publishing the round


def _require_complete(asked: Asked) -> None:
    if asked.round.published_at is not None:
        raise Refused("The round is published already.")
    # The dates of an imported election lie in the past, and may.
    now = None if _imported(asked) else asked.at
    missing = rounds.missing(asked.session, asked.round, now)
    problems = tuple(problem for task in missing for problem in task.problems)
    if problems:
        raise Invalid("The round is not complete: " + " ".join(problems), problems)


def _round_payload(asked: Asked) -> dict[str, Any]:
    """The definition so far, and the words and dates that everybody will read."""
    round = asked.round
    words = {
        "name": round.name,
        "purpose": round.purpose,
        "who_may_vote": round.who_may_vote,
        "dates": [
            [span.phase, _moment(span.opens_at), _moment(span.closes_at)]
            for span in calendar.spans(round)
        ],
    }
    return {
        "definition": definition.digest(asked.session, round),
        "words": hashlib.sha256(canonical(words)).hexdigest(),
    }


def _publish_round(confirmed: Confirmed) -> None:
    confirmed.act.round.published_at = confirmed.at
    _record(confirmed, "round.publish", {})


# Freezing the ballot


def _require_freezable(asked: Asked) -> None:
    round = asked.round
    if round.frozen_at is not None:
        raise Refused("The ballot is frozen already.")
    calendar.require(round, asked.at, *BEFORE_VOTING)
    found = definition.definition(asked.session, round)
    if not found["projects"]:
        raise Refused("There is no project on the ballot yet.")
    if not found["limits"] or not found["rule"]["id"]:
        raise Refused("The ballot needs its limits and its counting rule before it can be frozen.")
    if lacks := ceremony.missing(round):
        raise Refused(lacks)
    voting = calendar.span(round, Phase.VOTING)
    if voting is None:
        raise Refused("Voting needs its dates before the ballot can be frozen.")
    if voting.closes_at <= asked.at and not _imported(asked):
        raise Refused("Voting would be over already. Give it later dates first.")


def _freeze_payload(asked: Asked) -> dict[str, Any]:
    return {"definition": definition.digest(asked.session, asked.round)}


def _freeze(confirmed: Confirmed) -> None:
    """Freeze; where the date has passed, the clock opens the voting at once."""
    digest = definition.freeze(confirmed.session, confirmed.act.round, at=confirmed.at)
    if digest != confirmed.act.payload["definition"]:
        raise Refused("The ballot changed at this very moment. Ask again.")
    _record(confirmed, "ballot.freeze", {"definition": digest})


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
    return {"closes_at": _moment(asked.closes_at)}


def _extend(confirmed: Confirmed) -> None:
    """Move the end of the voting; phases that it overtakes keep their length and follow."""
    round, end = confirmed.act.round, closes_at(confirmed.act)
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
    body = {"from": _moment(before), "to": _moment(rows[voting].closes_at)}
    _record(confirmed, "voting.extend", body)


# Taking a vote out of the box


def _require_voidable(asked: Asked) -> None:
    if asked.round.sealed_at is not None:
        raise Refused("The ballot box is sealed. No vote can be taken out any more.")
    calendar.require(asked.round, asked.at, Phase.COUNTING)
    _require_no_more_ballots(asked)
    if asked.entry is None or asked.entry.round_id != asked.round.id:
        raise Invalid("Say whose vote it is: a number on the list of voters.")
    if not ballots.has_voted(asked.session, asked.entry):
        raise Refused("No vote of this entry is in the box.")


def _void_payload(asked: Asked) -> dict[str, Any]:
    return {"entry": asked.entry.id, "salt": asked.salt}


def _void_vote(confirmed: Confirmed) -> None:
    """Take the vote out, unread. The log tells that it happened, and never whose vote it was."""
    session, act = confirmed.session, confirmed.act
    voids.take_out(session, act.round, entry_of(session, act), keys=confirmed.keys)
    _record(confirmed, "vote.void", {})


# Withdrawing a project


def _require_withdrawable(asked: Asked) -> None:
    withdrawal.require_withdrawable(asked.session, asked.round, asked.project, asked.at)


def _withdrawal_payload(asked: Asked) -> dict[str, Any]:
    found = ballots.find_project(asked.session, asked.round, asked.project)
    return {"project": found.code, "number": found.number, "title": found.title}


def _withdraw(confirmed: Confirmed) -> None:
    """Leave the frozen line as it is, and mark it as withdrawn."""
    session, act = confirmed.session, confirmed.act
    number = project_number(act)
    found = withdrawal.require_withdrawable(session, act.round, number, confirmed.at)
    withdrawal.withdraw(session, found, act, at=confirmed.at)
    _record(confirmed, "project.withdraw", {"project": found.code, "number": found.number})


# Counting


def _require_countable(asked: Asked) -> None:
    calendar.require(asked.round, asked.at, *COUNTABLE)
    if asked.round.sealed_at is None and not _imported(asked):
        _require_no_more_ballots(asked)
        _require_paper_closed(asked)


def _require_no_more_ballots(asked: Asked) -> None:
    """Wait for ballots that were begun before the close, and for those in a queue."""
    start = calendar.counting_from(asked.round)
    if asked.at < start:
        raise PhaseClosed(
            "Ballots that were begun before the close may still come in. "
            f"Come back after {start.astimezone(asked.round.zone):%H:%M}."
        )


def _require_paper_closed(asked: Asked) -> None:
    """Refuse while sheets of paper are not accounted for."""
    numbers = [str(number) for number in paper.unclosed(asked.session, asked.round)]
    if numbers:
        which = f"Batch {numbers[0]}" if len(numbers) == 1 else f"Batches {', '.join(numbers)}"
        raise Refused(
            f"{which} of paper ballots {'is' if len(numbers) == 1 else 'are'} not closed yet. "
            "Every sheet has to be accounted for before the count."
        )


def _count_payload(asked: Asked) -> dict[str, Any]:
    turnout = ballots.turnout(asked.session, asked.round)
    return {"config": asked.round.config_digest, "voted": turnout.voted}


def _count(confirmed: Confirmed) -> None:
    """Seal the box if nobody has, and count what is in it."""
    session, round = confirmed.session, confirmed.act.round
    if round.sealed_at is None:
        opener = None
        if round.encrypted:
            opener = ceremony.opener(session, round, confirmed.sheets, confirmed.keys)
        box.seal(session, round, at=confirmed.at, keys=confirmed.keys, opener=opener)
    service.count(session, round, confirmed.act, at=confirmed.at, rules=confirmed.rules)


# Publishing the result


def _require_publishable(asked: Asked) -> None:
    calendar.require(asked.round, asked.at, *COUNTABLE)
    result = queries.latest(asked.session, asked.round)
    if result is None:
        raise Refused("The ballots have not been counted yet.")
    earlier = queries.published(asked.session, asked.round)
    if earlier is not None and earlier.result_id == result.id:
        raise Refused("The newest count is published already.")


def _result_payload(asked: Asked) -> dict[str, Any]:
    result = queries.latest(asked.session, asked.round)
    return {"number": result.number, "result": result.digest}


def _publish_result(confirmed: Confirmed) -> None:
    session, round = confirmed.session, confirmed.act.round
    result = queries.latest(session, round)
    service.publish(session, round, result, confirmed.act, at=confirmed.at)


def asked_again(session: Session, act: Act, at: datetime) -> Asked:
    """What a waiting act asks for, as things are at this moment."""
    project, entry = project_number(act), entry_of(session, act)
    salt = act.payload.get("salt") or ""
    return Asked(session, act.round, at, closes_at(act), project, entry, salt)


def closes_at(act: Act) -> datetime | None:
    """The new end of the voting that an act asks for, if it is an extension."""
    end = act.payload.get("closes_at")
    return end and datetime.fromisoformat(end)


def entry_of(session: Session, act: Act) -> RollEntry | None:
    """The entry of the roll whose vote an act takes out, if that is what it does."""
    number = act.payload.get("entry")
    return session.get(RollEntry, number) if number is not None else None


def project_number(act: Act) -> int | None:
    """The number of the project that an act withdraws, if it does."""
    return act.payload.get("number") if act.kind is ActKind.WITHDRAW_PROJECT else None


def _moment(at: datetime) -> str:
    """A moment with one spelling, whatever zone it came in."""
    return at.astimezone(UTC).isoformat()


def _record(confirmed: Confirmed, kind: str, body: dict[str, Any]) -> None:
    act = confirmed.act
    audit.record(
        confirmed.session,
        chain=act.round_id,
        kind=kind,
        at=confirmed.at,
        actor=act.confirmed_by,
        side=act.confirmed_side,
        body={"act": act.id, **body},
    )


DEEDS: dict[ActKind, Deed] = {
    ActKind.PUBLISH_ROUND: Deed(_require_complete, _round_payload, _publish_round),
    ActKind.FREEZE_BALLOT: Deed(_require_freezable, _freeze_payload, _freeze),
    ActKind.EXTEND_VOTING: Deed(_require_extendable, _extend_payload, _extend),
    ActKind.VOID_VOTE: Deed(_require_voidable, _void_payload, _void_vote),
    ActKind.WITHDRAW_PROJECT: Deed(_require_withdrawable, _withdrawal_payload, _withdraw),
    ActKind.COUNT: Deed(_require_countable, _count_payload, _count),
    ActKind.PUBLISH_RESULT: Deed(_require_publishable, _result_payload, _publish_result),
}
