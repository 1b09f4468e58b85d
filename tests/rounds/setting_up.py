"""What the tests of the set-up of a round do again and again."""

from datetime import datetime

from pb.audit import queries as log
from pb.rounds import people, service
from pb.rounds.models import Phase, Role
from pb.rounds.service import AreaRow
from pb.tally.ballots import Limits
from pb.tally.rules import load_rules
from tests import make
from tests.conftest import NOW

RULES = load_rules()
OPENS = {
    Phase.IDEAS: datetime(2026, 6, 1, 9),
    Phase.REVIEW: datetime(2026, 7, 1, 9),
    Phase.VOTING: datetime(2026, 9, 1, 9),
    Phase.COUNTING: datetime(2026, 9, 20, 18),
    Phase.RESULTS: datetime(2026, 9, 25, 12),
}
ENDS = datetime(2026, 12, 1)


def create(session, by, **changed):
    given = {
        "name": "Our town 2027",
        "slug": "our-town-2027",
        "currency": "EUR",
        "time_zone": "Europe/Amsterdam",
    }
    return service.create(session, **{**given, **changed}, by=by, at=NOW)


def set_areas(session, town, olga, *rows):
    service.set_areas(session, town, rows, by=olga, at=NOW)
    return {area.slug: area for area in town.areas}


def schedule(session, town, olga, opens=OPENS, ends=ENDS, zone="Europe/Amsterdam", at=NOW):
    service.schedule(session, town, opens, ends, time_zone=zone, by=olga, at=at)


def kinds(session, round):
    return [entry.kind for entry in log.entries(session, round.id)]


def newest(session, round):
    return log.entries(session, round.id)[-1]


def complete(session, town, olga):
    """Do every task of the set-up."""
    service.describe(
        session, town, name="Our town", purpose="Why", who_may_vote="You", by=olga, at=NOW
    )
    set_areas(session, town, olga, AreaRow("Town", 100_00, city_wide=True))
    schedule(session, town, olga)
    service.set_limits(session, town, Limits(max_length=3), by=olga, at=NOW)
    service.set_rule(session, town, "greedy", {}, ["lower-cost"], rules=RULES, by=olga, at=NOW)
    people.appoint(session, town, make.account(session), Role.STEWARD, by=olga, at=NOW)
    people.appoint(session, town, make.account(session), Role.REVIEWER, by=olga, at=NOW)
