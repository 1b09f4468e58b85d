"""What is typed into the set-up of a round, and what is then stored."""

import re

from pb.rounds import people, queries
from pb.rounds.models import Area, PhaseDates, Round
from tests.conftest import NOW

NEW = {
    "name": "Our town 2027",
    "slug": "",
    "start": "",
    "currency": "eur",
    "time_zone": "Europe/Amsterdam",
}


def moment(text: str) -> list[str]:
    return text.split(" ")


DATES = {
    "time_zone": "Europe/Amsterdam",
    "ideas_on": "y",
    "ideas_opens": moment("1 6 2026 09:00"),
    "review_on": "y",
    "review_opens": moment("1 7 2026 09:00"),
    "voting_opens": moment("1 9 2026 09:00"),
    "counting_opens": moment("20 9 2026 18:00"),
    "results_opens": moment("25 9 2026 12:00"),
    "ends": moment("1 12 2026 00:00"),
}
AREAS = {
    "rows-0-name": "Whole town",
    "rows-0-budget": "100,000",
    "rows-0-city_wide": "y",
    "rows-1-name": "Old Mill",
    "rows-1-budget": "25 000.50",
    "rows-2-name": "",
    "rows-2-budget": "",
}


def setup(task: str = "", slug: str = "our-town") -> str:
    return f"/commission/rounds/{slug}/setup" + (f"/{task}" if task else "")


def fresh(session, slug="our-town"):
    """The round as it is stored now; leaves no transaction open behind it."""
    session.rollback()
    for known in list(session.identity_map.values()):
        if isinstance(known, Round | Area | PhaseDates):
            session.expire(known)
    found = queries.find(session, slug)
    session.commit()
    return found


def holder(session, round, role):
    """The one appointment of a role, without leaving a transaction open."""
    (held,) = people.holders(session, round, NOW)[role]
    session.commit()
    return held


def statuses(page) -> list[str]:
    return re.findall(r'task-list__status"[^>]*>(?:<strong[^>]*>)?(Done|To do)', page.text)
