"""Looking up counts and publications."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pb.proposals.models import Project
from pb.results.models import AreaOutcome, Publication, Result
from pb.rounds.models import Act, Area, Round


def latest(session: Session, round: Round) -> Result | None:
    """The newest count of a round, published or not."""
    return session.scalars(
        select(Result).where(Result.round_id == round.id).order_by(Result.number.desc()).limit(1)
    ).first()


def published(session: Session, round: Round) -> Publication | None:
    """The publication that holds now: the newest one, with its result."""
    return session.scalars(
        select(Publication)
        .where(Publication.round_id == round.id)
        .options(joinedload(Publication.result))
        .order_by(Publication.id.desc())
        .limit(1)
    ).first()


def publications(session: Session, round: Round) -> Sequence[Publication]:
    """All publications of a round, the newest first; more than one where it was amended."""
    return session.scalars(
        select(Publication)
        .where(Publication.round_id == round.id)
        .options(joinedload(Publication.result))
        .order_by(Publication.id.desc())
    ).all()


def funded_codes(session: Session, round: Round) -> set[str]:
    """The codes of the projects that the published result funds."""
    publication = published(session, round)
    if publication is None:
        return set()
    outcomes = session.scalars(
        select(AreaOutcome.outcome).where(AreaOutcome.result_id == publication.result_id)
    )
    return {code for outcome in outcomes for code in outcome["funded"]}


def area_results(session: Session, result: Result) -> Sequence[AreaOutcome]:
    """The outcome of every area, in the order of the areas."""
    return session.scalars(
        select(AreaOutcome)
        .where(AreaOutcome.result_id == result.id)
        .options(joinedload(AreaOutcome.area))
        .order_by(AreaOutcome.position)
    ).all()


def area_result(session: Session, result: Result, area: Area) -> AreaOutcome | None:
    """The outcome of one area."""
    return session.get(AreaOutcome, (result.id, area.id))


def projects(session: Session, round: Round) -> Sequence[Project]:
    """The projects of a round, in the order of their ballot numbers."""
    return session.scalars(
        select(Project)
        .where(Project.round_id == round.id)
        .options(joinedload(Project.area))
        .order_by(Project.number)
    ).all()


def find_project(session: Session, round: Round, number: int) -> Project | None:
    """The project with this number on the ballot."""
    return session.scalars(
        select(Project).where(Project.round_id == round.id, Project.number == number)
    ).first()


def acts_of(session: Session, *act_ids: int) -> list[Act]:
    """Acts with the two people who put their hands to each, in the order of their numbers given."""
    found = session.scalars(
        select(Act)
        .where(Act.id.in_(act_ids))
        .options(joinedload(Act.asker), joinedload(Act.confirmer))
    )
    by_id = {act.id: act for act in found}
    return [by_id[act_id] for act_id in act_ids]
