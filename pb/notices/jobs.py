"""Asking for a job, and doing the ones that wait.

A worker takes a job in a transaction of its own, so that nobody else does, and lets the handler
work in as many transactions as it needs. A worker that dies leaves a job without signs of life:
after `SILENCE` another one begins it again, so handlers must be safe to repeat.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pb.errors import Refused
from pb.keys import KeyRing
from pb.notices.models import Job, JobState

SILENCE = timedelta(minutes=10)
BETWEEN_REPORTS = timedelta(seconds=1)
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tools:
    """What every job may use, whoever runs it."""

    engine: sa.Engine
    keys: KeyRing
    data_dir: Path
    base_url: str
    clock: Callable[[], datetime]


@dataclass
class Work:
    """One job in the hands of its handler."""

    tools: Tools
    job_id: int
    round_id: int | None
    payload: Mapping[str, Any]
    asked_by: int | None
    _reported: datetime | None = field(default=None, repr=False)

    def report(self, done: int, total: int | None = None) -> None:
        """Say how far the work is: a sign of life, written at most once a second.

        Only between the handler's own transactions: it writes in one of its own.
        """
        now = self.tools.clock()
        if self._reported is not None and now - self._reported < BETWEEN_REPORTS:
            return
        self._reported = now
        values = {"done": done, "seen_at": now} | ({} if total is None else {"total": total})
        with Session(self.tools.engine) as session, session.begin():
            session.execute(update(Job).where(Job.id == self.job_id).values(values))


# Does the work, and returns what came of it; refuses in sentences.
Handler = Callable[[Work], Mapping[str, Any]]


def ask(
    session: Session,
    kind: str,
    *,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
    by: int | None = None,
    round_id: int | None = None,
    total: int | None = None,
) -> Job:
    """Put a job into the queue; `by` is an account, or nobody for a command."""
    job = Job(
        kind=kind,
        payload=dict(payload or {}),
        round_id=round_id,
        total=total,
        asked_by=by,
        asked_at=at,
    )
    session.add(job)
    session.flush()
    return job


def find(session: Session, round_id: int | None, number: int) -> Job | None:
    """The job with this number, if it belongs to the round."""
    return session.scalars(select(Job).where(Job.id == number, Job.round_id == round_id)).first()


def run_next(tools: Tools, handlers: Mapping[str, Handler]) -> int | None:
    """Take the oldest job that waits and do it; its number, or None if there was none."""
    work = _take(tools, handlers)
    if work is None:
        return None
    kind, told, problems = work[0], "", []
    try:
        outcome, state = dict(handlers[kind](work[1])), JobState.DONE
    except Refused as refusal:
        outcome, state, told = {}, JobState.FAILED, str(refusal)
        problems = list(getattr(refusal, "problems", ()))
    except Exception:
        LOG.exception("job %s (%s) failed", work[1].job_id, kind)
        outcome, state = {}, JobState.FAILED
        told = "Something went wrong here, not with you. Nothing more was done; try again."
    with Session(tools.engine) as session, session.begin():
        job = session.get_one(Job, work[1].job_id)
        job.state, job.outcome, job.told, job.problems = state, outcome, told, problems
        job.ended_at = tools.clock()
        if state is JobState.DONE:
            job.done = job.total = max(job.done, job.total or 0)
    return work[1].job_id


def _take(tools: Tools, handlers: Mapping[str, Handler]) -> tuple[str, Work] | None:
    now = tools.clock()
    silent = (Job.state == JobState.RUNNING) & (Job.seen_at < now - SILENCE)
    with Session(tools.engine) as session, session.begin():
        job = session.scalars(
            select(Job)
            .where((Job.state == JobState.WAITING) | silent, Job.kind.in_(handlers))
            .order_by(Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if job is None:
            return None
        job.state, job.seen_at, job.done = JobState.RUNNING, now, 0
        return job.kind, Work(tools, job.id, job.round_id, job.payload, job.asked_by)
