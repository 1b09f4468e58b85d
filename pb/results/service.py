"""Counting the sealed ballots, and making a count official."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from pb import audit, db
from pb.ballots import queries as ballots
from pb.ballots import turnout
from pb.errors import Refused
from pb.proposals import definition
from pb.results import counting, queries
from pb.results.counting import Counted
from pb.results.models import AreaOutcome, Publication, Result
from pb.rounds.models import Act, Area, Round
from pb.tally.errors import TallyError
from pb.tally.rules import Rule


def count(
    session: Session, round: Round, act: Act, *, at: datetime, rules: Mapping[str, Rule]
) -> Result:
    """Count every area of a sealed round and keep the outcomes under one digest.

    Refused while the box is open, or if the ballot is no longer what was frozen.
    """
    counted = _count_areas(session, round, rules)
    sealed = ballots.sealed_digest(session, round)
    found = turnout.of_round(session, round)
    last = queries.latest(session, round)
    result = Result(
        round_id=round.id,
        number=last.number + 1 if last else 1,
        act_id=act.id,
        digest=_digest(round, sealed, counted),
        sealed_digest=sealed,
        voters=found.voted,
        entitled=found.entitled,
        counted_at=at,
        outcomes=[_stored(area, found, n) for n, (area, found) in enumerate(counted.items())],
    )
    session.add(result)
    session.flush()
    _record(session, act, "result.count", result, at)
    return result


def publish(
    session: Session, round: Round, result: Result, act: Act, *, at: datetime
) -> Publication:
    """Make a count the official result; a later count amends it and the first stays on record."""
    earlier = queries.published(session, round)
    if earlier is not None and earlier.result_id == result.id:
        raise Refused("This result is published already.")
    publication = Publication(
        round_id=round.id,
        result_id=result.id,
        act_id=act.id,
        note=act.reason if earlier else "",
        published_at=at,
    )
    session.add(publication)
    if round.results_at is None:
        round.results_at = at
    session.flush()
    _record(session, act, "result.amend" if earlier else "result.publish", result, at)
    return publication


def recount(session: Session, result: Result, rules: Mapping[str, Rule]) -> bool:
    """Count the sealed ballots once more; whether everything comes out as it was stored."""
    round = session.get_one(Round, result.round_id)
    counted = _count_areas(session, round, rules)
    again = {area.id: found.outcome.outcome_digest for area, found in counted.items()}
    stored = {row.area_id: row.outcome_digest for row in result.outcomes}
    sealed = ballots.sealed_digest(session, round)
    return again == stored and _digest(round, sealed, counted) == result.digest


def _count_areas(session: Session, round: Round, rules: Mapping[str, Rule]) -> dict[Area, Counted]:
    if round.sealed_at is None:
        raise Refused("The ballot box is not sealed yet, so nothing can be counted.")
    if definition.digest(session, round) != round.config_digest:
        raise Refused("The ballot is not what was frozen. Nothing is counted before that is clear.")
    found = definition.counted(session, round)
    db.may_take_long(session)
    by_slug = {area.slug: area for area in round.areas}
    areas = [by_slug[slug] for slug in counting.counted_areas(found)]
    try:
        return {
            area: counting.count_area(
                found, area.slug, ballots.profile(session, round, area), rules
            )
            for area in areas
        }
    except TallyError as error:
        raise Refused(f"The ballots cannot be counted. {error}") from None


def _digest(round: Round, sealed: str, counted: Mapping[Area, Counted]) -> str:
    return counting.result_digest(
        round.config_digest,
        sealed,
        {area.slug: found.outcome.outcome_digest for area, found in counted.items()},
    )


def _stored(area: Area, counted: Counted, position: int) -> AreaOutcome:
    return AreaOutcome(
        area_id=area.id,
        position=position,
        ballots=counted.ballots,
        reached=counted.reached,
        input_digest=counted.outcome.input_digest,
        outcome_digest=counted.outcome.outcome_digest,
        outcome=counted.outcome.to_json(),
        scores=counted.votes,
        points=counted.points,
    )


def _record(session: Session, act: Act, kind: str, result: Result, at: datetime) -> None:
    """The log tells the digests, never the votes."""
    audit.record(
        session,
        chain=result.round_id,
        kind=kind,
        at=at,
        actor=act.confirmed_by,
        side=act.confirmed_side,
        body={"act": act.id, "result": result.number, "digest": result.digest},
    )
