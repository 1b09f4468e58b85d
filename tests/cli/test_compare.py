"""Several rules side by side, on a file small enough to count by hand.

Three voters, 100 złoty: a park for 60 and a pool for 50 with two votes each, a path for 10 with
none. As declared (ties by the order in the file) the park and the path are funded. With the
cheaper first it is the pool, and the path. Equal shares buys the pool alone, 25 from each of its
two supporters: those of the park then hold 8⅓ and 33⅓. The path completes it.
"""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pb.cli.compare import compare
from tests.tally.test_pabulib import POINTS, small

USUAL = [
    "declared",
    "greedy",
    "equal-shares:completion=none",
    "equal-shares:completion=add1+greedy",
]


@pytest.fixture
def town(tmp_path):
    path = tmp_path / "town.pb"
    path.write_text(small(), encoding="utf-8")
    return str(path)


def run(*words):
    return CliRunner().invoke(compare, words)


def found(*words) -> dict:
    answer = run(*words, "--json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def test_the_usual_rules_are_compared(town):
    data = found(town)
    assert [one["asked"] for one in data["rules"]] == USUAL
    assert [one["funded"] for one in data["rules"]] == [
        ["01", "3"],
        ["2/a", "3"],
        ["2/a"],
        ["2/a", "3"],
    ]
    assert {one["id"]: one["funded_by"] for one in data["projects"]} == {
        "01": ["A"],
        "2/a": ["B", "C", "D"],
        "3": ["A", "B", "D"],
    }


def test_every_outcome_is_measured(town):
    declared, *_, completed = found(town)["rules"]
    measures = declared["measures"]
    assert measures["ballots_with_a_funded_choice"] == {"part": 2, "whole": 3, "value": "2/3"}
    assert measures["budget_used"]["value"] == "7/10"
    assert measures["ejr_plus_up_to_one"] is True
    assert completed["measures"]["budget_used"]["value"] == "3/5"
    play, *_ = [one for one in measures["categories"] if one["tag"] == "play"]
    assert play == {
        "tag": "play",
        "votes": {"part": 1, "whole": 4, "value": "1/4"},
        "money": {"part": 30, "whole": 70, "value": "3/7"},
    }


def test_the_table_shows_places_in_the_order_of_funding(town):
    lines = run(town).stdout.splitlines()
    assert lines[0] == "3 ballots, 3 projects, 100"
    assert "A  declared, greedy; ties by file-order" in lines
    row = next(line for line in lines if line.startswith("01"))
    assert row.split()[-6:] == ["60", "2", "1", "-", "-", "-"]
    row = next(line for line in lines if line.startswith("3  "))
    assert row.split() == ["3", "Path", "10", "0", "2", "2", "-", "2"]
    row = next(line for line in lines if line.startswith("A ") and "%" in line)
    assert row.split() == ["A", "2", "70", "70.0", "%", "66.7", "%", "0.67", "none"]


def test_a_file_without_a_known_rule_is_compared_by_the_others(tmp_path):
    path = tmp_path / "unknown.pb"
    path.write_text(small(rule="unknown"), encoding="utf-8")
    assert [one["asked"] for one in found(str(path))["rules"]] == USUAL[1:]


def test_ballots_with_points_are_compared_too(tmp_path):
    text = POINTS.format(kind="cumulative", rule="greedy")
    text = text.replace("v1;33;01,2/a", "v1;01,2/a;5,1").replace("v2;;2/a", "v2;2/a;0")
    path = tmp_path / "points.pb"
    path.write_text(text.replace("v3;70;01", "v3;01;2"), encoding="utf-8")
    declared = found(str(path), "--rule", "declared")["rules"][0]
    assert declared["funded"] == ["01", "3"]
    reached = declared["measures"]["ballots_with_a_funded_choice"]
    assert reached == {"part": 2, "whole": 3, "value": "2/3"}


def test_rules_can_be_chosen_with_their_parameters_and_ties(town):
    data = found(
        town,
        "--rule",
        "greedy:order=score-per-cost,unaffordable=stop",
        "--rule",
        "greedy:threshold=3",
        "--ties",
        "higher-cost",
    )
    one, other = data["rules"]
    assert one["params"]["order"] == "score-per-cost" and one["params"]["unaffordable"] == "stop"
    assert one["funded"] == ["2/a"] and other["funded"] == []
    assert one["ties"] == other["ties"] == ["higher-cost"]


def test_projects_that_no_rule_funds_are_counted_only(town):
    answer = run(town, "--rule", "equal-shares", "--rule", "greedy:threshold=3")
    assert "2 more projects are funded by none." in answer.stdout
    assert "Path" not in answer.stdout


def test_groups_that_fall_short_are_counted(tmp_path):
    """Six of ten decide about everything; the four friends of the library have a claim to 400."""
    head, _, _ = small("budget;100", "budget;1000").partition("PROJECTS")
    votes = ["s,t"] * 6 + ["l"] * 4
    path = tmp_path / "majority.pb"
    path.write_text(
        f"{head}PROJECTS\nproject_id;cost\ns;600\nt;400\nl;300\nVOTES\nvoter_id;vote\n"
        + "".join(f"{number};{vote}\n" for number, vote in enumerate(votes)),
        encoding="utf-8",
    )
    greedy, shares = found(str(path), "--rule", "greedy", "--rule", "equal-shares")["rules"]
    assert greedy["measures"]["shortfalls"] == [
        {"project": "l", "voters": 4, "claim": 400, "best": 300}
    ]
    assert shares["measures"]["ejr_plus_up_to_one"] is True
    lines = run(str(path), "--rule", "greedy", "--rule", "equal-shares").stdout.splitlines()
    short = [line.split()[-1] for line in lines if line[:2] in ("A ", "B ") and "%" in line]
    assert short == ["1", "none"]


def test_areas_stand_in_the_table_where_the_file_has_them(tmp_path):
    text = small("name;category", "name;district").replace("green, play", "North")
    path = tmp_path / "areas.pb"
    path.write_text(text.replace("Pool;;", "Pool;South;"), encoding="utf-8")
    (declared,) = found(str(path), "--rule", "declared")["rules"]
    shares = {one["tag"]: one["money"]["part"] for one in declared["measures"]["areas"]}
    assert shares == {"": 10, "North": 60, "South": 0}
    assert declared["measures"]["categories"] == []
    lines = run(str(path)).stdout.splitlines()
    north = next(line for line in lines if line.startswith("North"))
    assert north.split()[:5] == ["North", "50.0", "%", "85.7", "%"]


def test_the_widest_table_fits_a_hundred_columns(tmp_path):
    text = small('"Park; the ""big"" one"', "A name that does not want to end " * 9)
    text = text.replace("green, play", "a category with a name too long for any table " * 3)
    text = text.replace("01", "an/identifier/that/is/much/too/long/for/a/table")
    path = tmp_path / "wide.pb"
    path.write_text(
        text.replace("budget;100", "budget;199999999999").replace(";60;", ";99999999988.5;"),
        encoding="utf-8",
    )
    asked = ["--rule", "greedy:order=score,unaffordable=skip,oversize=count,ranking=places"] * 8
    answer = run(str(path), *asked)
    assert answer.exit_code == 0, answer.output
    assert max(len(line) for line in answer.stdout.splitlines()) <= 100
    assert "99,999,999,988.50" in answer.stdout


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--rule", "dice"], "there is no rule dice; there are greedy"),
        (["--rule", "greedy:order"], "written K=V, not order"),
        (["--rule", "greedy:order=x"], "order is one of score"),
        (["--rule", "greedy", "--ties", "dice"], "not by 'dice'"),
        (["--rule", "greedy"] * 9, "9 rules do not fit side by side; 8 do"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_status_2(town, words, problem):
    answer = run(town, *words)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert problem in answer.stderr


def test_a_broken_file_is_named_with_line_and_field(tmp_path):
    path = tmp_path / "broken.pb"
    path.write_text(small("budget;100", "budget;much"), encoding="utf-8")
    answer = run(str(path))
    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"Error: {path}, line 9, field budget: is 'much'")
    assert run(str(tmp_path / "none.pb")).exit_code == 2


def test_comparing_starts_without_the_web(town):
    program = "import sys; from pb.cli import main; main(sys.argv[1:], standalone_mode=False)"
    program += "; print([m for m in ('flask', 'sqlalchemy', 'wtforms') if m in sys.modules])"
    words = [sys.executable, "-c", program, "compare", town]
    result = subprocess.run(words, capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]", result.stderr
