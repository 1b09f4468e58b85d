"""The worker: jobs, mail, and what has to be done from time to time."""

import time
from collections.abc import Callable, Mapping

import click
from flask import current_app

from pb.ballots import checkpoints, cleaning
from pb.eligibility import importing, making, orders, people, roll_requests, uploads
from pb.notices import news, outbox
from pb.notices.jobs import Handler, Tools, run_next
from pb.proposals import withdrawal_news
from pb.purpose.connectors import arrivals
from pb.purpose.documents import voting
from pb.purpose.listening import asking
from pb.purpose.workshops import moving
from pb.rounds.terms import reminders

PAUSE = 2  # seconds between two looks at empty queues
BETWEEN_TICKS = 60

# The kind of a job → what does it. A tick is called every minute, and knows itself what is due.
HANDLERS: Mapping[str, Handler] = {
    orders.KIND: making.make,
    importing.KIND: importing.import_job,
    importing.KIND_UNDO: importing.undo_job,
    withdrawal_news.KIND: withdrawal_news.tell_job,
}
TICKS: tuple[Callable[[Tools], None], ...] = (
    checkpoints.tick,
    cleaning.tick,
    voting.tick,
    asking.tick,
    reminders.tick,
    arrivals.tick,
    news.tick,
    making.erase,
    uploads.tidy,
    people.erase_due,
    roll_requests.erase_requests,
    moving.tick,
)


@click.group("jobs")
def jobs_commands() -> None:
    """Do the work that goes on behind the pages."""


@jobs_commands.command("run")
@click.option("--forever", is_flag=True, help="Go on waiting for work, as a service does.")
def run(forever: bool) -> None:
    """Do all jobs and send all mail that wait, and what is due."""
    tools, due = make_tools(), 0.0
    while True:
        if time.monotonic() >= due:
            tick_once(tools)
            due = time.monotonic() + BETWEEN_TICKS
        busy = run_next(tools, HANDLERS) is not None
        busy = _send_next(tools) or busy
        if busy:
            continue
        if not forever:
            return
        time.sleep(PAUSE)


@jobs_commands.command("tick")
def tick() -> None:
    """Do once what is due by the clock: reminders, checkpoints, erasing."""
    tick_once(make_tools())


def tick_once(tools: Tools) -> None:
    """Every tick once; one that fails does not keep the others from their work."""
    for one in TICKS:
        try:
            one(tools)
        except Exception:
            current_app.logger.exception("%s failed", one.__name__)


def make_tools() -> Tools:
    """The tools of this installation."""
    app = current_app
    return Tools(
        engine=app.extensions["engine"],
        keys=app.extensions["keys"],
        data_dir=app.config["DATA_DIR"],
        base_url=app.config["BASE_URL"],
        clock=app.extensions["clock"],
    )


def _send_next(tools: Tools) -> bool:
    post = outbox.post_for(current_app.config["SMTP_URL"], tools.data_dir)
    return outbox.send_next(tools.engine, post, current_app.config["MAIL_FROM"], tools.clock())
