"""Nobody learns how many votes a project has before the box is sealed, wherever they look.

The projects get numbers of votes that stand nowhere else. Everybody then opens every page that
they can reach, and every command is run: the numbers must not be there. That the search finds them
shows once the result is published.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from pb import db
from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.cli import web_commands
from pb.eligibility.models import RollEntry
from pb.rounds import calendar
from pb.rounds.models import ActKind, Phase, Role
from pb.tally.ballots import Ballot
from tests import make
from tests.results.elections import Town, town
from tests.test_access import Everybody, requests

VOTERS = 1_213
CANARIES = {"park": 1_193, "pool": 1_187, "bench": 1_033}
PROJECTS = {code: ("town", n * 10_000_00) for n, code in enumerate(CANARIES, 1)}
WRITTEN = {
    f"{votes} votes of {code}": re.compile(
        rf"(?<![0-9A-Za-z])(?:{votes}|{votes:,}|{votes / VOTERS:.1%})(?![0-9A-Za-z])"
    )
    for code, votes in CANARIES.items()
}
LINK = re.compile(r'href="(/[^"#]*)')
WRITING_COMMANDS = {"account", "db", "demo", "import-pabulib", "jobs"}
MOST_PAGES = 400  # that one person opens; far more than there are


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Some commands write into the folder in which they run."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def voted(session, keys) -> Town:
    """A round in voting, with the canaries in its box."""
    made = town(session, keys, Phase.VOTING, projects=PROJECTS, ballots=())
    make.voters(session, made.round, keys, VOTERS)
    entries = session.scalars(select(RollEntry).where(RollEntry.round_id == made.round.id)).all()
    area, opens = make.area(made.round), calendar.span(made.round, Phase.VOTING).opens_at
    for n, entry in enumerate(entries):
        chosen = tuple(code for code, votes in CANARIES.items() if n < votes)
        lists = {area.id: Ballot(chosen)}
        box.cast(session, made.round, entry, lists, channel=Channel.WEB, now=opens, keys=keys)
    session.commit()
    return made


def everything(app, round, everybody) -> Iterator[tuple[str, str]]:
    """(where, what) for every page of every person, and for the output of every command."""
    for name, pages in everybody.browsers.items():
        for path, text in crawl(app, round, pages):
            yield f"{path} as {name}", text
    for command in web_commands():
        if command.name not in WRITING_COMMANDS:
            for words in invocations(command, round.slug):
                yield " ".join(["pb", command.name, *words]), output(app, command, words)


def output(app, command: click.Command, words: list[str]) -> str:
    """What a command prints, on both channels."""
    with app.app_context():
        done = CliRunner().invoke(command, words)
        db.session.remove()  # as the end of a process would
    assert done.exception is None or isinstance(done.exception, SystemExit), (words, done)
    assert done.output, f"{command.name} {words} says nothing"
    return done.output


def crawl(app, round, pages) -> Iterator[tuple[str, str]]:
    """Every page that this person finds by following links, or by guessing addresses."""
    waiting = ["/"] + [path for _, path, method, _ in requests(app, round) if method == "GET"]
    seen = set(waiting)
    while waiting:
        assert len(seen) < MOST_PAGES, "the pages have no end"
        path = waiting.pop()
        response = pages.client.get(path)
        assert response.status_code in (200, 303, 403, 404, 409), (path, response.status_code)
        text = readable(response)
        yield path, text
        further = [response.headers["Location"]] if response.status_code == 303 else []
        for link in further + LINK.findall(text):
            link = link.replace("&amp;", "&")
            if link not in seen and not link.startswith("/static/"):
                seen.add(link)
                waiting.append(link)


def readable(response) -> str:
    """The text of an answer; of a bundle, the text of all files in it."""
    if response.mimetype != "application/zip":
        return response.text
    with zipfile.ZipFile(io.BytesIO(response.data)) as bundle:
        return "\n".join(bundle.read(name).decode() for name in bundle.namelist())


def invocations(command: click.Command, slug: str) -> Iterator[list[str]]:
    """Every way to call a command that needs nothing but a round."""
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            for words in invocations(part, slug):
                yield [name, *words]
        return
    words, choices = [], [[]]
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice):
            choices = [[parameter.opts[0], choice] for choice in parameter.type.choices]
        elif isinstance(parameter, click.Argument) or parameter.opts[0] == "--round":
            words += [slug] if isinstance(parameter, click.Argument) else ["--round", slug]
    for choice in choices:
        yield words + choice


def found_in(places) -> dict[str, list[str]]:
    """Where each canary sings."""
    found: dict[str, list[str]] = {what: [] for what in WRITTEN}
    for where, text in places:
        for what, pattern in WRITTEN.items():
            if pattern.search(text):
                found[what].append(where)
    return found


@pytest.mark.slow
def test_no_count_of_votes_is_anywhere_before_the_seal(app, session, keys, clock, browse, voted):
    everybody = Everybody(session, browse, voted.round)
    nowhere = {what: [] for what in WRITTEN}
    results = calendar.span(voted.round, Phase.RESULTS).opens_at

    assert found_in(everything(app, voted.round, everybody)) == nowhere

    clock.now = results + timedelta(hours=1)  # high time, and the box is not sealed
    assert found_in(everything(app, voted.round, everybody)) == nowhere

    for kind in (ActKind.COUNT, ActKind.PUBLISH_RESULT):
        voted.do(kind, at=clock.now)
    for person in ("anyone", str(Role.AUDITOR)):
        found = found_in(crawl(app, voted.round, everybody.browsers[person]))
        for what, places in found.items():
            assert places, f"the search would not find {what} for {person}"
    [export] = [one for one in web_commands() if one.name == "export"]
    table = output(app, export, [voted.round.slug, "--format", "csv"])
    assert [what for what, pattern in WRITTEN.items() if not pattern.search(table)] == [], table
