"""Two reports in the demo town: one that a steward answered, one that waits."""

from collections.abc import Iterable
from datetime import timedelta

from pb.demo.builder import Builder
from pb.proposals.models import Proposal
from pb.purpose.moderation import rules, service
from pb.purpose.moderation.models import Post, Subject
from pb.rounds.models import Round

# (heading of the clause that is cited, the report, the steward’s answer)
REPORTS = (
    (
        "Speak of the matter, not of the person",
        "It says that the town forgot these people. That is an insult.",
        "It criticises the town, and that is welcome. It insults nobody.",
    ),
    (
        "Say what you have to gain",
        "I think that the author runs a shop next door. Should they not say so?",
        None,
    ),
)


def report(builder: Builder, round: Round, made: Iterable[Proposal]) -> None:
    """A resident reports two proposals; the steward leaves the first as it is."""
    resident, steward = builder.person("resident"), builder.person("steward")
    others = [one for one in made if one.public and one.author_id not in (resident.id, steward.id)]
    for proposal, (heading, reason, answer) in zip(others, REPORTS, strict=False):
        at, post = proposal.submitted_at + timedelta(hours=3), _post(round, proposal)
        offered = rules.of_post(builder.session, round, post)
        clause = next(one.key for one in offered if one.heading == heading)
        found = service.report(
            builder.session,
            round,
            post,
            by=resident,
            clause=clause,
            reason=reason,
            at=at,
        )
        if answer:
            later = at + timedelta(days=1)
            service.answer(builder.session, found, by=steward, reason=answer, at=later)


def _post(round: Round, proposal: Proposal) -> Post:
    return Post(
        Subject.PROPOSAL,
        proposal.id,
        proposal.author_id,
        proposal.submitted_at,
        f"{proposal.title}\n{proposal.summary}",
        f"/rounds/{round.slug}/proposals/{proposal.id}",
    )
