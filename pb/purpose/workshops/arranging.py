"""Heaps of ideas that belong together."""

from datetime import datetime

from sqlalchemy.orm import Session

from pb.errors import Invalid, NotFound
from pb.purpose.workshops import queries, stages
from pb.purpose.workshops.models import Cluster, Stage, Workshop
from pb.purpose.workshops.moving import changed
from pb.purpose.workshops.service import written

MOST = 30  # heaps


def name_cluster(session: Session, workshop: Workshop, name: str, at: datetime) -> Cluster:
    """The heap of this name, a new one where there is none; raises TooLate or Invalid."""
    queries.lock(session, workshop)
    stages.require(workshop, at, Stage.ARRANGE)
    plain = written(name, "cluster")
    clusters = queries.clusters(session, workshop)
    for cluster in clusters:
        if cluster.name.casefold() == plain.casefold():
            return cluster
    if len(clusters) >= MOST:
        raise Invalid(f"{MOST} groups are too many to keep in mind. Use one that is there.")
    cluster = Cluster(workshop_id=workshop.id, name=plain)
    session.add(cluster)
    changed(session, workshop, beat=True)
    return cluster


def move(
    session: Session, workshop: Workshop, idea_id: int, cluster_id: int | None, at: datetime
) -> None:
    """Put an idea on a heap, or on none; raises TooLate or NotFound."""
    stages.require(workshop, at, Stage.ARRANGE)
    idea = queries.find_idea(session, workshop, idea_id)
    idea.cluster_id = cluster_id and _find(session, workshop, cluster_id).id
    changed(session, workshop, beat=True)


def drop_cluster(session: Session, workshop: Workshop, cluster_id: int, at: datetime) -> None:
    """Take a heap apart: its ideas are on none afterwards; raises TooLate or NotFound."""
    queries.lock(session, workshop)
    stages.require(workshop, at, Stage.ARRANGE)
    cluster = _find(session, workshop, cluster_id)
    for idea in queries.ideas(session, workshop):
        if idea.cluster_id == cluster.id:
            idea.cluster_id = None
    session.flush()
    session.delete(cluster)
    changed(session, workshop, beat=True)


def _find(session: Session, workshop: Workshop, cluster_id: int) -> Cluster:
    found = session.get(Cluster, cluster_id)
    if found is None or found.workshop_id != workshop.id:
        raise NotFound("There is no such group of ideas.")
    return found
