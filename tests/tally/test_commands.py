import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pb.cli import PURE, WEB
from pb.cli.explain import explain_project
from pb.cli.rules import rules
from pb.cli.tally import tally
from pb.tally.outcome import Outcome
from pb.tally.rules import load_rules
from tests.tally.test_pabulib import small

WEB_PACKAGES = {"flask", "werkzeug", "jinja2", "wtforms", "sqlalchemy", "pb.app"}
KEYS = {
    "rule",
    "version",
    "params",
    "input_digest",
    "budget",
    "spent",
    "funded",
    "ties",
    "steps",
    "outcome_digest",
}


@pytest.fixture
def town(tmp_path):
    path = tmp_path / "town.pb"
    path.write_text(small(), encoding="utf-8")
    return str(path)


def run(command, *words):
    return CliRunner().invoke(command, words)


def test_a_file_is_counted_as_it_declares(town):
    answer = run(tally, town, "--rule", "declared")
    assert answer.exit_code == 0
    assert "Spent 70 of 100" in answer.stdout
    assert "Not funded: with 2 votes its turn came when 40 was left" in answer.stdout


def test_the_whole_outcome_is_printed_as_json(town):
    answer = run(tally, town, "--rule", "equal-shares", "--param", "completion=add1", "--json")
    data = json.loads(answer.stdout)
    assert set(data) == KEYS
    assert data["params"]["completion"] == "add1"
    assert data["ties"] == ["lower-cost", "more-votes", "file-order"]
    assert Outcome.from_json(data).outcome_digest == data["outcome_digest"]


def test_ties_can_be_chosen(town):
    answer = run(tally, town, "--rule", "greedy", "--ties", "lot:2026,file-order", "--json")
    assert json.loads(answer.stdout)["ties"] == ["lot:2026", "file-order"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--rule", "dice"], "there is no rule dice; there are greedy, equal-shares"),
        (["--rule", "greedy", "--param", "order"], "--param is written K=V, not order"),
        (["--rule", "greedy", "--param", "order=x"], "order is one of score"),
        (["--rule", "declared", "--param", "a=b"], "--param goes with a rule"),
        (["--rule", "greedy", "--ties", "dice"], "not by 'dice'"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_status_2(town, words, problem):
    answer = run(tally, town, *words)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert problem in answer.stderr


def test_a_broken_file_is_named_with_line_and_field(tmp_path):
    path = tmp_path / "broken.pb"
    path.write_text(small("budget;100", "budget;much"), encoding="utf-8")
    answer = run(tally, str(path))
    assert answer.exit_code == 2
    assert answer.stderr == (
        f"Error: {path}, line 9, field budget: is 'much', not an amount of money\n"
    )
    assert run(tally, str(tmp_path / "none.pb")).exit_code == 2


def test_one_project_is_explained(town):
    answer = run(explain_project, town, "3")
    assert answer.stdout == "Funded 2nd, with 0 votes: it cost 10 and 40 was left.\n"
    assert run(explain_project, town, "zoo").exit_code == 2


def test_the_rules_are_listed():
    assert "greedy 1: Most votes first" in run(rules).stdout
    listed = {one["id"]: one for one in json.loads(run(rules, "--json").stdout)}
    assert set(listed) == set(load_rules())
    (order, *_) = listed["greedy"]["params"]
    assert order == {"name": "order", "default": "score", "choices": ["score", "score-per-cost"]}
    assert listed["greedy"]["accepts"] == ["approval", "cumulative", "ordinal", "scoring"]


def test_a_rule_of_the_town_is_found_by_name(monkeypatch):
    monkeypatch.setenv("TALLY_RULES", "tests.tally.test_all_rules:third_party")
    assert "third-party 1: Nothing" in run(rules).stdout
    monkeypatch.setenv("TALLY_RULES", "no.such:rule")
    assert run(rules).exit_code == 2


@pytest.mark.parametrize("command", sorted(PURE.keys() - {"recount"}))
def test_no_counting_command_loads_the_web_or_the_database(command):
    code = f"import sys, {PURE[command][0]}; print({WEB_PACKAGES} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"


def test_the_list_of_commands_loads_none_of_them():
    code = (
        "import sys, pb.cli; pb.cli.main(['--help'], standalone_mode=False);"
        f"print({WEB_PACKAGES} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.endswith("set()\n")
    assert all(f"  {name} " in found.stdout for name in PURE | WEB)
