"""Participants vote on a version; the clock closes the vote, and the votes decide."""

from datetime import datetime

from sqlalchemy import Select, select, union
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.db import upsert
from pb.errors import Refused, Unfit
from pb.notices import news
from pb.notices.jobs import Tools
from pb.purpose.documents import queries, texts
from pb.purpose.documents.models import (
    CharterAcceptance,
    Choice,
    DocumentTerms,
    DocumentVote,
    Kind,
    Version,
)
from pb.purpose.documents.starters import NAMES
from pb.purpose.documents.steps import hold, record, require_steward
from pb.rounds import people
from pb.rounds.models import Round, Seat, Side


def set_terms(session: Session, round: Round, *, days: int, votes_needed: int) -> DocumentTerms:
    """Choose how long votes on documents are open, and how many votes they need from now on.

    Raises Unfit with a sentence for every number out of range.
    """
    faults = {}
    if not 1 <= days <= 60:
        faults["days"] = "A vote can be open for 1 to 60 days."
    if not 1 <= votes_needed <= 1_000_000:
        faults["votes_needed"] = "At least one vote is needed."
    if faults:
        raise Unfit(faults)
    row = {"round_id": round.id, "days": days, "votes_needed": votes_needed}
    statement = upsert(session, DocumentTerms).values(row)
    session.execute(statement.on_conflict_do_update(index_elements=["round_id"], set_=row))
    session.flush()
    session.expire_all()
    return queries.terms(session, round)


def open_vote(
    session: Session,
    version: Version,
    *,
    by: Account,
    at: datetime,
    reason: str = "",
    revision: int | None = None,
) -> None:
    """Put a draft to the vote of the participants; from now on its text cannot change.

    Refused while a comment waits for an answer, or where there is nothing to vote on.
    """
    require_steward(session, version.round_id, by, at)
    hold(session, version, revision)
    if not version.is_draft:
        raise Refused("This version is no draft any more.")
    if not version.clauses:
        raise Refused("Write at least one clause first.")
    if waiting := queries.unanswered(session, version):
        many = "A comment waits" if waiting == 1 else f"{waiting} comments wait"
        raise Refused(f"{many} for an answer. Answer first, then open the vote.")
    round = session.get_one(Round, version.round_id)
    terms = queries.terms(session, round)
    version.reason = texts.fitting(reason, texts.REASON, None)
    version.vote_opens_at, version.vote_closes_at = at, at + terms.length
    version.votes_needed = terms.votes_needed
    session.flush()
    record(session, version, "document.vote", at, by, closes=version.vote_closes_at.isoformat())
    _invite(session, round, version, at)


def _invite(session: Session, round: Round, version: Version, at: datetime) -> None:
    name = NAMES[version.kind].lower()
    closes = version.vote_closes_at.astimezone(round.zone)
    seats = select(Seat.account_id).where(Seat.round_id == round.id, Seat.side == Side.COMMUNITY)
    news.tell_all(
        session,
        seats,
        round_id=round.id,
        key=f"document:{version.id}:vote",
        subject=f"{round.name}: vote on the {name}",
        text=f"The {name} of “{round.name}” is put to the vote. "
        f"You can vote until {closes.day} {closes:%B %Y, %H:%M}.",
        path=path_of(round, version),
        at=at,
    )


def path_of(round: Round, version: Version) -> str:
    """The page of a version on this site."""
    return f"/rounds/{round.slug}/purpose/{version.kind}/versions/{version.number}"


def vote(
    session: Session, version: Version, choice: Choice, *, by: Account, at: datetime
) -> DocumentVote:
    """Vote, or change one's vote, while the vote is open; for the community side only."""
    round = session.get_one(Round, version.round_id)
    if not version.voting_at(at):
        over = version.voted_at(at)
        raise Refused("The vote is over." if over else "There is no vote on this draft yet.")
    people.take_seat(session, round, by, Side.COMMUNITY)
    row = {
        "version_id": version.id,
        "account_id": by.id,
        "round_id": round.id,
        "side": Side.COMMUNITY,
        "choice": choice,
        "at": at,
    }
    statement = upsert(session, DocumentVote).values(row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["version_id", "account_id"], set_={"choice": choice, "at": at}
        )
    )
    return session.get_one(DocumentVote, (version.id, by.id), populate_existing=True)


def settle(session: Session, version: Version, *, at: datetime) -> None:
    """Note in the log what a vote decided, and tell those concerned; a second time does nothing.

    The version is in force, or not, from the moment the vote closed: this only says so.
    """
    hold(session, version)
    if version.settled_at is not None or not version.voted_at(at):
        return
    version.settled_at = at
    session.flush()
    tally = queries.tallies(session, [version], at)[version.id]
    record(
        session,
        version,
        "document.adopt" if tally.adopted else "document.reject",
        at,
        yes=tally.yes,
        no=tally.no,
        abstain=tally.abstain,
        needed=tally.needed,
    )
    _announce(session, version, tally.adopted, at)


def _announce(session: Session, version: Version, adopted: bool, at: datetime) -> None:
    round = session.get_one(Round, version.round_id)
    name = NAMES[version.kind].lower()
    text = f"The {name} of “{round.name}” was {'adopted' if adopted else 'not adopted'} by vote."
    if adopted and version.kind is Kind.CHARTER:
        text += " You will be asked to accept it before you next write something."
    news.tell_all(
        session,
        _concerned(version),
        round_id=round.id,
        key=f"document:{version.id}:settled",
        subject=f"{round.name}: {name} {'adopted' if adopted else 'not adopted'}",
        text=text,
        path=path_of(round, version),
        at=at,
    )


def _concerned(version: Version) -> Select[tuple[int]]:
    """Who drafted it, who voted, and for a charter who was bound by an earlier one."""
    drafted = select(Version.drafted_by).where(Version.id == version.id)
    concerned = [
        drafted,
        select(DocumentVote.account_id).where(DocumentVote.version_id == version.id),
    ]
    if version.kind is Kind.CHARTER:
        bound = select(CharterAcceptance.account_id)
        concerned.append(bound.where(CharterAcceptance.round_id == version.round_id))
    return select(union(*concerned).subquery().c[0])


def tick(tools: Tools) -> None:
    """Tell what the votes decided that have closed since the last time."""
    now = tools.clock()
    with Session(tools.engine) as session, session.begin():
        for version in queries.settled_late(session, now):
            settle(session, version, at=now)
