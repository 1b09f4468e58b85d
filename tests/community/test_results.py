import csv
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from pb.proposals.models import Project
from pb.results import bundle, needs, queries
from pb.rounds import calendar
from pb.rounds.models import ActKind, Phase
from pb.tally import pabulib
from tests import make
from tests.conftest import NOW
from tests.results.elections import BALLOTS, FUNDED, PROJECTS, RULES, cast, equal_shares, town

LATER = timedelta(days=6)  # the clock reaches the results


@pytest.fixture
def published(session, keys, clock):
    found = town(session, keys)
    found.publish_count()
    clock.now = NOW + LATER
    return found.round


def text_of(response) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


# Before the publication


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/projects/1",
        "/data.csv",
        "/data.json",
        "/bundle.zip",
        "/areas/town.pb",
    ],
)
@pytest.mark.parametrize("phase", [Phase.IDEAS, Phase.VOTING, Phase.COUNTING])
def test_there_is_nothing_before_the_results(session, keys, pages, path, phase):
    found = town(session, keys, phase)
    if phase is Phase.COUNTING:
        found.do(ActKind.COUNT)
    page = pages.get(f"/rounds/{found.round.slug}/results{path}", 409)
    day = calendar.span(found.round, Phase.RESULTS).opens_at.astimezone(found.round.zone)
    assert f"It is expected on {day.day} {day:%B %Y}." in page.text
    assert not any(code in page.text for code in FUNDED)


def test_a_published_result_waits_for_its_date(session, keys, pages, clock):
    found = town(session, keys)
    found.publish_count()
    pages.get(f"/rounds/{found.round.slug}/results", 409)
    clock.now = calendar.span(found.round, Phase.RESULTS).opens_at
    pages.get(f"/rounds/{found.round.slug}/results")


def test_a_late_result_is_said_to_be_late(session, keys, pages, clock):
    found = town(session, keys)
    clock.now = NOW + LATER
    page = pages.get(f"/rounds/{found.round.slug}/results", 409)
    assert "as soon as the count is confirmed" in page.text


def test_a_round_without_a_stored_result_has_no_page(session, pages):
    round = make.round_(session, Phase.RESULTS)
    pages.get(f"/rounds/{round.slug}/results", 404)


# The result


def test_the_result_says_by_which_routes_voters_came_and_hides_small_numbers(
    session, keys, pages, clock
):
    found = town(session, keys, ballots=[("park",)] * 25)
    session.execute(sa.text("UPDATE turnout_mark SET route = 'letter-code'"))
    few = "(SELECT entry_id FROM turnout_mark ORDER BY entry_id LIMIT 2)"
    session.execute(sa.text(f"UPDATE turnout_mark SET route = 'desk' WHERE entry_id IN {few}"))
    found.publish_count()
    clock.now = NOW + LATER
    path = f"/rounds/{found.round.slug}/results"
    assert "A code in a letter Medium hidden" in text_of(pages.get(path))
    routes = json.loads(pages.get(f"{path}/data.json").text)["routes"]
    assert [(one["route"], one["strength"], one["voters"]) for one in routes] == [
        ("letter-code", "medium", None),
        ("desk", "strong", None),
    ]


def test_the_page_says_it_in_one_sentence_and_gives_every_reason(pages, published):
    said = text_of(pages.get(f"/rounds/{published.slug}/results"))
    assert "3 of 5 projects are funded. €100,000 of €100,000 is used." in said
    assert "Funded 1st, with 3 votes: it cost €60,000 and €100,000 was left." in said
    assert "its turn came when €10,000 was left, and it costs €50,000." in said
    assert "of voters got a project they chose 75.0% 3 of 4 ballots" in said
    assert "100.0% of 4 who could" in said
    assert "Cora asked for the count and Stan confirmed it" in said
    assert "A project that costs more than what is left is passed over." in said
    assert said.index("Park") < said.index("Tree") < said.index("Pool")


def test_the_bar_and_its_keys_are_on_the_page_once(pages, published):
    page = pages.get(f"/rounds/{published.slug}/results").text
    assert page.count('<svg class="app-budget-bar"') == 1
    for n in range(1, 4):
        assert f"url(#bar-town-part-{n})" in page
    assert "Left: " not in page


def test_many_winners_share_the_last_part_of_the_bar(session, keys, pages, clock):
    projects = {f"p{n}": ("town", n * 1_000_00) for n in range(1, 10)}
    found = town(session, keys, projects=projects, ballots=[list(projects)[:5]])
    found.publish_count()
    clock.now = NOW + LATER
    said = text_of(pages.get(f"/rounds/{found.round.slug}/results"))
    assert "4 other funded projects together: €10,000" in said


