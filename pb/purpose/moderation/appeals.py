"""An author appeals once; somebody else decides. A steward can also take a measure back."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.notices import news
from pb.purpose.moderation import queries
from pb.purpose.moderation.models import Appeal, Lift, Measure, Verdict
from pb.purpose.moderation.service import REASON
from pb.rounds import people
from pb.rounds.models import Role, Round, Side

DECIDED_WITHIN = timedelta(days=7)
TEXT = 2_000  # characters of an appeal


def appeal(
    session: Session, round: Round, measure: Measure, *, by: Account, text: str, at: datetime
) -> Appeal:
    """The author asks somebody else to look at a measure; once.

    Raises Refused to anybody else, a second time and for what was taken back; Invalid for a text.
    """
    if measure.person_id != by.id:
        raise Refused("Only the person whom it concerns can appeal.")
    seat = people.find_seat(session, round, by)
    seat = seat or people.take_seat(session, round, by, Side.COMMUNITY)
    session.refresh(seat, with_for_update=True)
    measure = queries.find_measure(session, round, measure.id)
    if measure.appeal is not None:
        raise Refused("You have appealed against this already. There is one appeal.")
    if measure.lift is not None:
        raise Refused("A steward has taken this back already.")
    made = Appeal(
        measure_id=measure.id,
        round_id=round.id,
        measured_by=measure.by_id,
        person_id=by.id,
        text=_fitting(text, TEXT, "Say why you think that this is wrong."),
        at=at,
        due_at=at + DECIDED_WITHIN,
    )
    session.add(made)
    session.flush()
    # Who appeals is not in the log: it would name whom the measure concerns.
    _log(session, measure, "appeal.make", None, seat.side, at, {"measure": measure.id})
    for account_id in sorted(queries.judges(session, round, measure, at)):
        news.tell(
            session,
            account_id,
            round_id=round.id,
            key=f"appeal-waits:{measure.id}",
            subject="An appeal waits for you",
            text="Somebody appeals against what another steward did. You can decide on it.",
            path=f"/rounds/{round.slug}/moderation/appeals/{measure.id}",
            at=at,
        )
    return made


def decide(
    session: Session,
    round: Round,
    appeal: Appeal,
    *,
    by: Account,
    verdict: Verdict,
    reason: str,
    at: datetime,
) -> None:
    """Uphold a measure or overturn it, with a reason for the author.

    Raises Refused to whom the round does not ask, and for what is decided or taken back.
    """
    found = queries.find_appeal(session, round, appeal.measure_id, hold=True)
    measure = queries.find_measure(session, round, appeal.measure_id)
    if found.decided_at is not None:
        raise Refused("Somebody has decided on this appeal already.")
    if measure.lift is not None:
        raise Refused("A steward has taken this back already; there is nothing to decide.")
    if by.id not in queries.judges(session, round, measure, at):
        raise Refused(
            "You cannot decide on this appeal. That is for a steward who had no part in it; "
            "where there is none, for a deputy, and then for an auditor."
        )
    seat = people.find_seat(session, round, by)
    found.reason = _fitting(reason, REASON, "Say why, in a sentence or two.")
    found.verdict, found.decided_at = verdict, at
    found.decided_by, found.decided_side = by.id, seat.side
    session.flush()
    session.expire(measure)
    body = {"measure": measure.id, "verdict": verdict}
    _log(session, measure, "appeal.decide", by.id, seat.side, at, body)
    outcome = "stands" if verdict is Verdict.UPHELD else "was overturned"
    _tell(
        session,
        round,
        measure,
        f"appeal:{measure.id}",
        "Your appeal was decided",
        f"What the steward did {outcome}. The reason: {found.reason}",
        at,
    )


def lift(
    session: Session, round: Round, measure: Measure, *, by: Account, reason: str, at: datetime
) -> Lift:
    """A steward takes a measure back, their own or another's; refused to anybody else."""
    if Role.STEWARD not in people.roles_at(session, round, by, at):
        raise Refused("Only stewards of this round take a measure back.")
    if measure.person_id == by.id:
        raise Refused("This concerns you, so another steward decides.")
    measure = queries.find_measure(session, round, measure.id)
    if not measure.stands:
        raise Refused("This has been taken back already.")
    reason = _fitting(reason, REASON, "Say why, in a sentence or two.")
    made = Lift(measure_id=measure.id, round_id=round.id, by_id=by.id, reason=reason, at=at)
    session.add(made)
    session.flush()
    session.expire(measure)
    _log(session, measure, "post.lift", by.id, Side.COMMUNITY, at, {"measure": measure.id})
    _tell(
        session,
        round,
        measure,
        f"lift:{measure.id}",
        "A steward has taken something back",
        f"What was done about you or your post no longer counts. The reason: {reason}",
        at,
    )
    return made


def _tell(
    session: Session,
    round: Round,
    measure: Measure,
    key: str,
    subject: str,
    text: str,
    at: datetime,
) -> None:
    if measure.person_id is not None:
        path = f"/rounds/{round.slug}/moderation/measures/{measure.id}"
        news.tell(
            session,
            measure.person_id,
            round_id=round.id,
            key=key,
            subject=subject,
            text=text,
            path=path,
            at=at,
        )


def _fitting(text: str, length: int, missing: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(missing)
    if len(text) > length:
        raise Invalid(f"Use at most {length:,} characters.")
    return text


def _log(
    session: Session,
    measure: Measure,
    kind: str,
    actor: int | None,
    side: Side,
    at: datetime,
    body: dict,
) -> None:
    audit.record(
        session, chain=measure.round_id, kind=kind, at=at, actor=actor, side=side, body=body
    )
