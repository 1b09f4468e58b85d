"""Door 1: residents and the public."""

from flask import Blueprint

from pb.community import (
    account,
    acts,
    asking,
    ballots,
    calendar_entry,
    charter,
    comparing,
    connectors,
    delivery,
    documents,
    drafts,
    entering,
    handovers,
    hearing,
    help,
    ideas,
    kiosk,
    lessons,
    listening,
    moderating,
    moderation,
    notes,
    official,
    on_behalf,
    oversight,
    proposals,
    purpose,
    reflection,
    reporting,
    results,
    returning,
    roll_requests,
    rounds,
    survey,
    terms,
    voices,
    workshop_leading,
    workshop_news,
    workshop_paper,
    workshop_taking_part,
    workshop_writing,
    workshops,
)
from pb.community.navigation import round_links
from pb.rounds.routes import offered
from pb.web import oidc

HELP_LINKS = (
    ("How it works", "/help/how-it-works"),
    ("Accessibility", "/help/accessibility"),
    ("Privacy", "/help/privacy"),
    ("Who may do what", "/help/roles"),
)

door = Blueprint("community", __name__)
for noun in (rounds, acts, proposals, ballots, entering, official, roll_requests, results):
    door.register_blueprint(noun.bp)
for noun in (delivery, account, help, notes):
    door.register_blueprint(noun.bp)
for noun in (ideas, on_behalf):
    door.register_blueprint(noun.bp)
for noun in (terms, handovers, connectors, comparing, kiosk, calendar_entry):
    door.register_blueprint(noun.bp)
for noun in (purpose, documents, drafts, voices):  # and every practice of the purpose phase
    door.register_blueprint(noun.bp)
for noun in (workshops, workshop_taking_part, workshop_writing):
    door.register_blueprint(noun.bp)
for noun in (workshop_leading, workshop_paper, workshop_news):
    door.register_blueprint(noun.bp)
for noun in (listening, asking, hearing):
    door.register_blueprint(noun.bp)
for noun in (reporting, moderating, moderation, oversight):
    door.register_blueprint(noun.bp)

for noun in (reflection, lessons, survey):
    door.register_blueprint(noun.bp)

ask_for_code = returning.ask
door.app_context_processor(
    lambda: {
        "round_links": round_links,
        "offered_routes": offered,
        "charter_asked": charter.asked,
        "official_sign_in": oidc.available,
    }
)
