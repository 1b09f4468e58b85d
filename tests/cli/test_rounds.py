import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from pb.audit import queries as log
from pb.audit import service as audit
from pb.cli.recount import recount
from pb.cli.rounds import export, import_pabulib
from pb.results import queries as results
from pb.rounds import calendar, queries
from pb.rounds.models import Phase, Side
from pb.tally import pabulib
from tests.conftest import NOW

# Greedy, 1000: bridge (3 votes, 600) leaves 400; cinema (2 votes, 500) does not fit; bench (1
# vote, 400) does.
ELECTION = """META
key;value
description;A small election
country;Poland
unit;Smallville
instance;2024
num_projects;3
num_votes;4
budget;1000
vote_type;approval
rule;greedy
date_begin;01.03.2024
date_end;10.03.2024
max_length;3
currency;PLN
PROJECTS
project_id;cost;votes;name;selected
A/01;600;3;A bridge;1
B;500;2;A cinema;0
C;400;1;A bench;1
VOTES
voter_id;vote
1;A/01,B
2;A/01,B
3;A/01
4;C
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "Small_ville.pb"
    path.write_text(ELECTION)
    return path


@pytest.fixture
def run(app):
    """Run a command inside the application, as `pb` does."""

    def invoke(command, *arguments):
        with app.app_context():
            return CliRunner().invoke(command, [str(argument) for argument in arguments])

    return invoke


def refused(done, sentence: str) -> None:
    """Exit status 2 and one line that says what is wrong."""
    assert done.exit_code == 2, (done.output, done.exception)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


# import-pabulib


def test_a_finished_election_becomes_a_published_round(run, session, file):
    done = run(import_pabulib, file)
    assert done.exit_code == 0, done.output
    assert "small-ville: Smallville 2024" in done.stdout
    assert "4 ballots, 2 of 3 projects funded" in done.stdout
    assert "are the officially selected ones" in done.stdout

    round = queries.find(session, "small-ville")
    assert calendar.phase_at(round, NOW) is Phase.RESULTS
    assert (round.currency, round.time_zone, round.budget) == ("PLN", "Europe/Warsaw", 1000_00)
    assert (round.rule_id, round.ties) == ("greedy", ["file-order"])
    assert calendar.span(round, Phase.VOTING).opens_at.isoformat() == "2024-02-29T23:00:00+00:00"
    assert calendar.span(round, Phase.VOTING).closes_at.isoformat() == "2024-03-10T23:00:00+00:00"
    assert results.funded_codes(session, round) == {"A/01", "C"}
    result = results.published(session, round).result
    assert (result.voters, result.entitled) == (4, 0)


def test_two_hands_of_two_sides_carry_the_import(run, session, file):
    run(import_pabulib, file)
    round = queries.find(session, "small-ville")
    acts = queries.acts(session, round)
    assert len(acts) == 4
    for act in acts:
        assert (act.asked_side, act.confirmed_side) == (Side.COMMISSION, Side.COMMUNITY)
        assert act.asker.password_hash is act.confirmer.password_hash is None
    entries = log.entries(session, round.id)
    assert audit.verify(round.id, entries).intact
    assert "election.import" in {entry.kind for entry in entries}


def test_a_second_import_uses_the_same_hands(run, session, file):
    run(import_pabulib, file)
    done = run(import_pabulib, file, "--slug", "again")
    assert done.exit_code == 0, done.output
    first, second = (queries.find(session, slug) for slug in ("small-ville", "again"))
    hands = [{act.asked_by for act in queries.acts(session, round)} for round in (first, second)]
    assert hands[0] == hands[1]


def test_a_rule_that_is_not_implemented_is_replaced_and_named(run, session, file):
    file.write_text(ELECTION.replace("rule;greedy", "rule;unknown"))
    done = run(import_pabulib, file)
    assert done.exit_code == 0
    assert "“unknown” is not implemented" in done.stdout
    assert queries.find(session, "small-ville").rule_id == "greedy"


def test_a_difference_to_the_official_result_is_told(run, file):
    file.write_text(ELECTION.replace("A cinema;0", "A cinema;1").replace("A bench;1", "A bench;0"))
    done = run(import_pabulib, file)
    assert done.exit_code == 0
    assert "DIFFER" in done.stdout and "C only here, B only there" in done.stdout


def test_a_file_without_official_result_is_imported(run, file):
    text = ELECTION.replace(";selected", "")
    for mark in ("bridge", "bench"):
        text = text.replace(f"{mark};1", mark)
    file.write_text(text.replace("cinema;0", "cinema"))
    done = run(import_pabulib, file)
    assert "does not say which projects were funded" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("budget;1000", "budget;much", "line 9, field budget"),
        ("budget;1000\n", "", "field budget"),
        ("1;A/01,B", "1;A/01,X", "names project X"),
        ("date_end;10.03.2024", "date_end;soon", "field date_end"),
        ("date_end;10.03.2024", "date_end;10.02.2024", "before date_begin"),
        ("date_end;10.03.2024", "date_end;10.03.2031", "not over yet"),
        ("date_begin;01.03.2024", "date_begin;31.02.2024", "field date_begin"),
        ("currency;PLN", "currency;GOLD", "not a currency"),
        ("budget;1000", "budget;1000.005", "more decimals"),
        ("B;500", "B;0", "above zero"),
        ("unit;Smallville\n", "", "field unit"),
        ("PROJECTS", "PROJECT", "Small_ville.pb"),
    ],
)
def test_a_broken_file_changes_nothing_and_is_explained_in_one_line(
    run, session, file, old, new, sentence
):
    assert old in ELECTION
    file.write_text(ELECTION.replace(old, new, 1))
    done = run(import_pabulib, file)
    refused(done, sentence)
    assert done.stderr.count("Small_ville.pb") == 1
    assert queries.find(session, "small-ville") is None


def test_a_missing_file_is_named(run, tmp_path):
    refused(run(import_pabulib, tmp_path / "nothing.pb"), "nothing.pb: No such file")


def test_a_slug_that_is_taken_is_refused(run, file):
    run(import_pabulib, file)
    refused(run(import_pabulib, file), "already a round with the address “small-ville”")


def test_a_slug_that_is_no_address_is_refused(run, file):
    refused(run(import_pabulib, file, "--slug", "Not An Address"), "small letters")


# export


def test_what_was_imported_can_be_exported(run, file, tmp_path):
    run(import_pabulib, file)
    done = run(export, "small-ville", "--format", "pb")
    assert done.exit_code == 0
    election = pabulib.read(done.stdout)
    assert set(election.winners) == {"A/01", "C"}
    assert sorted(ballot.choices for ballot in election.ballots) == [
        ("A/01",),
        ("A/01", "B"),
        ("A/01", "B"),
        ("C",),
    ]


def test_every_format_is_written_to_a_file(run, file, tmp_path):
    run(import_pabulib, file)
    for kind in ("pb", "csv", "json", "bundle"):
        path = tmp_path / f"out.{kind}"
        assert run(export, "small-ville", "--format", kind, "-o", path).exit_code == 0
        assert path.stat().st_size
    assert json.loads((tmp_path / "out.json").read_text())["areas"][0]["outcome"]["funded"]


def test_an_export_of_nothing_is_refused(run, file, tmp_path):
    refused(run(export, "nowhere", "--format", "csv"), "no round “nowhere”")
    run(import_pabulib, file)
    refused(run(export, "small-ville", "--format", "pb", "--area", "moon"), "there are smallville")
    nowhere = tmp_path / "no" / "folder"
    refused(run(export, "small-ville", "--format", "csv", "-o", nowhere), "No such file")


# recount


@pytest.fixture
def bundle(run, file, tmp_path) -> Path:
    run(import_pabulib, file)
    path = tmp_path / "bundle.zip"
    run(export, "small-ville", "--format", "bundle", "-o", path)
    return path


def test_a_bundle_is_counted_again(run, bundle):
    done = run(recount, bundle)
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("The recount agrees.\n")


def test_a_recount_needs_no_web(run, bundle):
    code = (
        "import sys; from pb.cli.recount import recount\n"
        f"try: recount([{str(bundle)!r}])\n"
        "except SystemExit as end: assert not end.code\n"
        "found = {'flask', 'wtforms', 'werkzeug', 'jinja2'} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True)


def test_a_changed_bundle_ends_with_status_one(run, bundle, tmp_path):
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("ballots/"):
                content = content.replace(b'{"choices":["C"]}', b'{"choices":["B"]}')
            new.writestr(name, content)
    done = run(recount, changed)
    assert done.exit_code == 1
    assert "ballots/smallville.jsonl was changed" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "No such file"),
        (b"no archive", "not a bundle"),
        ({"other.txt": b""}, "no manifest.json"),
        ({"manifest.json": b"{"}, "not a bundle"),
        ({"manifest.json": b"[]"}, "not a bundle"),
        ({"manifest.json": b'{"format": "pb-bundle", "version": 9}'}, "version 9"),
    ],
)
def test_what_is_no_bundle_ends_with_status_two(run, tmp_path, content, sentence):
    path = tmp_path / "bundle.zip"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in content.items():
                archive.writestr(name, text)
    refused(run(recount, path), sentence)


def test_a_bundle_with_half_its_content_ends_with_status_one(run, tmp_path):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        manifest = {"format": "pb-bundle", "version": 1, "files": {}}
        archive.writestr("manifest.json", json.dumps(manifest))
    done = run(recount, path)
    assert done.exit_code == 1 and "incomplete" in done.stderr
