"""Opening a round and setting it up, until its ballot is frozen."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.rounds import calendar, people, queries
from pb.rounds.areas import LARGEST, AreaRow, set_areas
from pb.rounds.changes import log, refuse_if_frozen
from pb.rounds.dates import schedule
from pb.rounds.models import Area, Phase, Role, Round
from pb.rounds.names import (
    check_currency,
    check_time_zone,
    checked_name,
    fingerprint,
    slug_for,
)
from pb.rounds.tasks import Task, missing, tasks
from pb.rounds.terms.second_hand import copy_stewardship
from pb.tally.ballots import AreaLimits, Limits
from pb.tally.errors import TallyError
from pb.tally.rules import Rule
from pb.tally.rules.base import written
from pb.tally.ties import check_ties

__all__ = [
    "LARGEST",
    "AreaRow",
    "Task",
    "copy",
    "create",
    "describe",
    "missing",
    "refuse_if_frozen",
    "schedule",
    "set_areas",
    "set_confirmation",
    "set_limits",
    "set_rule",
    "slug_for",
    "tasks",
]

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
RESERVED = {"new"}  # addresses of our own pages
LONGEST_TEXT = 20_000
LONGEST_LIST = 1_000


def create(
    session: Session,
    *,
    name: str,
    slug: str,
    currency: str,
    time_zone: str,
    by: Account,
    at: datetime,
    encrypted: bool = True,
) -> Round:
    """Open an empty round; who opens it becomes its first commissioner.

    With `encrypted`, ballots will lie in closed envelopes until they are counted.
    """
    name = checked_name(name)
    _check_slug(session, slug)
    check_currency(currency)
    check_time_zone(time_zone)
    round = Round(
        name=name,
        slug=slug,
        currency=currency,
        time_zone=time_zone,
        limits=None,
        encrypted=encrypted,
        created_at=at,
    )
    _open(session, round, {"name": name, "slug": slug, "currency": currency}, by, at)
    return round


def copy(
    session: Session, earlier: Round, *, name: str, slug: str, by: Account, at: datetime
) -> Round:
    """Open a round with the texts, money, limits and rule of an earlier one.

    Its dates move whole years ahead to the same weekdays; they are left out where that makes no
    plan. People, proposals and the roll are not copied.
    """
    name = checked_name(name)
    _check_slug(session, slug)
    round = Round(
        name=name,
        slug=slug,
        created_at=at,
        purpose=earlier.purpose,
        who_may_vote=earlier.who_may_vote,
        currency=earlier.currency,
        time_zone=earlier.time_zone,
        limits=earlier.limits and dict(earlier.limits),
        within_budget=earlier.within_budget,
        rule_id=earlier.rule_id,
        rule_params=dict(earlier.rule_params),
        ties=list(earlier.ties),
        stewards_confirm=earlier.stewards_confirm,
        encrypted=earlier.encrypted,
        routes=dict(earlier.routes),
        areas=[_same_area(area) for area in earlier.areas],
    )
    _open(session, round, {"name": name, "slug": slug, "copied_from": earlier.slug}, by, at)
    _copy_dates(session, earlier, round, by, at)
    copy_stewardship(session, earlier, round)
    return round


def describe(
    session: Session,
    round: Round,
    *,
    name: str,
    purpose: str,
    who_may_vote: str,
    by: Account,
    at: datetime,
) -> None:
    """Say what the round is called, what it is for and who may vote."""
    refuse_if_frozen(round)
    name = checked_name(name)
    if max(len(purpose), len(who_may_vote)) > LONGEST_TEXT:
        raise Invalid(f"Use at most {LONGEST_TEXT:,} characters in each text.")
    changes: dict[str, tuple[Any, Any]] = {"name": (round.name, name)}
    for field, old, new in (
        ("purpose", round.purpose, purpose.strip()),
        ("who_may_vote", round.who_may_vote, who_may_vote.strip()),
    ):
        # The log cannot be mended: of long texts it holds only the fingerprint.
        changes[field] = (fingerprint(old), fingerprint(new))
    round.name, round.purpose, round.who_may_vote = name, purpose.strip(), who_may_vote.strip()
    session.flush()
    log(session, round, "round.describe", changes, by=by, at=at)


def set_limits(
    session: Session,
    round: Round,
    limits: Limits,
    *,
    within_budget: bool = False,
    areas: AreaLimits | None = None,
    rules: Mapping[str, Rule] | None = None,
    by: Account,
    at: datetime,
) -> None:
    """Say what one area's list of a ballot may hold, and which areas' lists one may fill in.

    With `within_budget` no list may cost more than the money of its area. With `rules`, a rule
    that cannot count such ballots is no longer the rule of the round.
    """
    refuse_if_frozen(round)
    areas = areas or AreaLimits()
    for one in (limits, *(areas.of(area, limits) for area in areas.lengths)):
        if one.max_length is not None and not 1 <= one.max_length <= LONGEST_LIST:
            raise Invalid(f"A ballot may name 1 to {LONGEST_LIST:,} projects in each list.")
    if limits.max_sum_cost is not None and not 1 <= limits.max_sum_cost <= LARGEST:
        raise Invalid("The money limit of a list must be above zero, and not beyond all measure.")
    _require_known(round, areas)
    told = limits.to_json() | areas.to_json()
    changes = {
        "limits": (round.limits, told),
        "within_budget": (round.within_budget, within_budget),
    }
    rule = (rules or {}).get(round.rule_id or "")
    if rule and limits.kind.counted_as not in rule.accepts:
        changes["rule"] = (round.rule_id, None)
        round.rule_id, round.rule_params = None, {}
    round.limits, round.within_budget = told, within_budget
    session.flush()
    log(session, round, "round.limits", changes, by=by, at=at)


def set_rule(
    session: Session,
    round: Round,
    rule_id: str,
    params: Mapping[str, str],
    ties: Sequence[str],
    *,
    rules: Mapping[str, Rule],
    by: Account,
    at: datetime,
) -> None:
    """Say how the ballots will be counted, and what decides between projects that are level."""
    refuse_if_frozen(round)
    if rule_id not in rules:
        raise Invalid("Choose one of the counting rules.")
    rule, limits = rules[rule_id], round.ballot_limits
    if limits and limits.kind.counted_as not in rule.accepts:
        raise Invalid(f"“{rule.title}” cannot count the ballots of this round.")
    if not ties:
        raise Invalid("Say what decides between projects that are level.")
    try:
        parsed, checked = written(rule.parse_params(params)), list(check_ties(tuple(ties)))
    except TallyError as error:
        raise Invalid(str(error)) from None
    changes = {
        "rule": (round.rule_id, rule_id),
        "params": (round.rule_params, parsed),
        "ties": (round.ties, checked),
    }
    round.rule_id, round.rule_params, round.ties = rule_id, parsed, checked
    session.flush()
    log(session, round, "round.rule", changes, by=by, at=at)


def set_confirmation(
    session: Session, round: Round, stewards: bool, *, by: Account, at: datetime
) -> None:
    """Say whether stewards confirm the acts of this round; settled once it is published."""
    refuse_if_frozen(round)
    if stewards == round.stewards_confirm:
        return
    if round.published_at is not None or queries.open_acts(session, round):
        raise Refused(
            "Who confirms is settled before the round is published. It cannot change now."
        )
    changes = {"stewards_confirm": (round.stewards_confirm, stewards)}
    round.stewards_confirm = stewards
    session.flush()
    log(session, round, "round.confirmation", changes, by=by, at=at)


def _require_known(round: Round, areas: AreaLimits) -> None:
    known = {area.slug for area in round.areas}
    if unknown := sorted(set(areas.lengths) - known):
        raise Invalid(f"There is no area “{unknown[0]}” any more. Open this page again.")


def _check_slug(session: Session, slug: str) -> None:
    if not SLUG.fullmatch(slug) or slug in RESERVED:
        raise Invalid(
            "The address holds small letters, figures and hyphens, such as our-town-2027."
        )
    if queries.find(session, slug):
        raise Refused(f"There is already a round with the address “{slug}”.")


def _open(session: Session, round: Round, body: dict[str, Any], by: Account, at: datetime) -> None:
    session.add(round)
    session.flush()
    audit.record(
        session,
        chain=round.id,
        kind="round.create",
        at=at,
        actor=by.id,
        side="commission",
        body=body,
    )
    people.appoint(session, round, by, Role.COMMISSIONER, by=by, at=at)


def _same_area(area: Area) -> Area:
    return Area(
        slug=area.slug,
        name=area.name,
        about=area.about,
        budget=area.budget,
        city_wide=area.city_wide,
        position=area.position,
    )


def _copy_dates(session: Session, earlier: Round, round: Round, by: Account, at: datetime) -> None:
    if not earlier.dates:
        return
    local: dict[Phase, datetime] = {
        span.phase: _wall(span.opens_at, earlier) for span in calendar.spans(earlier)
    }
    ends_at = _wall(earlier.dates[-1].closes_at, earlier)
    opens, ends_at = calendar.next_year(local, ends_at, _wall(at, earlier))
    try:
        schedule(session, round, opens, ends_at, time_zone=round.time_zone, by=by, at=at)
    except Invalid:
        return  # an hour that does not exist next year: better no dates than wrong ones


def _wall(at: datetime, round: Round) -> datetime:
    return at.astimezone(round.zone).replace(tzinfo=None)
