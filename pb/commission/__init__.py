"""Door 2: commissioners, reviewers, clerks and auditors."""

from flask import Blueprint

from pb.commission import (
    acts,
    delivery,
    jobs,
    proposals,
    results,
    roll,
    roll_requests,
    rounds,
    setup,
)
from pb.commission.navigation import console_links

door = Blueprint("commission", __name__, url_prefix="/commission")
for noun in (rounds, setup, acts, proposals, roll, roll_requests, results, delivery, jobs):
    door.register_blueprint(noun.bp)

door.app_context_processor(lambda: {"console_links": console_links})
