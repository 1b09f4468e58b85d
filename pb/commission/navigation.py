"""The row of links under the header of the console."""

from flask import g, request, url_for

LINKS = (
    ("Overview", "commission.rounds.show"),
    ("Set-up", "commission.setup.tasks"),
    ("Proposals", "commission.proposals.index"),
    ("Voters", "commission.roll.show"),
    ("Requests", "commission.roll_requests.index"),
    ("Letters", "commission.letters.index"),
    ("Paper", "commission.paper.index"),
    ("Key", "commission.keys.show"),
    ("Count", "commission.results.show"),
    ("Delivery", "commission.delivery.index"),
    ("Acts", "commission.acts.index"),
)


def console_links() -> list[tuple[str, str, bool]]:
    """(text, address, is here) for every part of the console."""
    return [
        (text, url_for(endpoint, round=g.round), request.endpoint == endpoint)
        for text, endpoint in LINKS
    ]
