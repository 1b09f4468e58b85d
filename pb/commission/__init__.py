"""Door 2: commissioners, reviewers, clerks and auditors."""

from flask import Blueprint

from pb.commission import (
    acts,
    delivery,
    desk,
    jobs,
    keys,
    kiosk,
    lessons,
    letters,
    paper,
    pay,
    proposals,
    results,
    roll,
    roll_import,
    roll_people,
    roll_requests,
    rounds,
    team,
    turnout,
    voices,
)
from pb.commission.navigation import console_links

door = Blueprint("commission", __name__, url_prefix="/commission")
voters = (roll, roll_import, roll_people, roll_requests, letters, desk)
box = (keys, turnout, kiosk, paper)
for noun in (
    rounds,
    team,  # and the other pages of the set-up: one blueprint in two modules
    acts,
    proposals,
    *voters,
    *box,
    results,
    delivery,
    lessons,
    jobs,
    voices,
    pay,
):
    door.register_blueprint(noun.bp)

door.app_context_processor(lambda: {"console_links": console_links})
