"""What everybody may read about the way of a proposal, in the order in which it happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pb.proposals.models import Decision, Proposal, ProposalVersion

FIELDS = {
    "title": "Name",
    "summary": "In short",
    "body": "Description",
    "area": "Part of town",
    "place": "Place",
    "topic": "Topic",
    "estimate": "Estimated cost",
}


@dataclass(frozen=True)
class Change:
    """One field of the text, before and after an edit."""

    field: str
    label: str
    before: str | int
    after: str | int


@dataclass(frozen=True)
class Step:
    """Something that happened to a proposal: a version of its text, or a decision."""

    at: datetime
    version: ProposalVersion | None = None
    changes: tuple[Change, ...] = ()
    decision: Decision | None = None


def steps(proposal: Proposal) -> list[Step]:
    """The public history of a proposal, newest first; a decision counts from its release."""
    found = [*_versions(proposal)]
    for decision in proposal.public_decisions:
        found.append(Step(decision.released_at or decision.decided_at, decision=decision))
    return sorted(found, key=lambda step: (step.at, step.decision is not None), reverse=True)


def _versions(proposal: Proposal) -> Iterator[Step]:
    if proposal.versions:
        yield Step(proposal.versions[0].at, proposal.versions[0])
    elif proposal.submitted_at is not None:
        yield Step(proposal.submitted_at)
    for old, new in pairwise(proposal.versions):
        yield Step(new.at, new, changes(old, new))


def changes(old: ProposalVersion, new: ProposalVersion) -> tuple[Change, ...]:
    """The fields that differ between two versions."""
    return tuple(
        Change(name, label, _shown(old, name), _shown(new, name))
        for name, label in FIELDS.items()
        if _shown(old, name) != _shown(new, name)
    )


def _shown(version: ProposalVersion, name: str) -> str | int:
    return version.area.name if name == "area" else getattr(version, name)
