"""What a count left for later is worked out by command."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from pb.cli.needs_of import needs_of
from pb.results.models import AreaOutcome
from pb.rounds.models import ActKind
from tests.results.elections import town, unguarded


@pytest.fixture
def run(app):
    """Run the command inside the application, as `pb` does."""

    def invoke(slug):
        with app.app_context():
            return CliRunner().invoke(needs_of, [slug])

    return invoke


@pytest.fixture
def waiting(session, keys):
    """A counted round whose rule may take long."""
    areas = {"town": 100_000_00, "north": 30_000_00}
    projects = {
        "park": ("town", 60_000_00),
        "pool": ("town", 50_000_00),
        "swing": ("north", 20_000_00),
        "slide": ("north", 15_000_00),
    }
    found = town(
        session,
        keys,
        areas=areas,
        projects=projects,
        ballots=[("park",), ("park", "pool")],
        rule="max-welfare",
    )
    found.do(ActKind.COUNT)
    return found.round


def stored(session):
    """The needs of every list, as the database has them now."""
    rows = session.scalars(sa.select(AreaOutcome.needs).order_by(AreaOutcome.position)).all()
    session.commit()
    return rows


def refused(done, sentence: str) -> None:
    """Exit status 2 and one line that says what is wrong."""
    assert done.exit_code == 2, (done.output, done.exception)
    assert sentence in done.stderr and done.stderr.count("\n") == 1


def test_every_list_is_worked_out_and_named(run, session, waiting):
    assert stored(session) == [None, None]
    done = run(waiting.slug)
    assert done.exit_code == 0, done.exception
    assert done.stdout.splitlines() == ["Town: 1 project lost", "North: 2 projects lost"]
    # Nobody voted in the north.
    town, north = stored(session)
    assert list(town["projects"]) == ["pool"] and list(north["projects"]) == ["swing", "slide"]


def test_a_second_time_there_is_nothing_to_do(run, session, waiting):
    run(waiting.slug)
    before = stored(session)
    done = run(waiting.slug)
    assert (done.exit_code, done.stdout) == (0, "Nothing is missing.\n")
    assert stored(session) == before


def test_a_round_that_does_not_exist_is_named(run):
    refused(run("nowhere"), "There is no round “nowhere”.")


def test_a_round_that_is_not_counted_is_refused(run, session, keys):
    refused(run(town(session, keys).round.slug), "have not been counted yet")


def test_a_stored_outcome_that_does_not_come_out_again_is_refused(run, session, waiting):
    unguarded(session)
    session.execute(sa.update(AreaOutcome).values(outcome_digest="0" * 64))
    session.commit()
    refused(run(waiting.slug), "Counting “Town” again does not give the stored outcome.")
    assert stored(session) == [None, None]


def test_a_rule_that_is_not_installed_any_more_is_named(run, waiting, app):
    app.extensions["rules"] = {"greedy": app.extensions["rules"]["greedy"]}
    refused(run(waiting.slug), "“max-welfare” is not installed")
