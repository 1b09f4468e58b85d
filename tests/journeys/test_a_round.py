"""The whole road of a round by HTTP, on both databases, as people without scripts walk it."""

import subprocess
import sys
from pathlib import Path

from pb.accounts import service
from tests.conftest import NOW
from tests.journeys.story import PASSWORD, ROUND, Story
from tests.journeys.visitors import PlainVisitor


def test_from_an_empty_database_to_a_published_result(app, session, clock, tmp_path):
    service.register(
        session,
        email="olga@example.org",
        name="Olga",
        password=PASSWORD,
        at=NOW,
        may_open_rounds=True,
    )
    session.commit()
    story = Story(lambda: PlainVisitor(app), clock, "olga@example.org", app)

    story.the_commissioner_sets_up_the_round()
    story.it_is_published_by_two_hands()
    story.residents_propose()
    story.the_commission_reviews()
    codes = story.the_roll_and_the_freeze()
    story.residents_vote(codes)
    story.it_is_counted_and_published()
    story.a_stranger_reads_why()

    recount_at_home(app, tmp_path)


def recount_at_home(app, folder) -> None:
    """A journalist downloads the bundle and counts again on another machine."""
    stranger = PlainVisitor(app)
    stranger.open(f"{ROUND}/results/bundle.zip")
    bundle = folder / "riverside.zip"
    bundle.write_bytes(stranger.bytes)
    command = [str(Path(sys.executable).with_name("pb")), "recount", str(bundle)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
