"""Door 2: commissioners, reviewers, clerks and auditors."""

from flask import Blueprint

from pb.commission import (
    acts,
    delivery,
    desk,
    jobs,
    letters,
    paper,
    proposals,
    results,
    roll,
    rounds,
    setup,
)
from pb.commission.navigation import console_links

door = Blueprint("commission", __name__, url_prefix="/commission")
for noun in (rounds, setup, acts, proposals, roll, letters, desk, paper, results, delivery, jobs):
    door.register_blueprint(noun.bp)

door.app_context_processor(lambda: {"console_links": console_links})
