"""Ideas go into proposals: many into one, and one into many. Everybody is credited and told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Refused
from pb.notices import news
from pb.proposals.ideas import credits, queries
from pb.proposals.ideas.models import Idea, IdeaInProposal, Step
from pb.proposals.models import Proposal, State
from pb.rounds import calendar
from pb.rounds.models import Phase, Side

OPEN = (State.SUBMITTED, State.CHANGES_REQUESTED)


def grow(
    session: Session, proposal: Proposal, ideas: Sequence[Idea], *, by: Account, at: datetime
) -> None:
    """A draft begins from these ideas; their authors are told once it is sent in."""
    _own(proposal, by)
    calendar.require(proposal.round, at, Phase.IDEAS)
    for idea in ideas:
        if queries.find_link(session, idea, proposal.id) is None:
            _link(session, idea, proposal, Step.IN, at)
    session.flush()


def publish(session: Session, proposal: Proposal, *, at: datetime) -> None:
    """A proposal is public now: what it grew from shows, in the log too, and people are told."""
    for link in queries.in_proposal(session, proposal):
        _record(session, link, at, proposal.author_id)
    announce(session, proposal, at=at)


def ask(
    session: Session, proposal: Proposal, idea: Idea, *, by: Account, at: datetime
) -> IdeaInProposal:
    """Ask the people who say an idea whether it may go into one's proposal.

    It is in at once where the asker is one of them, or where none of them can be asked.
    """
    _own(proposal, by)
    calendar.require(proposal.round, at, Phase.IDEAS, Phase.REVIEW)
    if proposal.state not in OPEN:
        raise Refused("Send your proposal in first, so that they can read what they are asked for.")
    if idea.withdrawn_at is not None:
        raise Refused("This idea was taken back.")
    session.refresh(
        proposal, with_for_update={"of": type(proposal)}
    )  # two windows at once ask once
    if link := queries.find_link(session, idea, proposal.id):
        raise Refused(ALREADY[link.step])
    askable = {a.account_id for a in idea.authors if a.account_id and a.left_at is None}
    at_once = by.id in askable or not askable
    link = _link(session, idea, proposal, Step.IN if at_once else Step.ASKED, at)
    session.flush()
    if at_once:
        _record(session, link, at, by.id)
        announce(session, proposal, at=at)
    else:
        for account_id in sorted(askable):
            _tell_of_question(session, link, account_id, at)
    return link


ALREADY = {
    Step.ASKED: "They have been asked already. You will get a note when one of them answers.",
    Step.IN: "This idea is in your proposal already.",
    Step.DECLINED: "They would rather keep this idea out of your proposal.",
}


def answer(session: Session, link: IdeaInProposal, *, by: Account, yes: bool, at: datetime) -> None:
    """One of the people who say an idea answers for it; the asker is told."""
    session.refresh(link, with_for_update={"of": type(link)})
    author = link.idea.author(by)
    if author is None or author.left_at is not None:
        raise Refused("Only people who say this idea can answer for it.")
    if link.step is not Step.ASKED:
        raise Refused("Somebody has answered this already.")
    calendar.require(link.proposal.round, at, Phase.IDEAS, Phase.REVIEW)
    link.step, link.at = Step.IN if yes else Step.DECLINED, at
    link.answered_by, link.answered_side = by.id, Side.COMMUNITY
    session.flush()
    _tell_of_answer(session, link, at)
    if yes:
        _record(session, link, at, by.id if author.named else None)
        announce(session, link.proposal, at=at)


def announce(session: Session, proposal: Proposal, *, at: datetime) -> None:
    """Tell everybody whose idea is in a public proposal, each once for each proposal."""
    links = queries.in_proposal(session, proposal)
    authors = [author for link in links for author in credits.credited(link)]
    told = {author.account_id for author in authors} - {None, proposal.author_id}
    for account_id in sorted(told):
        news.tell(
            session,
            account_id,
            round_id=proposal.round_id,
            key=f"idea-grew:{proposal.id}",
            subject="Your idea is in a proposal",
            text=f"The proposal “{proposal.title}” in “{proposal.round.name}” grew from an idea "
            "that you wrote or joined. You are credited on its page.",
            path=_path(proposal),
            at=at,
        )


def _tell_of_question(
    session: Session, link: IdeaInProposal, account_id: int, at: datetime
) -> None:
    news.tell(
        session,
        account_id,
        round_id=link.round_id,
        key=f"idea-asked:{link.idea_id}:{link.proposal_id}",
        subject="May your idea go into this proposal?",
        text=f"{link.proposal.author.name} would like to take “{link.idea.text}” into the proposal "
        f"“{link.proposal.title}”, and to credit you. One of you answers for all who say it.",
        path=f"/rounds/{link.proposal.round.slug}/ideas/{link.idea_id}",
        at=at,
    )


def _tell_of_answer(session: Session, link: IdeaInProposal, at: datetime) -> None:
    yes = link.step is Step.IN
    said = "may go into" if yes else "stays out of"
    news.tell(
        session,
        link.proposal.author_id,
        round_id=link.round_id,
        key=f"idea-answered:{link.idea_id}:{link.proposal_id}",
        subject="An answer about an idea for your proposal",
        text=f"The people who say “{link.idea.text}” have answered: it {said} "
        f"“{link.proposal.title}”.",
        path=_path(link.proposal),
        at=at,
    )


def _path(proposal: Proposal) -> str:
    return f"/rounds/{proposal.round.slug}/proposals/{proposal.id}"


def _own(proposal: Proposal, by: Account) -> None:
    if proposal.author_id != by.id:
        raise Refused("Only the person who wrote a proposal can take ideas into it.")


def _link(
    session: Session, idea: Idea, proposal: Proposal, step: Step, at: datetime
) -> IdeaInProposal:
    link = IdeaInProposal(
        round_id=idea.round_id, idea=idea, proposal=proposal, step=step, asked_at=at, at=at
    )
    session.add(link)
    return link


def _record(session: Session, link: IdeaInProposal, at: datetime, actor: int | None) -> None:
    audit.record(
        session,
        chain=link.round_id,
        kind="idea.grow",
        at=at,
        actor=actor,
        side=Side.COMMUNITY if actor is not None else None,
        body={"idea": link.idea_id, "proposal": link.proposal_id},
    )
