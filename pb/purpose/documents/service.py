"""What people do with the documents of a round: draft, comment, vote, accept."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.db import upsert
from pb.errors import Refused
from pb.notices import news
from pb.purpose.documents import queries, texts
from pb.purpose.documents.drafting import (
    add_clause,
    begin,
    move_up,
    remove_clause,
    require_draft,
    revise_clause,
    withdraw,
)
from pb.purpose.documents.models import (
    CharterAcceptance,
    Clause,
    ClauseComment,
    Kind,
    Reply,
    Version,
)
from pb.purpose.documents.steps import Stale, hold, record, require_steward, seat_of
from pb.purpose.documents.voting import open_vote, path_of, set_terms, settle, tick, vote
from pb.rounds.models import Round

__all__ = [
    "Stale",
    "accept",
    "add_clause",
    "begin",
    "comment",
    "move_up",
    "open_vote",
    "remove_clause",
    "reply",
    "revise_clause",
    "set_terms",
    "settle",
    "tick",
    "vote",
    "withdraw",
]

PER_PERSON = 20  # comments on one version, so that stewards can answer every one


def comment(
    session: Session, version: Version, clause: Clause, text: str, *, by: Account, at: datetime
) -> ClauseComment:
    """Say something about a clause of a draft; both sides may."""
    seat = seat_of(session, version.round_id, by)
    hold(session, version)
    require_draft(version)
    if clause.removed:
        raise Refused("This clause was taken out of the draft.")
    said = session.scalar(
        select(func.count())
        .select_from(ClauseComment)
        .join(Clause, Clause.id == ClauseComment.clause_id)
        .where(Clause.version_id == version.id, ClauseComment.author_id == by.id)
    )
    if said >= PER_PERSON:
        raise Refused(f"You have commented {PER_PERSON} times on this draft, which is the most.")
    made = ClauseComment(
        round_id=version.round_id,
        clause_id=clause.id,
        author_id=by.id,
        author_side=seat.side,
        text=texts.fitting(text, texts.COMMENT, "Write what you want to say about this clause."),
        at=at,
    )
    session.add(made)
    session.flush()
    record(session, version, "document.comment", at, by, seat.side, comment=made.id)
    return made


def reply(
    session: Session,
    comment: ClauseComment,
    reply: Reply,
    answer: str,
    *,
    by: Account,
    at: datetime,
) -> None:
    """Answer a comment, or say that it was taken up, or why not; its author is told."""
    version = comment.clause.version
    require_steward(session, version.round_id, by, at)
    hold(session, version)
    if not version.is_draft:
        raise Refused("The vote on this version has opened. Its comments are closed.")
    missing = {
        Reply.ANSWERED: "Write your answer.",
        Reply.NOT_TAKEN_UP: "Say why it was not taken up.",
    }
    side = seat_of(session, version.round_id, by).side
    comment.answer = texts.fitting(answer, texts.COMMENT, missing.get(reply))
    comment.reply, comment.replied_at = reply, at
    comment.replied_by, comment.replied_side = by.id, side
    session.flush()
    record(session, version, "document.reply", at, by, comment=comment.id, reply=reply)
    round = session.get_one(Round, version.round_id)
    news.tell(
        session,
        comment.author_id,
        round_id=round.id,
        key=f"document-comment:{comment.id}",
        subject=f"{round.name}: your comment was answered",
        text=f"A steward answered what you said about “{comment.clause.heading}”.",
        path=f"{path_of(round, version)}#clause-{comment.clause_id}",
        at=at,
    )


def accept(
    session: Session, round: Round, account: Account, version: Version, *, at: datetime
) -> None:
    """Accept the charter in force: it binds this person from now on, on whichever side.

    Refused for a version that is not in force; a second time does nothing.
    """
    current = queries.in_force(session, round, Kind.CHARTER, at)
    if current is None or current.id != version.id:
        raise Refused("The charter has changed in the meantime. Read the new version first.")
    seat = seat_of(session, round.id, account)
    row = {
        "version_id": version.id,
        "account_id": account.id,
        "round_id": round.id,
        "side": seat.side,
        "at": at,
    }
    session.execute(upsert(session, CharterAcceptance).values(row).on_conflict_do_nothing())
