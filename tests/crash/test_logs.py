"""What the server writes down tells nobody who voted for what, even when everything goes wrong."""

from pathlib import Path

import pytest

from benchmarks.visitor import Broken, Visitor, enter, vote
from tests.crash.conftest import PROJECTS

CHOICES = [("project", "7"), ("project", "11")]


def test_no_code_no_receipt_and_no_choice_is_in_the_logs(town, cluster):
    code, other, *_ = town.codes
    visitor = Visitor(town.server.port)
    with pytest.raises(Broken, match="422"):
        enter(visitor, town.slug, other[:-1])  # a letter is missing
    enter(visitor, town.slug, code)
    voted = vote(visitor, town.slug, CHOICES)
    visitor.close()
    break_the_database(town, cluster)
    visitor.port = town.server.port
    again = [("submission", voted.submission), *CHOICES]
    answers = [
        visitor.get(f"/rounds/{town.slug}/vote?code={other}"),
        visitor.post(f"/rounds/{town.slug}/vote", [("code", other)]),
        visitor.post(f"/rounds/{town.slug}/vote/send", again),
    ]
    visitor.close()
    assert [answer.status for answer in answers] == [503, 503, 503]
    assert b"Your ballot was NOT counted" in answers[-1].body

    log = town.log.read_text()
    assert log.count("No answer from the database") == len(answers), "trouble is written down"
    secrets = [code, other, other[:-1], voted.receipt, voted.submission, visitor.cookie.decode()]
    secrets += PROJECTS
    assert [secret for secret in secrets if secret in log] == []


def break_the_database(town, cluster) -> None:
    if cluster is not None:
        cluster.kill()
        return
    town.stop()
    path = Path(town.settings["DATABASE_URL"].removeprefix("sqlite:///"))
    path.rename(path.with_suffix(".gone"))
    town.start()