def test_areas_have_their_own_part(session, keys, pages, clock):
    areas = {"town": 50_000_00, "north": 30_000_00}
    projects = {"park": ("town", 50_000_00), "swing": ("north", 40_000_00)}
    found = town(session, keys, areas=areas, projects=projects, ballots=[("park",)])
    cast(found, ("swing",), at=NOW - timedelta(days=10), area="north")
    session.commit()
    found.publish_count()
    clock.now = NOW + LATER
    said = text_of(pages.get(f"/rounds/{found.round.slug}/results"))
    assert "1 of 2 projects is funded. €50,000 of €80,000 is used." in said
    assert "it costs €40,000, more than the whole budget of €30,000" in said
    assert "No project is funded here." in said


def test_an_amended_result_says_why_and_names_the_first(session, keys, pages, clock):
    found = town(session, keys)
    found.publish_count()
    at = clock.now = NOW + LATER
    for kind in (ActKind.COUNT, ActKind.PUBLISH_RESULT):
        found.confirm(found.ask(kind, at=at, reason="A wrong rule was installed."), at=at)
    session.commit()
    said = text_of(pages.get(f"/rounds/{found.round.slug}/results"))
    assert "This result was amended" in said and "A wrong rule was installed." in said


# One project


def test_a_project_has_its_sentence_numbers_ties_and_neighbours(pages, published):
    said = text_of(pages.get(f"/rounds/{published.slug}/results/projects/2"))
    assert "Why “Pool” is not funded" in said
    assert "Missing €40,000" in said
    assert "It was level with Bench" in said and "the cheaper one goes first" in said
    assert "Just before: Bench" in said and "Just after: Tree" in said
    assert "decision 3 of 5" in said


def test_a_project_under_equal_shares_tells_who_paid_what(session, keys, pages, clock):
    found = equal_shares(session, keys)
    found.publish_count()
    clock.now = NOW + LATER
    said = text_of(pages.get(f"/rounds/{found.round.slug}/results/projects/2"))
    assert "3 supporters paid at most €13.33 each, together €40" in said
    assert "Every voter gets an equal part of the money." in said


# What losers would have needed

POOL_NEEDED = (
    "It would have been funded with 1 more vote for it alone, or at a cost of €30,000 or less, "
    "or with €40,000 more in the budget. Each was confirmed by counting again."
)
NOT_YET = "has not been worked out yet"


def test_losers_learn_what_they_would_have_needed(pages, published):
    said = text_of(pages.get(f"/rounds/{published.slug}/results"))
    assert POOL_NEEDED in said and NOT_YET not in said
    assert said.count("It would have been funded") == 2
    assert "the rule itself shows that nothing smaller can be enough" in said
    assert "They are no part of the result or of its fingerprint." in said


def test_a_loser_has_its_needs_and_how_sure_they_are_on_its_page(pages, published):
    said = text_of(pages.get(f"/rounds/{published.slug}/results/projects/2"))
    assert POOL_NEEDED in said and "How sure is this?" in said
    assert "at a cost of €30,000: €20,000 less. Counted again" in said
    assert "Where its supporters’ money went" not in said


def test_a_winner_needs_nothing(pages, published):
    said = text_of(pages.get(f"/rounds/{published.slug}/results/projects/1"))
    assert "needed" not in said and NOT_YET not in said


def test_the_money_of_supporters_is_followed(session, keys, pages, clock):
    found = equal_shares(session, keys)
    found.publish_count()
    clock.now = NOW + LATER
    said = text_of(pages.get(f"/rounds/{found.round.slug}/results/projects/1"))
    assert "The people who chose it could spend €75 in all." in said
    assert "Court 3 €40 Left over – €35" in said


def test_where_everybody_wins_nothing_is_said_about_needs(session, keys, pages, clock):
    found = town(session, keys, projects={"park": ("town", 60_000_00)}, ballots=[("park",)])
    found.publish_count()
    clock.now = NOW + LATER
    said = text_of(pages.get(f"/rounds/{found.round.slug}/results"))
    assert "needed" not in said and NOT_YET not in said
    data = json.loads(pages.get(f"/rounds/{found.round.slug}/results/data.json").text)
    assert data["areas"][0]["needs"] == {"projects": {}}


