"""A resident says an idea, says the same as somebody else, or no longer means it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused, Unfit
from pb.notices import news
from pb.proposals.ideas import queries, sentences
from pb.proposals.ideas.models import Idea, IdeaAuthor, Origin, Part
from pb.proposals.models import TOPICS
from pb.purpose.contingents import service as contingents
from pb.purpose.contingents.models import Kind as Post
from pb.purpose.moderation import queries as moderation_queries
from pb.purpose.moderation import service as moderation
from pb.purpose.moderation.models import Subject
from pb.rounds import calendar, people
from pb.rounds.models import Area, Phase, Round, Seat, Side
from pb.texts import one_line

ALL_IDEAS = 0  # the one topic on which ideas are counted


@dataclass(frozen=True)
class Carried:
    """An idea as a workshop hands it over; `authors` are (account or None, name)."""

    workshop_idea_id: int
    text: str
    explanation: str
    authors: tuple[tuple[int | None, str], ...]
    area_id: int | None


def write(
    session: Session,
    round: Round,
    author: Account,
    *,
    text: str,
    area: Area | None,
    topic: str,
    named: bool,
    at: datetime,
) -> Idea:
    """Say an idea; everybody can read it from now on.

    Raises Unfit for words and choices, Spent where the person's ideas of the day are used up.
    """
    calendar.require(round, at, Phase.IDEAS)
    fields = _fitting(round, text, area, topic)
    people.take_seat(session, round, author, Side.COMMUNITY)
    moderation.require_may_post(session, round, author, at)
    contingents.spend(session, round, author, Post.IDEA, ALL_IDEAS, at)
    idea = Idea(round=round, origin=Origin.ONLINE, at=at, **fields)
    idea.authors = [_author(round, Part.WROTE, at, account_id=author.id, named=named)]
    session.add(idea)
    session.flush()
    _record(session, idea, "idea.write", at, author.id if named else None)
    return idea


def enter(
    session: Session,
    round: Round,
    *,
    by: Account,
    name: str,
    text: str,
    area: Area | None,
    topic: str,
    at: datetime,
) -> Idea:
    """A steward writes down what somebody said who is not online, with the name they gave.

    Without a name it is “a resident”. Raises Unfit for words and choices.
    """
    calendar.require(round, at, Phase.IDEAS)
    name = one_line(name)
    if len(name) > sentences.LONGEST_NAME:
        raise Unfit({"name": f"Use at most {sentences.LONGEST_NAME} characters."})
    fields = _fitting(round, text, area, topic)
    people.take_seat(session, round, by, Side.COMMUNITY)
    idea = Idea(round=round, origin=Origin.ON_BEHALF, at=at, **fields)
    idea.entered_by, idea.entered_side = by.id, Side.COMMUNITY
    idea.authors = [_author(round, Part.WROTE, at, name=name, named=bool(name))]
    session.add(idea)
    session.flush()
    _record(session, idea, "idea.enter", at, by.id)
    return idea


def carry_over(
    session: Session, round: Round, carried: Sequence[Carried], *, by: Account, at: datetime
) -> list[Idea]:
    """Ideas of a workshop become ideas of the round; what is here already stays as it is.

    Everybody who said one is credited, and told where they have an account.
    """
    calendar.require(round, at, Phase.PURPOSE, Phase.IDEAS)
    session.refresh(round, with_for_update={"of": Round})  # two stewards at once carry over once
    there = queries.from_workshop(session, round, [c.workshop_idea_id for c in carried])
    known = {idea.workshop_idea_id for idea in there}
    people.take_seat(session, round, by, Side.COMMUNITY)
    return [
        _carry_over(session, round, one, by, at)
        for one in carried
        if one.workshop_idea_id not in known
    ]


def _carry_over(
    session: Session, round: Round, carried: Carried, by: Account, at: datetime
) -> Idea:
    idea = Idea(
        round=round,
        area_id=carried.area_id,
        text=one_line(carried.text)[: sentences.LONGEST],
        explanation=carried.explanation,
        origin=Origin.WORKSHOP,
        workshop_idea_id=carried.workshop_idea_id,
        entered_by=by.id,
        entered_side=Side.COMMUNITY,
        at=at,
    )
    idea.authors = _credit(round, carried, _seated(session, round, carried), at)
    session.add(idea)
    session.flush()
    _record(session, idea, "idea.harvest", at, by.id)
    for author in idea.authors:
        if author.account_id is not None:
            _tell_of_workshop(session, round, idea, author.account_id, at)
    return idea


def _credit(round: Round, carried: Carried, seated: set[int], at: datetime) -> list[IdeaAuthor]:
    """Everybody who said it, once; by their name where they have no seat among the community."""
    people = {account if account in seated else name: account for account, name in carried.authors}
    return [
        _author(round, Part.WROTE, at, account_id=account, named=True)
        if account in seated
        else _author(round, Part.WROTE, at, name=str(key), named=bool(key))
        for key, account in people.items()
    ]


def _seated(session: Session, round: Round, carried: Carried) -> set[int]:
    accounts = [account for account, _ in carried.authors if account is not None]
    return set(
        session.scalars(
            select(Seat.account_id).where(
                Seat.round_id == round.id,
                Seat.side == Side.COMMUNITY,
                Seat.account_id.in_(accounts),
            )
        )
    )


def _tell_of_workshop(
    session: Session, round: Round, idea: Idea, account_id: int, at: datetime
) -> None:
    news.tell(
        session,
        account_id,
        round_id=round.id,
        key=f"idea-harvest:{idea.id}",
        subject="Your idea from the workshop is on the list",
        text=f"“{idea.text}” is now among the ideas of “{round.name}”, with your name beside it. "
        "Others can say the same, and it can become part of a proposal. "
        "On its page you can ask not to be named.",
        path=path(round, idea),
        at=at,
    )


def join(
    session: Session, idea: Idea, account: Account, *, named: bool, at: datetime
) -> IdeaAuthor:
    """Say the same: the person becomes a co-author. Refused where they are one already."""
    calendar.require(idea.round, at, Phase.IDEAS)
    people.take_seat(session, idea.round, account, Side.COMMUNITY)
    moderation.require_not_paused(session, idea.round, account, at)
    _hold(session, idea)
    if moderation_queries.hidden(session, idea.round, Subject.IDEA, [idea.id]):
        raise Refused("This idea is hidden by the stewards. You can say yours in your own words.")
    if idea.withdrawn_at is not None:
        raise Refused("This idea was taken back. You can say it as your own.")
    author = idea.author(account)
    if author is not None and author.left_at is None:
        raise Refused("This is your idea already: you are one of the people who say it.")
    if author is None:
        author = _author(idea.round, Part.JOINED, at, account_id=account.id, named=named)
        idea.authors.append(author)
    author.left_at, author.at, author.named = None, at, named
    session.flush()
    # Not in the log: whoever reads it could count along before the ideas phase ends.
    return author


def leave(session: Session, idea: Idea, account: Account, *, at: datetime) -> None:
    """No longer say it; when the last person leaves, the idea is taken back."""
    calendar.require(idea.round, at, Phase.PURPOSE, Phase.IDEAS)
    _hold(session, idea)
    author = _own(idea, account)
    author.left_at = at
    if all(other.left_at is not None for other in idea.authors):
        idea.withdrawn_at = at
        _record(session, idea, "idea.withdraw", at, None)
    session.flush()


def show_name(session: Session, idea: Idea, account: Account, *, named: bool) -> None:
    """Whether everybody may see that this person says it; else they are “a resident”."""
    author = idea.author(account)
    if author is None:
        raise Refused("Only people who say an idea can choose how they are named with it.")
    author.named = named
    session.flush()


def path(round: Round, idea: Idea) -> str:
    """The page of an idea."""
    return f"/rounds/{round.slug}/ideas/{idea.id}"


def _own(idea: Idea, account: Account) -> IdeaAuthor:
    author = idea.author(account)
    if author is None or author.left_at is not None:
        raise Refused("You are not one of the people who say this idea.")
    return author


def _hold(session: Session, idea: Idea) -> None:
    """Keep the idea and its people from others until the transaction ends."""
    session.refresh(idea, with_for_update={"of": Idea})
    session.refresh(idea, ["authors"])


def _fitting(round: Round, text: str, area: Area | None, topic: str) -> dict[str, Any]:
    """The fields of an idea, cleaned; raises Unfit."""
    text, faults = one_line(text), {}
    if fault := sentences.fault(text):
        faults["text"] = fault
    if area is not None and area.round_id != round.id:
        faults["area"] = "Choose a part of town."
    if topic and topic not in TOPICS:
        faults["topic"] = "Choose what it is about."
    if faults:
        raise Unfit(faults)
    return {"text": text, "area": area, "topic": topic}


def _author(
    round: Round,
    part: Part,
    at: datetime,
    *,
    named: bool,
    account_id: int | None = None,
    name: str | None = None,
) -> IdeaAuthor:
    if (account_id is None) == (name is None):
        raise Invalid("An author has an account or gives a name.")
    side = Side.COMMUNITY if account_id is not None else None
    return IdeaAuthor(
        round_id=round.id,
        account_id=account_id,
        side=side,
        name=name,
        part=part,
        named=named,
        at=at,
    )


def _record(session: Session, idea: Idea, kind: str, at: datetime, actor: int | None) -> None:
    """Leave a trace in the public log; who asked not to be named is not in it."""
    audit.record(
        session,
        chain=idea.round_id,
        kind=kind,
        at=at,
        actor=actor,
        side=Side.COMMUNITY if actor is not None else None,
        body={"idea": idea.id},
    )
