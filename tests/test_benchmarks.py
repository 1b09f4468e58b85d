"""The scripts of benchmarks/ on files small enough to count by hand."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pb.tally import pabulib
from tests.tally.test_pabulib import small

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
REPORT = BENCHMARKS / "pabulib_report.py"
# Stands in for pabutools: the harness calls it as it calls the real one, and reads one line.
PRETENDS = """
import json, sys
known = {"read": 0.25, "count": 0.75, "total": 1.0, "peak": 10**9, "version": "a rival 1.0"}
print(json.dumps({**known, "winners": %r}))
"""
# The tool of equalshares.net in small: a module that parses, a script that is a worker.
PARSER = "export function parsePabulibFromString(text) { return { lines: text.split('\\n') }; }"
WORKER = """
importScripts('./libraries/fraction.min.js');
onmessage = (e) => {
  postMessage({ type: "progress", text: "50%" });
  const { instance, params } = e.data;
  const winners = [String(instance.lines.length > 9), params.completion, fractions];
  postMessage({ type: "result", winners, notes: {} });
};
"""


def report(*words, status: int = 0) -> str:
    result = subprocess.run([sys.executable, REPORT, *words], capture_output=True, text=True)
    assert result.returncode == status, result.stderr
    return result.stdout if status == 0 else result.stderr


@pytest.fixture
def folder(tmp_path):
    """Two elections: in one the official result is the count, in the other the pool won."""
    other = small("green, play;1", "green, play;0").replace("Pool;;0", "Pool;;1")
    (tmp_path / "Equal.pb").write_text(small(), encoding="utf-8")
    (tmp_path / "Other.pb").write_text(other, encoding="utf-8")
    return tmp_path


def test_the_report_says_what_is_equal_and_what_is_not(folder):
    page = report(folder)
    assert "| greedy | 2 | 2 | 1 | 1 |" in page
    assert "- `Other.pb`: we fund 01; officially funded 2/a. The cause is not known." in page
    assert "`Equal.pb`" not in page
    assert str(folder) not in page


def test_a_known_cause_is_confirmed_by_counting_again(tmp_path):
    """Without the withdrawn park (60) the pool and the path are funded, as the file says."""
    text = small("green, play;1", "green, play;0").replace("Pool;;0", "Pool;;1")
    file = tmp_path / "Poland_Warszawa_2018_Las.pb"
    file.write_text(re.sub(r"\b01\b", "1649", text), encoding="utf-8")
    assert "project 1649, withdrawn after the vote" in report(tmp_path)
    assert "Counted again without: equal." in report(tmp_path)
    file.write_text(re.sub(r"\b01\b", "1649", text.replace("Path;;1", "Path;;0")), encoding="utf-8")
    assert "Counted again without: still not equal." in report(tmp_path)


def test_files_that_cannot_be_compared_are_named(folder):
    (folder / "Unknown.pb").write_text(small(rule="dice"), encoding="utf-8")
    (folder / "Broken.pb").write_text(small("budget;100", "budget;much"), encoding="utf-8")
    page = report(folder)
    assert "| dice | 1 | 1 | – | – |" in page
    assert "- `Unknown.pb`: declares the rule `dice`." in page
    assert "- `Broken.pb`: line 9, field budget: is 'much'" in page


def test_without_files_there_is_no_report(tmp_path):
    assert "no Pabulib files" in report(tmp_path, status=2)
    assert report(status=2).startswith("usage:")
    assert report(tmp_path / "nowhere", status=2).startswith("usage:")


def test_the_page_was_made_by_the_script():
    """The page holds only lines the script can print: the same head, no path of any machine."""
    page = (ROOT / "docs" / "pabulib.md").read_text(encoding="utf-8")
    assert page.startswith("# Official results\n")
    assert "python benchmarks/pabulib_report.py DIR > docs/pabulib.md" in page
    assert not re.search(r"(?:^|[ `(])(?:\.\./|/)\w", page)


def run(script: str, *words) -> str:
    call = [sys.executable, BENCHMARKS / script, *map(str, words)]
    result = subprocess.run(call, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    return result.stdout


def city(file: Path, *words) -> str:
    run("city.py", file, "--ballots", 300, "--projects", 40, *words)
    return file.read_text(encoding="utf-8")


def test_a_city_is_the_same_from_the_same_seed(tmp_path):
    first = city(tmp_path / "first.pb", "--seed", 7)
    assert city(tmp_path / "again.pb", "--seed", 7) == first
    assert city(tmp_path / "other.pb", "--seed", 8) != first


def test_a_city_is_a_valid_file_that_the_reader_takes_in_full(tmp_path):
    checker = pytest.importorskip("pabulib.checker").Checker()
    city(tmp_path / "city.pb")
    assert checker.process_files([str(tmp_path / "city.pb")])["metadata"]["valid"] == 1
    election = pabulib.read_file(tmp_path / "city.pb")
    assert not election.warnings
    assert (len(election.instance.projects), election.profile.voters) == (40, 300)
    assert {len(ballot.choices) for ballot in election.ballots} <= set(range(1, 11))


@pytest.mark.parametrize("form", ["pdf", "csv"])
def test_letters_are_made_by_the_real_job_and_timed(form):
    printed = run("letters.py", "--letters", 7, "--form", form)
    assert printed.startswith(f"7 letters ({form}, sqlite) in ")
    assert re.search(r"^\d+ letters per second; \d+ per second of one core$", printed, re.MULTILINE)


@pytest.fixture
def benchmark(tmp_path):
    """The benchmark of one tiny election, against a tool that has only this to say."""

    def measured(winners: list[str], *words) -> tuple[str, dict]:
        elections, environment = tmp_path / "elections", tmp_path / "env" / "bin"
        elections.mkdir()
        environment.mkdir(parents=True)
        (elections / "Tiny.pb").write_text(small(), encoding="utf-8")
        (tmp_path / "pretends.py").write_text(PRETENDS % (winners,), encoding="utf-8")
        python = environment / "python"
        python.write_text(f"#!/bin/sh\nexec {sys.executable} {tmp_path / 'pretends.py'}\n")
        python.chmod(0o755)
        saved = tmp_path / "all.json"
        options = ["--env", environment.parent, "--json", saved, "--rounds", 1, *words]
        printed = run("tally.py", elections, *options)
        return printed, json.loads(saved.read_text(encoding="utf-8"))

    return measured


def winners_of_the_tiny_election() -> list[str]:
    """What equal shares with add1 funds, counted by the library itself."""
    from pb.tally.rules.equal_shares import Completion, EqualSharesParams, equal_shares

    election = pabulib.read(small(), unit=1)
    params = EqualSharesParams(completion=Completion.ADD1)
    return list(equal_shares(election.instance, election.profile, params).funded)


def test_a_ratio_counts_where_both_fund_the_same_in_the_same_order(benchmark):
    printed, data = benchmark(winners_of_the_tiny_election(), "--only", "small")
    [election] = data["small"]
    ours = election["results"]["pb portable"]
    assert ours["finished"] and ours["peak"] > 10**6 and ours["total"] >= ours["count"] > 0
    assert election["results"]["pabutools"]["total"] == 1.0
    assert "no ratio" not in printed
    assert re.search(r"^\| below 100 \| 1 \| .*\d × · \S+ × · \S+ ×", printed, re.MULTILINE)


def test_no_ratio_where_the_winners_differ(benchmark):
    printed, _ = benchmark(["somebody else"], "--only", "small")
    assert "- Tiny: no ratio with pabutools: other winners." in printed
    assert "×" not in printed.split("\n|", 1)[1]


def test_the_page_and_its_pictures_come_from_one_run(benchmark, tmp_path):
    words = ["--only", "small", "--only", "archive", "--only", "city", "--work", tmp_path]
    benchmark(winners_of_the_tiny_election(), *words, "--city-sizes", 200)
    run("performance_page.py", tmp_path / "all.json", tmp_path / "docs")
    page = (tmp_path / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "1 file in" in page and "- Compared with: a rival 1.0." in page
    assert "| city-200 | 200 |" in page
    assert str(tmp_path) not in page
    for name in re.findall(r"\]\((performance/\w+\.svg)\)", page):
        picture = ElementTree.parse(tmp_path / "docs" / name).getroot()
        space = {"s": "http://www.w3.org/2000/svg"}
        assert picture.find("s:title", space).text
        assert "pb portable: " in picture.find("s:desc", space).text


def test_without_a_folder_there_is_no_benchmark(tmp_path):
    call = [sys.executable, BENCHMARKS / "tally.py", tmp_path / "nowhere"]
    result = subprocess.run(call, capture_output=True, text=True)
    assert result.returncode == 2 and "name a folder of Pabulib files" in result.stderr


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_the_javascript_tool_runs_as_it_is(tmp_path):
    scripts = tmp_path / "tool" / "js"
    (scripts / "libraries").mkdir(parents=True)
    (scripts / "libraries" / "fraction.min.js").write_text("var fractions = 'loaded';")
    (scripts / "pabulibParser.js").write_text(PARSER)
    (scripts / "methodOfEqualSharesWorker.js").write_text(WORKER)
    file = tmp_path / "tiny.pb"
    file.write_text(small(), encoding="utf-8")
    script = BENCHMARKS / "measure_equalshares_net.cjs"
    call = ["node", script, tmp_path / "tool", file]
    result = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
    assert result["winners"] == ["true", "add1", "loaded"]
    assert result["peak"] > 10**6 and result["total"] >= result["count"]


def test_a_small_register_goes_the_way_of_a_million_people():
    call = [sys.executable, BENCHMARKS / "roll.py", "--people", "300", "--details"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert result.returncode == 0, result.stderr
    assert "300 people are on the list of voters now." in result.stdout
    assert "most memory" in result.stdout and "a code is found in" in result.stdout
