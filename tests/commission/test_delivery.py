"""The commission tells how projects get on, and everybody reads it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from pb.delivery.models import DeliveryState, Milestone
from pb.proposals.queries import on_ballot
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW
from tests.delivery import outcomes

NEWS = {"state": "in-progress", "text": "The digging has begun.", "spent": "2,500"}


class Town:
    def __init__(self, session, browse, **kwargs):
        self.session = session
        self.round = outcomes.published(session, **kwargs)
        self.pond, self.park = on_ballot(session, self.round)
        session.commit()
        cora = make.appointed(session, self.round, Role.COMMISSIONER)
        self.commissioner, self.anybody, self.browse = browse(cora), browse(), browse
        self.public = f"/rounds/{self.round.slug}/delivery"
        self.console = f"/commission{self.public}"
        self.page = f"{self.console}/{self.pond.number}"
        self.form = f"{self.page}/milestones"

    def reports(self):
        found = self.session.scalars(sa.select(Milestone).order_by(Milestone.id)).all()
        self.session.commit()
        return found


@pytest.fixture
def town(session, browse):
    return Town(session, browse)


def test_news_are_public_at_once(town):
    assert "No news yet." in town.anybody.get(town.public).text

    due = {"due": ["1", "9", "2026"]}
    town.commissioner.get(town.page)
    town.commissioner.post(town.form, {**NEWS, **due})

    page = town.anybody.get(town.public).text
    assert "The digging has begun." in page
    assert "€2,500 of €10,000 spent" in page
    assert "Promised for" in page
    assert "1 September 2026" in page
    assert "Park" not in page
    assert "The digging has begun." in town.commissioner.get(town.page).text
    assert "€2,500" in town.commissioner.get(town.console).text


def test_a_promised_day_ends_at_midnight_of_the_rounds_zone(town):
    town.commissioner.post(town.form, {**NEWS, "due": ["1", "9", "2026"]})

    [report] = town.reports()
    assert report.due_at.astimezone(town.round.zone).isoformat() == "2026-09-01T23:59:00+02:00"


def test_late_stopped_and_silent_projects_are_not_hidden(town, clock):
    town.commissioner.post(town.form, {**NEWS, "due": ["1", "6", "2026"]})

    clock.now = NOW + timedelta(days=120)
    page = town.anybody.get(town.public).text
    assert "Late" in page
    assert "Was promised for" in page
    assert "No news for 120 days." in page

    stop = {"state": "stopped", "text": "The builder went out of business.", "spent": "12,000"}
    town.commissioner.post(town.form, stop)
    page = town.anybody.get(town.public).text
    assert "Stopped" in page
    assert "The builder went out of business." in page
    assert "Over its cost" in page
    assert "All news (2)" in page


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"state": ""}, "Choose how far it is."),
        ({"state": "perfect"}, "Not a valid choice"),
        ({"text": "  "}, "Write what is new."),
        ({"text": "\x00"}, "Write what is new."),
        ({"text": "x" * 2001}, "Use at most 2,000 characters."),
        ({"spent": "-1"}, "zero or more"),
        ({"spent": "much"}, "in figures"),
        ({"due": ["31", "2", "2027"]}, "There is no day 31"),
        ({"due": ["", "2", "2027"]}, "Enter a day, month and year"),
        ({"due": ["1", "1", "9999"]}, "Enter a year from 2000 to 2199."),
        ({"due": ["1", "1", "1"]}, "Enter a year from 2000 to 2199."),
        ({"due": ["a", "b", "c"]}, "in figures"),
    ],
)
def test_bad_news_keep_what_was_typed(town, bad, sentence):
    page = town.commissioner.post(town.form, {**NEWS, **bad}, 422).text

    assert sentence in page
    if "text" not in bad:
        assert "The digging has begun." in page
    if "spent" not in bad:
        assert 'value="2,500"' in page
    assert town.reports() == []


def test_projects_that_were_not_funded_have_no_page(town):
    for number in (town.park.number, 0, 999, 2**31, 2**63, "x"):
        town.commissioner.get(f"{town.console}/{number}", 404)
        town.commissioner.post(f"{town.console}/{number}/milestones", NEWS, 404)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CLERK, Role.AUDITOR])
def test_the_rest_of_the_console_reads(town, role):
    reader = town.browse(make.appointed(town.session, town.round, role))

    reader.get(town.console)
    assert "Publish the news" not in reader.get(town.page).text
    reader.post(town.form, NEWS, 403)


def test_residents_and_visitors_stay_outside(town):
    ana = town.browse(make.account(town.session))

    ana.get(town.console, 403)
    ana.post(town.form, NEWS, 403)
    town.anybody.get(town.console, 303)


@pytest.mark.parametrize("phase", [Phase.IDEAS, Phase.VOTING, Phase.COUNTING])
def test_before_the_result_there_is_nothing_to_see(session, browse, phase):
    town = Town(session, browse, phase=phase)

    assert "Pond" not in town.anybody.get(town.public).text
    assert "Pond" not in town.commissioner.get(town.console).text
    town.commissioner.post(town.form, NEWS, 409 if phase is not Phase.SETUP else 404)


def test_a_round_in_which_nothing_was_funded_says_so(session, browse):
    town = Town(session, browse, funded=())

    assert "No project of this round was funded." in town.anybody.get(town.public).text


def test_news_are_never_markup(town):
    town.commissioner.post(town.form, {**NEWS, "text": "<script>alert(1)</script>"})

    assert "<script>alert" not in town.anybody.get(town.public).text
    assert town.reports()[0].state is DeliveryState.IN_PROGRESS
