"""The one next step of a round, and the numbers around it, for the console."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.ballots import ceremony
from pb.ballots.models import TurnoutMark
from pb.eligibility.models import RollEntry
from pb.proposals.models import Project, Proposal, State
from pb.results.models import Result
from pb.rounds import calendar, queries, service
from pb.rounds.models import ActKind, Phase, Round


@dataclass(frozen=True)
class Step:
    """What to do next: a title, a sentence, and the page where it is done."""

    title: str
    text: str
    action: str = ""
    endpoint: str = ""


@dataclass(frozen=True)
class Counts:
    """Numbers that matter while a round runs; none of them tells a choice."""

    waiting: int  # proposals that wait for the commission
    proposals: int
    projects: int
    entries: int
    voters: int


def counts(session: Session, round: Round) -> Counts:
    """The numbers of a round."""

    def count(model, *where) -> int:
        query = select(func.count()).select_from(model).where(model.round_id == round.id, *where)
        return session.scalar(query) or 0

    return Counts(
        waiting=count(Proposal, Proposal.state.in_([State.SUBMITTED, State.DECIDED])),
        proposals=count(Proposal, Proposal.state.not_in([State.DRAFT, State.WITHDRAWN])),
        projects=count(Project),
        entries=count(RollEntry),
        voters=count(TurnoutMark),
    )


def next_step(session: Session, round: Round, now: datetime) -> Step:
    """The one thing that the commission does next."""
    waiting = queries.open_acts(session, round)
    if waiting:
        return Step(
            "Wait for the second hand",
            f"{_many(len(waiting), 'request')} to be confirmed.",
            "See the acts",
            "commission.acts.index",
        )
    if round.published_at is None:
        return _before_publishing(session, round, now)
    found = counts(session, round)
    return _in_phase(session, round, calendar.phase_at(round, now), found)


def _before_publishing(session: Session, round: Round, now: datetime) -> Step:
    left = service.missing(session, round, now)
    if left:
        every = len(service.tasks(session, round, now))
        return Step(
            "Finish the set-up",
            f"Still to do: {len(left)} of {every} tasks. Next: {left[0].name.lower()}.",
            "Go on with the set-up",
            "commission.setup.tasks",
        )
    return Step(
        "Ask to publish the round",
        "The set-up is complete. A second person confirms before residents can see it.",
        "Ask to publish",
        "commission.acts.index",
    )


def _in_phase(session: Session, round: Round, phase: Phase, found: Counts) -> Step:
    proposals = "commission.proposals.index"
    if phase in (Phase.IDEAS, Phase.REVIEW) and found.waiting:
        text = f"{_many(found.waiting, 'proposal')} for the commission."
        return Step("Check the proposals", text, "See the proposals", proposals)
    if phase in (Phase.REVIEW, Phase.BALLOT) and not found.projects:
        text = "No project is on the ballot yet."
        return Step("Put projects on the ballot", text, "See the proposals", proposals)
    if phase in (Phase.REVIEW, Phase.BALLOT) and not found.entries:
        text = "The list of voters is empty. Import it, and hand out the codes."
        return Step("Import the voters", text, "Go to the voters", "commission.roll.show")
    if phase in (Phase.REVIEW, Phase.BALLOT) and (lacks := ceremony.missing(round)):
        return Step(
            "Make the key of the ballot box", lacks, "Go to the key", "commission.keys.show"
        )
    if phase is Phase.BALLOT and round.frozen_at is None:
        text = "Voting cannot open before. A second person confirms."
        return Step("Freeze the ballot", text, "Ask to freeze", "commission.acts.index")
    if phase is Phase.VOTING:
        text = f"{found.voters:,} of {found.entries:,} people have voted. Nobody sees for what."
        return Step("Voting is open", text, "Help with codes", "commission.roll.show")
    if phase is Phase.COUNTING:
        return _counting(session, round)
    if phase in (Phase.RESULTS, Phase.DELIVERY):
        text = "Tell residents what becomes of each funded project."
        return Step("Report on delivery", text, "Go to delivery", "commission.delivery.index")
    if phase is Phase.REFLECTION:
        text = "Residents and the commission say what the next round should do differently."
        return Step("Look back together", text, "Go to the lines", "community.reflection.show")
    return Step("Nothing waits", "The clock opens the next phase by itself.")


def _counting(session: Session, round: Round) -> Step:
    counted = session.scalar(select(func.count()).where(Result.round_id == round.id))
    kind = ActKind.PUBLISH_RESULT if counted else ActKind.COUNT
    texts = {
        ActKind.COUNT: ("Count the ballots", "Voting is over. A second person confirms the count."),
        ActKind.PUBLISH_RESULT: ("Publish the result", "The ballots are counted."),
    }
    title, text = texts[kind]
    return Step(title, text, f"Ask to {title[0].lower()}{title[1:]}", "commission.acts.index")


def _many(number: int, noun: str) -> str:
    return f"1 {noun} waits" if number == 1 else f"{number} {noun}s wait"
