"""A finished election from a Pabulib file becomes a round that is counted in the ordinary way.

The file brings projects, money, limits, rule and ballots. Two technical accounts, one on each
side, put their hands to the same acts as in every other round; the log says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies, is_currency
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts import queries as accounts
from pb.accounts import service as registration
from pb.accounts.models import Account
from pb.ballots import service as box
from pb.errors import Invalid
from pb.keys import KeyRing
from pb.proposals.models import Project
from pb.results import acts, queries
from pb.results.models import Result
from pb.rounds import people
from pb.rounds import service as rounds
from pb.rounds.areas import AreaRow
from pb.rounds.models import Act, ActKind, Phase, Role, Round, Side
from pb.rounds.names import LONGEST_NAME as LONGEST_ROUND_NAME
from pb.rounds.names import slug_for
from pb.tally.errors import PabulibError
from pb.tally.pabulib import Election, declared
from pb.tally.rules import Rule
from pb.tally.rules.base import written
from pb.tally.rules.greedy import GreedyParams, greedy
from pb.tally.ties import TieKey

# Addresses under .invalid can never belong to anybody, and the accounts have no password.
IMPORTER = ("importer@commission.invalid", "Importer (commission)")
WITNESS = ("witness@community.invalid", "Witness (community)")
REASON = "Import of a finished election from a Pabulib file."
ROAD = (
    ActKind.PUBLISH_ROUND,
    ActKind.FREEZE_BALLOT,
    ActKind.COUNT,
    ActKind.PUBLISH_RESULT,
)
SHOWN_FOR = timedelta(days=365)
TOPPED_UP = "greedy-custom"  # its files mark the project funded from other money with a 2


@dataclass(frozen=True)
class Imported:
    """What became of the file; call `acts.after_commit` with `count_act` after the commit."""

    round: Round
    result: Result
    count_act: Act
    ballots: int
    funded: frozenset[str]
    official: frozenset[str] | None  # None where the file does not tell
    notes: tuple[str, ...]


def import_election(
    session: Session,
    election: Election,
    *,
    slug: str,
    file_digest: str,
    at: datetime,
    keys: KeyRing,
    rules: Mapping[str, Rule],
) -> Imported:
    """Make a round of the election, and publish, freeze, count and publish its result.

    Amounts of the election are in minor units of its currency. Raises Invalid or PabulibError for
    a file that cannot become a round.
    """
    _check(election)
    importer, witness = _account(session, IMPORTER, at), _account(session, WITNESS, at)
    round = _open(session, election, slug, importer, at)
    notes = _set_up(session, round, election, importer, at, rules)
    people.appoint(session, round, witness, Role.STEWARD, by=importer, at=at)
    ballots = _fill_box(session, round, election, file_digest, importer, at)
    done = {}
    for kind in ROAD:
        done[kind] = acts.ask(session, round, kind, by=importer, reason=REASON, at=at)
        acts.confirm(session, done[kind], by=witness, at=at, keys=keys, rules=rules)
    return Imported(
        round=round,
        result=queries.latest(session, round),
        count_act=done[ActKind.COUNT],
        ballots=ballots,
        funded=frozenset(queries.funded_codes(session, round)),
        official=official(election),
        notes=(*election.warnings, *notes),
    )


def currency_of(meta: Mapping[str, str]) -> str:
    """The currency of a file: as declared, else that of its country; raises PabulibError."""
    declared_currency = meta.get("currency", "").upper()
    if declared_currency:
        if not is_currency(declared_currency):
            message = f"is {declared_currency!r}, not a currency such as EUR"
            raise PabulibError(message, field="currency")
        return declared_currency
    found = get_territory_currencies(_territory(meta) or "")
    if not found:
        raise PabulibError("is missing from META", field="currency")
    return found[0]


def official(election: Election) -> frozenset[str] | None:
    """The projects that the file says were funded under its rule, or None if it does not tell."""
    if election.winners is None:
        return None
    also = {2} if election.meta.get("rule") == TOPPED_UP else set()
    return frozenset(id for id, mark in election.selected.items() if mark in {1} | also)


def _check(election: Election) -> None:
    """Refuse a file without a name, or with money that its currency cannot hold."""
    for name in ("unit", "instance", "description"):
        if not election.meta.get(name):
            raise PabulibError("is missing from META", field=name)
    amounts = [("budget", election.instance.budget)]
    amounts += [(f"the cost of project {p.id}", p.cost) for p in election.instance.projects]
    amounts += [
        (name, value) for name, value in election.limits.to_json().items() if "cost" in name
    ]
    for what, amount in amounts:
        if not isinstance(amount, int):
            raise Invalid(f"{what} has more decimals than its currency")
        if amount <= 0 and what != "min_sum_cost":
            raise Invalid(f"{what} must be above zero")


def _account(session: Session, who: tuple[str, str], at: datetime) -> Account:
    email, name = who
    found = accounts.find_by_email(session, email)
    return found or registration.register(session, email=email, name=name, password=None, at=at)


def _open(session: Session, election: Election, slug: str, by: Account, at: datetime) -> Round:
    meta = election.meta
    place = meta.get("subunit") or meta.get("district") or ""
    name = ", ".join(filter(None, (f"{meta['unit']} {meta['instance']}", place)))
    if len(name) > LONGEST_ROUND_NAME:
        name = name[: LONGEST_ROUND_NAME - 1] + "…"
    round = rounds.create(
        session,
        name=name,
        slug=slug,
        currency=currency_of(meta),
        time_zone=_time_zone(meta),
        by=by,
        at=at,
        encrypted=False,
    )
    round.routes = {}  # its voters voted elsewhere, we do not know how
    return round


def _set_up(
    session: Session,
    round: Round,
    election: Election,
    by: Account,
    at: datetime,
    rules: Mapping[str, Rule],
) -> list[str]:
    """Give the round what the file declares; returns what had to be done otherwise."""
    meta, hand = election.meta, {"by": by, "at": at}
    told = [meta["description"], meta.get("comment", ""), meta.get("acknowledgments", "")]
    rounds.describe(
        session,
        round,
        name=round.name,
        purpose="\n\n".join(filter(None, told)),
        who_may_vote="This vote is over. Its ballots were imported; the list of voters was not.",
        **hand,
    )
    place = (meta.get("subunit") or meta.get("district") or "")[:80]
    area = AreaRow(place or meta["unit"][:80], election.instance.budget, city_wide=not place)
    rounds.set_areas(session, round, [area], **hand)
    opens, ends_at = _dates(election, round.zone, at)
    rounds.schedule(session, round, opens, ends_at, time_zone=round.time_zone, **hand)
    rounds.set_limits(session, round, election.limits, **hand)
    rule, params, ties, notes = _rule(election)
    given = {name: str(value) for name, value in written(params).items()}
    rounds.set_rule(session, round, rule.id, given, ties, rules=rules, **hand)
    _add_projects(session, round, election)
    return notes


def _fill_box(
    session: Session, round: Round, election: Election, file_digest: str, by: Account, at: datetime
) -> int:
    """Put the ballots into the box, and say in the log where they came from."""
    counts = box.import_sealed(session, round, {round.areas[0]: election.ballots})
    audit.record(
        session,
        chain=round.id,
        kind="election.import",
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body={"file": file_digest, "ballots": counts, "projects": len(election.instance.projects)},
    )
    return sum(counts.values())


def _rule(election: Election) -> tuple[Rule, object, tuple[str, ...], list[str]]:
    """The declared rule; most votes first where it is not implemented."""
    try:
        return *declared(election), []
    except PabulibError as error:
        if error.field != "rule":
            raise
        name = election.meta.get("rule", "")
        note = f"the rule “{name}” is not implemented: counted by most votes first, with skipping"
        return greedy, GreedyParams(), (TieKey.FILE_ORDER,), [note]


def _add_projects(session: Session, round: Round, election: Election) -> None:
    area = round.areas[0]
    for number, project in enumerate(election.instance.projects, 1):
        extra = election.project_fields.get(project.id, {})
        session.add(
            Project(
                round_id=round.id,
                area_id=area.id,
                number=number,
                code=project.id,
                title=project.name or f"Project {project.id}",
                body=extra.get("description", ""),
                place=extra.get("neighborhood") or extra.get("district") or "",
                topic=", ".join(project.categories),
                cost=project.cost,
            )
        )
    session.flush()


def _dates(
    election: Election, zone: ZoneInfo, at: datetime
) -> tuple[dict[Phase, datetime], datetime]:
    """Phases on the clocks of the zone: voting as in the file, the result since the day after."""
    begin = _day(election.meta, "date_begin", last=False)
    end = _day(election.meta, "date_end", last=True) + timedelta(days=1)
    now = at.astimezone(zone).replace(tzinfo=None)
    if begin >= end:
        raise PabulibError("lies before date_begin", field="date_end")
    if end >= now:
        raise PabulibError("is not over yet: only finished elections come in", field="date_end")
    opens = {
        Phase.VOTING: begin,
        Phase.COUNTING: end,
        Phase.RESULTS: min(end + timedelta(days=1), now),
    }
    return opens, now + SHOWN_FOR


def _day(meta: Mapping[str, str], name: str, *, last: bool) -> datetime:
    """Midnight, on the clocks of the zone, of 31.12.2024 or the first or last day of 2024."""
    text = meta.get(name, "")
    if text.isdecimal() and len(text) == 4:
        text = f"31.12.{text}" if last else f"01.01.{text}"
    try:
        day, month, year = (int(part) for part in text.split("."))
        return datetime.combine(date(year, month, day), time())
    except ValueError:
        raise PabulibError(f"is {text!r}, not a date such as 31.12.2024", field=name) from None


def _territory(meta: Mapping[str, str]) -> str | None:
    """The two letters of the file's country."""
    names = Locale("en").territories
    wanted = meta.get("country", "").casefold()
    return next((code for code, name in names.items() if name.casefold() == wanted), None)


def _time_zone(meta: Mapping[str, str]) -> str:
    """The zone of the file's country where it has only one; else UTC."""
    here = _territory(meta)
    zones = [zone for zone, code in get_global("zone_territories").items() if code == here]
    return zones[0] if len(zones) == 1 else "UTC"


def default_slug(stem: str) -> str:
    """The address that a file name suggests."""
    return slug_for(stem.replace("_", "-"))
