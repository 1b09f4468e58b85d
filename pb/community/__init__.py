"""Door 1: residents and the public."""

from flask import Blueprint

from pb.community import (
    account,
    acts,
    ballots,
    calendar_entry,
    comparing,
    delivery,
    help,
    kiosk,
    proposals,
    results,
    returning,
    rounds,
)
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
for noun in (comparing, kiosk, calendar_entry):
    door.register_blueprint(noun.bp)

ask_for_code = returning.ask
door.app_context_processor(lambda: {"round_links": round_links})
