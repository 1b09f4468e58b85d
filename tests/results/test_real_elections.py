"""Real elections, by the ordinary road: import, counted acts, published page."""

import re

import pytest
from click.testing import CliRunner

from pb.cli.rounds import import_pabulib
from pb.results import queries as results
from pb.results import service
from pb.rounds import queries
from pb.tally import pabulib

SMALL = {
    "Poland_Wieliczka_2023_Green_Budget": "equal-shares",
    "Poland_Warszawa_2024_Ochota": "greedy",
    "Poland_Poznan_2023_8_-_Chartowo_Rataje_Zegrze": "greedy",
    "Netherlands_Assen_2024": "equal-shares",
}


def imported(app, session, path):
    """The round of a file, and what the command said."""
    with app.app_context():
        done = CliRunner().invoke(import_pabulib, [str(path), "--slug", "real"])
    assert done.exit_code == 0, (done.output, done.exception)
    return queries.find(session, "real"), done.stdout


def assert_it_is_published(app, session, pages, round, election):
    """The stored result, a recount of it, its page and the page of every tenth project."""
    result = results.published(session, round).result
    assert result.voters == len(election.ballots)
    assert service.recount(session, result, app.extensions["rules"])
    session.rollback()
    funded = results.funded_codes(session, round)
    page = pages.get("/rounds/real/results").text
    assert f"{len(funded)} of {len(election.instance.projects)} projects" in page
    reasons = re.findall(r'class="app-why">(?:Funded|Not funded)', page)
    assert len(reasons) == len(election.instance.projects)
    for number in range(1, len(election.instance.projects) + 1, 10):
        pages.get(f"/rounds/real/results/projects/{number}")


@pytest.mark.parametrize("name", SMALL)
def test_a_real_election_comes_out_as_it_did(app, session, pages, pabulib_file, name):
    path = pabulib_file(name)
    election = pabulib.read_file(path)
    round, said = imported(app, session, path)

    assert round.rule_id == SMALL[name]
    wanted = {1, 2} if election.meta["rule"] == "greedy-custom" else {1}
    official = {code for code, mark in election.selected.items() if mark in wanted}
    assert official and results.funded_codes(session, round) == official
    assert "are the officially selected ones" in said
    assert_it_is_published(app, session, pages, round, election)


def test_65101_rankings_come_out_as_they_did(app, session, pages, pabulib_file, backend):
    if backend == "postgresql":
        pytest.skip("the largest file runs on SQLite only; the same code runs on both")
    path = pabulib_file("Poland_Krakow_2024")
    election = pabulib.read_file(path)
    round, _ = imported(app, session, path)

    result = results.published(session, round).result
    assert result.voters == 65_101
    assert results.funded_codes(session, round) == set(election.winners)
    assert sum(result.outcomes[0].points.values()) == 65_101 * (3 + 2 + 1)
    assert_it_is_published(app, session, pages, round, election)


def test_points_of_toulouse_are_counted(app, session, pages, pabulib_file):
    """The file declares most votes first, and does not tell who won."""
    path = pabulib_file("France_Toulouse_2019")
    election = pabulib.read_file(path)
    round, said = imported(app, session, path)

    assert "does not say which projects were funded" in said
    (area,) = results.published(session, round).result.outcomes
    assert (area.scores["4"], area.points["4"]) == (471, 1090)
    rule, params, ties = pabulib.declared(election)
    expected = rule(election.instance, election.profile, params, ties)
    assert area.outcome["funded"] == list(expected.funded)
    assert_it_is_published(app, session, pages, round, election)


def test_a_rule_that_nobody_knows_is_replaced_and_the_difference_told(
    app, session, pages, pabulib_file
):
    """Budapest counts by categories that the file does not describe; see its comment."""
    path = pabulib_file("Hungary_Budapest_2024")
    round, said = imported(app, session, path)
    assert "“unknown” is not implemented" in said and "DIFFER" in said
    assert_it_is_published(app, session, pages, round, pabulib.read_file(path))


@pytest.fixture
def pabulib_file(request):
    folder = request.getfixturevalue("pabulib")

    def find(name):
        path = folder / f"{name}.pb"
        if not path.exists():
            pytest.skip(f"{path} is not there")
        return path

    return find
