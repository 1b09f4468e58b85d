"""The pages of a ballot that is being filled in, as several views show them."""

import secrets
from functools import partial
from typing import Any

from flask import current_app, get_template_attribute, render_template, request, session
from markupsafe import Markup

from pb import db
from pb.ballots import queries, sheet
from pb.ballots.models import Channel
from pb.ballots.service import ON_PAPER, AlreadyVoted
from pb.community import voter
from pb.community.ballot_forms import FilterForm
from pb.community.filled import FilledSection, FilledSheet
from pb.eligibility.models import RollEntry, Voter
from pb.keys import Purpose
from pb.proposals.models import Project
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.rounds.queries import area as area_of
from pb.tally.ballots import BallotKind
from pb.web import guard, kiosk
from pb.web.filters import money

MANY = 8  # projects; a shorter ballot needs no filter


def sheet_of(round: Round, entry: RollEntry | Voter) -> sheet.Sheet:
    """The sheet of the voter in this browser."""
    return sheet.blank(db.session(), round, entry)


def in_lot_order(round: Round, found: Any) -> list[Any]:
    """Projects in this voter's order, or in that of the day."""
    entry_id = guard.voter_entry(round)
    keys = current_app.extensions["keys"]
    return queries.in_lot_order(list(found), round, entry_id=entry_id, keys=keys, now=guard.now())


def ballot(
    round: Round,
    entry: RollEntry | Voter,
    filled: FilledSheet,
    problem: str = "",
    *,
    back: bool = False,
) -> Any:
    """The ballot to fill in; `problem` is a sentence, `back` says that choices were carried along.

    What a filter hides goes along in hidden fields, so that nothing is lost.
    """
    on_it = (project for one in filled.sections for project in one.section.projects)
    topics = sorted({project.topic for project in on_it if project.topic})
    asked = None if request.form.get("find-all") else request.form
    form = FilterForm(round, topics, asked, prefix="find")
    valid = form.validate()
    page = render_template(
        "community/ballots/choose.html",
        filled=filled,
        find=form,
        shown=_shown(round, form) if valid else None,
        many=sum(len(one.section.projects) for one in filled.sections) > MANY,
        compared=set(request.form.getlist("compare")),
        problem=problem,
        back=back,
        in_order=lambda found: in_lot_order(round, found),
        untouched=partial(_untouched_card, filled.sheet, round.currency),
        draft=draft_key(round, entry),
        **_state(round, entry),
    )
    status = 422 if problem or not valid else 200
    if session.get("shared"):
        return page, status
    # The way back from reading about a project must not lose the ticks.
    return page, status, {"Cache-Control": "private, no-cache"}


def review(
    round: Round, entry: RollEntry | Voter, filled: FilledSheet, *, refused: bool = False
) -> Any:
    """What the ballot says, and what is wrong with it."""
    page = render_template(
        "community/ballots/check.html",
        filled=filled,
        refused=refused,
        written=money,
        submission=request.form.get("submission") or secrets.token_urlsafe(16),
        draft=draft_key(round, entry),
        **_state(round, entry),
    )
    return page, 422 if filled.faulty or refused else 200


def draft_key(round: Round, entry: RollEntry | Voter) -> str | None:
    """The name under which this browser keeps what is not sent; None where others use it too."""
    if session.get("shared") or kiosk.current() is not None:
        return None
    return draft_name(round, entry)


def draft_name(round: Round, entry: RollEntry | Voter) -> str:
    """The name of a voter's draft, also where none is kept: there may be one from before.

    It says nothing about the voter, and another voter in the same browser has another one.
    """
    keys = current_app.extensions["keys"]
    return f"{round.slug}:{keys.mac(round.id, Purpose.ROLL, 'draft', entry.id).hex()[:24]}"


def _untouched_card(
    kept: sheet.Sheet, currency: str, one: FilledSection, project: Project
) -> Markup:
    """The card of a project against which nothing is written: the same for every voter.

    Half of the work of a ballot of a hundred projects is writing these.
    """
    key = project.number, one.kind is BallotKind.ORDINAL and bool(one.chosen)
    if key not in kept.pages:
        card = get_template_attribute("community/ballots/_cards.html", "card")
        kept.pages[key] = card(one, project, currency)
    return kept.pages[key]


def _state(round: Round, entry: RollEntry | Voter) -> dict[str, Any]:
    """What both pages say; refuses (AlreadyVoted) somebody whose ballot on paper counts."""
    channel = queries.voted_by(db.session(), entry)
    if channel is Channel.PAPER:
        raise AlreadyVoted(ON_PAPER)
    return {
        "begun": voter.stamp(round, entry),
        "late": voter.late_until(round),
        "voted": channel is not None,
        "voting": calendar.span(round, Phase.VOTING),
    }


def _shown(round: Round, form: FilterForm) -> set[int] | None:
    """The numbers of the projects that fit the filter; None where nothing is filtered."""
    if not form.active:
        return None
    found = queries.projects(
        db.session(),
        round,
        area=area_of(round, form.area.data),
        topic=form.topic.data,
        text=form.text.data or "",
        most=form.most.data,
    )
    return {project.number for project in found}