def test_a_result_without_needs_says_so_until_they_are_worked_out(session, keys, pages, clock, app):
    found = town(session, keys, rule="max-welfare")
    found.publish_count()
    clock.now = NOW + LATER
    loser = next(
        code for code in PROJECTS if code not in queries.funded_codes(session, found.round)
    )
    number, engine = list(PROJECTS).index(loser) + 1, app.extensions["engine"]
    session.commit()
    paths = ("", f"/projects/{number}")
    for path in paths:
        said = text_of(pages.get(f"/rounds/{found.round.slug}/results{path}"))
        assert NOT_YET in said and "That changes nothing about the result." in said
    data = pages.get(f"/rounds/{found.round.slug}/results/data.json").text
    assert json.loads(data)["areas"][0]["needs"] is None
    rows = pages.get(f"/rounds/{found.round.slug}/results/data.csv").text
    assert {row["needed"] for row in csv.DictReader(io.StringIO(rows))} == {""}

    for task in needs.tasks(engine, found.round.id, RULES):
        needs.keep(engine, task, needs.work_out(task))
    for path in paths:
        said = text_of(pages.get(f"/rounds/{found.round.slug}/results{path}"))
        assert NOT_YET not in said and "confirmed by counting again" in said


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_every_project_has_its_page(pages, published, number):
    pages.get(f"/rounds/{published.slug}/results/projects/{number}")


@pytest.mark.parametrize("number", [0, 6, 999999999999999999999])
def test_a_project_that_does_not_exist_has_none(pages, published, number):
    pages.get(f"/rounds/{published.slug}/results/projects/{number}", 404)


# Downloads


def test_the_table_is_downloaded(pages, published):
    response = pages.get(f"/rounds/{published.slug}/results/data.csv")
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [row["code"] for row in rows][:3] == FUNDED
    assert {name: rows[3][name] for name in rows[3] if name.startswith("needed")} == {
        "needed_votes": "1",
        "needed_cost": "30000.00",
        "needed_budget": "40000.00",
        "needed": POOL_NEEDED,
    }
    assert rows[0]["needed"] == rows[0]["needed_votes"] == ""


def test_the_json_is_downloaded(pages, published):
    data = json.loads(pages.get(f"/rounds/{published.slug}/results/data.json").text)
    assert data["areas"][0]["outcome"]["funded"] == FUNDED
    assert data["areas"][0]["needs"]["projects"]["pool"]["votes"]["smallest"] == "proven"
    assert data["areas"][0]["projects"][3]["needed_votes"] == 1
    assert "needs" not in data["areas"][0]["outcome"]


def test_the_ballots_are_downloaded_and_made_once(pages, published, app):
    path = f"/rounds/{published.slug}/results/areas/town.pb"
    election = pabulib.read(pages.get(path).data)
    assert len(election.ballots) == len(BALLOTS)
    with statements(app) as made:
        pages.get(path)
    assert not any("sealed_choice" in statement for statement in made)


def test_the_bundle_is_downloaded_and_can_be_counted_again(pages, published, tmp_path):
    response = pages.get(f"/rounds/{published.slug}/results/bundle.zip")
    path = tmp_path / "bundle.zip"
    path.write_bytes(response.data)
    assert zipfile.is_zipfile(path)
    assert bundle.verify(bundle.read(path), RULES)


def test_an_area_that_does_not_exist_has_no_file(pages, published):
    pages.get(f"/rounds/{published.slug}/results/areas/moon.pb", 404)


# Cost

BALLOTS_OF_VOTERS = ("sealed_choice", "sealed_commitment", "live_ballot")


class statements:
    """The statements of a block of code."""

    def __init__(self, app) -> None:
        self.engine, self.found = app.extensions["engine"], []

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.found

    def __exit__(self, *error) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, connection, cursor, statement, *rest) -> None:
        self.found.append(statement)


def test_a_page_reads_no_ballot_and_costs_the_same_for_200_projects(
    session, keys, pages, app, clock
):
    costs = {}
    for size in (3, 200):
        projects = {f"p{n}": ("town", 1_000_00) for n in range(size)}
        found = town(session, keys, projects=projects, ballots=[["p1", "p2"], ["p2"]])
        found.publish_count()
        clock.now = NOW + LATER
        for path in ("", "/projects/1", "/data.csv", "/data.json"):
            with statements(app) as made:
                pages.get(f"/rounds/{found.round.slug}/results{path}")
            assert not any(table in one for one in made for table in BALLOTS_OF_VOTERS)
            costs.setdefault(path, []).append(len(made))
        assert (
            session.scalar(sa.select(sa.func.count()).where(Project.round_id == found.round.id))
            == size
        )
        session.rollback()
    for path, (few, many) in costs.items():
        assert few == many <= 16, (path, few, many)
