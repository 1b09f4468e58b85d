"""Reporting a post, and what a steward answers; whether a person may post.

Stewards moderate, the commission never does. A measure always answers somebody else's report:
it takes one person to report a post and another to hide it. Appeals are in
`pb.purpose.moderation.appeals`.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.db import upsert
from pb.errors import Invalid, Refused
from pb.purpose.moderation import notes, queries, rules
from pb.purpose.moderation.models import (
    LONGEST,
    Clause,
    Kind,
    LimitedPost,
    Measure,
    Post,
    Report,
    Subject,
)
from pb.rounds import people
from pb.rounds.models import Role, Round, Side

ANSWERED_WITHIN = timedelta(days=3)
REASON = 600  # characters of a reason
EXCERPT = 600  # characters of a post that a report keeps
AT_ONCE = 10  # open reports of one person, so that the inbox stays readable

WORDS = {
    Kind.HIDE: "hidden",
    Kind.WARN: "a warning",
    Kind.LIMIT: "one post a day",
    Kind.PAUSE: "a pause",
}


def report(
    session: Session,
    round: Round,
    post: Post,
    *,
    by: Account,
    clause: str,
    reason: str,
    at: datetime,
) -> Report:
    """Tell the stewards that a post breaks a rule; `clause` is the key of that rule.

    Raises Invalid for a missing reason or rule, Refused for one's own or a hidden post, for a
    second report of the same post and for too many open ones.
    """
    cited = _cited(rules.of_post(session, round, post), clause)
    reason = _reason(reason)
    seat = people.find_seat(session, round, by)
    seat = seat or people.take_seat(session, round, by, Side.COMMUNITY)
    session.refresh(seat, with_for_update=True)  # two windows at once come one after the other
    _reportable(session, round, post, by)
    made = Report(
        round_id=round.id,
        subject=post.subject,
        subject_id=post.id,
        author_id=post.author_id,
        reporter_id=by.id,
        reporter_side=seat.side,
        reason=reason,
        excerpt=post.text[:EXCERPT],
        written_at=post.written_at,
        path=post.path,
        at=at,
        due_at=at + ANSWERED_WITHIN,
        **_columns(cited),
    )
    session.add(made)
    session.flush()
    body = {"report": made.id, "subject": post.subject, "clause": cited.key}
    # Who reports is nobody's business; on which side they sit is everybody's.
    audit.record(session, chain=round.id, kind="post.report", at=at, side=seat.side, body=body)
    notes.tell_stewards(session, round, made, at)
    return made


def answer(
    session: Session,
    report: Report,
    *,
    by: Account,
    hide: bool = False,
    step: Kind | None = None,
    days: int | None = None,
    clause: str = "",
    reason: str,
    at: datetime,
) -> list[Measure]:
    """A steward answers a report, and all open ones of the same post: hide it, take a step, or
    leave it as it is.

    Raises Refused to whoever wrote or reported the post and for a step that skips another one,
    Invalid for a missing reason or rule and for days out of range.
    """
    round = report.round
    report = queries.find_report(session, round, report.id, hold=True)
    _may_answer(session, round, report, by, at)
    reason = _reason(reason)
    post = _post(report)
    taken = []
    if hide or step is not None:
        cited = _cited(rules.of_post(session, round, post), clause)
        _fitting(session, round, report, hide=hide, step=step, days=days, at=at)
        if hide:
            taken.append(_take(session, report, Kind.HIDE, by, cited, reason, None, at))
        if step is not None:
            ends = days if step is not Kind.WARN else None
            taken.append(_take(session, report, step, by, cited, reason, ends, at))
    _close(session, report, by, reason, bool(taken), at)
    session.flush()
    if taken:
        notes.tell_author(session, round, report, taken, at)
    return taken


def require_may_post(session: Session, round: Round, account: Account, now: datetime) -> None:
    """Raise Refused for somebody who is paused, or limited and has posted today.

    For somebody who is limited, this is their post of the day: call it once for each post.
    """
    require_not_paused(session, round, account, now)
    binding = queries.standing(session, round, account, now)
    if binding is None:
        return
    day = now.astimezone(round.zone).date()
    row = {"round_id": round.id, "account_id": account.id, "day": day}
    adding = upsert(session, LimitedPost).values(row).on_conflict_do_nothing()
    if session.execute(adding.returning(LimitedPost.day)).first() is None:
        until = notes.day(round, binding.ends_at)
        raise Refused(
            f"Until {until} you can post once a day, and today’s post is "
            "used. You can post again tomorrow. Your notes say why, and how to appeal."
        )


def require_not_paused(session: Session, round: Round, account: Account, now: datetime) -> None:
    """Raise Refused for somebody who may write nothing for now."""
    binding = queries.standing(session, round, account, now)
    if binding is not None and binding.paused:
        until = notes.day(round, binding.ends_at)
        raise Refused(
            f"You cannot post in this round until {until}. A steward paused your posts; "
            "your notes say why, and how to appeal. You can still read, and vote."
        )


def _reportable(session: Session, round: Round, post: Post, by: Account) -> None:
    if post.author_id == by.id:
        raise Refused("This is your own. You cannot report it.")
    if queries.hidden(session, round, post.subject, [post.id]):
        raise Refused("This has been hidden already.")
    mine = queries.reported_by(session, round, by)
    if any(one.subject is post.subject and one.subject_id == post.id for one in mine):
        raise Refused("You have reported this already. You will find the answer in your notes.")
    if sum(one.open for one in mine) >= AT_ONCE:
        raise Refused(
            f"{AT_ONCE} of your reports wait for an answer. "
            "Please wait until the stewards have looked at them."
        )


def _may_answer(session: Session, round: Round, report: Report, by: Account, at: datetime) -> None:
    if not report.open:
        raise Refused("Another steward has answered this report already.")
    if Role.STEWARD not in people.roles_at(session, round, by, at):
        raise Refused("Only stewards of this round moderate.")
    if report.author_id == by.id:
        raise Refused("You wrote this yourself, so another steward answers.")
    if any(one.reporter_id == by.id for one in queries.same_post(session, report)):
        raise Refused("You reported this yourself, so another steward answers.")


def _fitting(
    session: Session,
    round: Round,
    report: Report,
    *,
    hide: bool,
    step: Kind | None,
    days: int | None,
    at: datetime,
) -> None:
    """Refuse what is hidden already, steps against nobody, skipped steps and too many days."""
    if hide and queries.hidden(session, round, report.subject, [report.subject_id]):
        raise Refused("This has been hidden already.")
    if step is None:
        return
    if report.author_id is None:
        raise Refused("Whoever wrote this has no account here; it can only be hidden.")
    if step not in queries.possible_steps(session, round, report.author_id, at):
        before = queries.LADDER[queries.LADDER.index(step) - 1]
        raise Refused(
            f"First comes {WORDS[before]}: nobody is put under a harder step than the one after "
            f"what happened in the last {queries.MEMORY.days} days."
        )
    if step is not Kind.WARN and (days is None or not 1 <= days <= LONGEST):
        raise Invalid(f"Say for how many days, from 1 to {LONGEST}.")


def _take(
    session: Session,
    report: Report,
    kind: Kind,
    by: Account,
    cited: Clause,
    reason: str,
    days: int | None,
    at: datetime,
) -> Measure:
    made = Measure(
        round_id=report.round_id,
        report_id=report.id,
        reporter_id=report.reporter_id,
        kind=kind,
        subject=report.subject,
        subject_id=report.subject_id,
        person_id=report.author_id,
        by_id=by.id,
        reason=reason,
        days=days,
        at=at,
        **_columns(cited),
    )
    session.add(made)
    session.flush()
    body = {"measure": made.id, "report": report.id, "clause": cited.key}
    _log(session, report, f"post.{kind}", by, at, body)
    return made


def _close(
    session: Session, report: Report, by: Account, reason: str, acted: bool, at: datetime
) -> None:
    """Answer every open report of the post, and tell who reported it."""
    for one in queries.same_post(session, report):
        if not one.open:
            continue
        one.answered_by, one.answered_side, one.answered_at = by.id, Side.COMMUNITY, at
        one.answer = reason
        _log(session, one, "report.answer", by, at, {"report": one.id, "acted": acted})
        notes.tell_reporter(session, one, acted, at)


def _post(report: Report) -> Post:
    return Post(
        Subject(report.subject),
        report.subject_id,
        report.author_id,
        report.written_at,
        report.excerpt,
        report.path,
    )


def _cited(clauses, key: str) -> Clause:
    found = rules.find(clauses, key)
    if found is None:
        raise Invalid("Choose the rule that it breaks.")
    return found


def _columns(clause: Clause) -> dict[str, object]:
    return {f"clause_{name}": value for name, value in asdict(clause).items()}


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("Say why, in a sentence or two.")
    if len(text) > REASON:
        raise Invalid(f"Use at most {REASON} characters for the reason.")
    return text


def _log(
    session: Session, report: Report, kind: str, by: Account, at: datetime, body: dict
) -> None:
    audit.record(
        session,
        chain=report.round_id,
        kind=kind,
        at=at,
        actor=by.id,
        side=Side.COMMUNITY,
        body=body,
    )
