"""The row of links under the header of a round's pages."""

from flask import g, request, url_for

from pb.rounds.calendar import ORDER
from pb.rounds.models import Phase
from pb.web import guard

Link = tuple[str, str, bool]


def round_links() -> list[Link]:
    """What there is to see of the round in its present phase: (text, address, is here)."""
    reached = ORDER.index(guard.phase())
    links = [
        ("Round", "community.rounds.show"),
        ("Purpose", "community.purpose.show"),
        ("Ideas", "community.ideas.index"),
        ("Proposals", "community.proposals.index"),
    ]
    if g.round.frozen_at is not None:
        links.append(("Projects", "community.ballots.projects"))
    if guard.phase() is Phase.VOTING:
        links.append(("Vote", "community.ballots.enter"))
    if reached >= ORDER.index(Phase.RESULTS):
        links.append(("Results", "community.results.show"))
        links.append(("Delivery", "community.delivery.show"))
    if guard.phase() in (Phase.REFLECTION, Phase.ARCHIVED):
        links.append(("Looking back", "community.reflection.show"))
    links.append(("Who does what", "community.rounds.people"))
    return [
        (text, url_for(endpoint, round=g.round), request.endpoint == endpoint)
        for text, endpoint in links
    ]
