"""What moderation tells people in their notes."""

from datetime import datetime

from sqlalchemy.orm import Session

from pb.notices import news
from pb.purpose.moderation import queries
from pb.purpose.moderation.models import Kind, Measure, Report
from pb.rounds.models import Round


def tell_author(
    session: Session, round: Round, report: Report, taken: list[Measure], at: datetime
) -> None:
    """Tell the author of a post what was done, by which rule, why, and how to appeal."""
    if report.author_id is None:
        return
    for one in taken:
        news.tell(
            session,
            report.author_id,
            round_id=round.id,
            key=f"measure:{one.id}",
            subject=_subject(round, one),
            text=f"A steward cites rule {one.clause_number}, “{one.clause_heading}”. "
            f"The reason: {one.reason} You can appeal; somebody else decides.",
            path=f"/rounds/{round.slug}/moderation/measures/{one.id}",
            at=at,
        )


def _subject(round: Round, measure: Measure) -> str:
    until = day(round, measure.ends_at) if measure.ends_at else ""
    return {
        Kind.HIDE: "Something you wrote was hidden",
        Kind.WARN: "A steward warns you",
        Kind.LIMIT: f"You can post once a day until {until}",
        Kind.PAUSE: f"You cannot post until {until}",
    }[measure.kind]


def tell_stewards(session: Session, round: Round, report: Report, at: datetime) -> None:
    """Tell the stewards who may answer it that a report waits."""
    for account_id in sorted(queries.moderators(session, round, report, at)):
        news.tell(
            session,
            account_id,
            round_id=round.id,
            key=f"inbox:{report.id}",
            subject="A post was reported",
            text="It waits for a steward who did not write or report it. "
            f"Please answer by {day(round, report.due_at)}.",
            path=f"/rounds/{round.slug}/moderation/reports/{report.id}",
            at=at,
        )


def day(round: Round, at: datetime) -> str:
    """A moment in the words and the time zone of the round, such as “4 May, 14:00”."""
    local = at.astimezone(round.zone)
    return f"{local.day} {local:%B, %H:%M}"


def tell_reporter(session: Session, report: Report, acted: bool, at: datetime) -> None:
    """Tell who reported a post what came of it."""
    what = "The stewards have acted on it." if acted else "The stewards have left it as it is."
    news.tell(
        session,
        report.reporter_id,
        round_id=report.round_id,
        key=f"report:{report.id}",
        subject="Your report was answered",
        text=what if acted else f"{what} Their reason: {report.answer}",
        path=f"/rounds/{report.round.slug}/moderation/mine",
        at=at,
    )
