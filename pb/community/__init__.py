"""Door 1: residents and the public."""

from flask import Blueprint

from pb.community import account, acts, ballots, delivery, help, proposals, results, rounds
from pb.community.navigation import round_links

HELP_LINKS = (
    ("How it works", "/help/how-it-works"),
    ("Accessibility", "/help/accessibility"),
    ("Privacy", "/help/privacy"),
    ("Who may do what", "/help/roles"),
)

door = Blueprint("community", __name__)
for noun in (rounds, acts, proposals, ballots, results, delivery, account, help):
    door.register_blueprint(noun.bp)

door.app_context_processor(lambda: {"round_links": round_links})
