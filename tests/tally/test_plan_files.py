import json
from fractions import Fraction

import pytest
from click.testing import CliRunner

from pb.cli.explain import explain_project
from pb.cli.tally import tally
from pb.tally import pabulib
from pb.tally.errors import TallyError
from pb.tally.plans import Ballots, PlanOutcome, count, read_plan
from pb.tally.rules.greedy import Leftover
from tests.tally.elections import election, need_archive
from tests.tally.test_commands import KEYS

TOWN = """META
key;value
description;Town
country;Poland
unit;Town
instance;2026
num_projects;3
num_votes;4
budget;100
vote_type;approval
rule;greedy
date_begin;2026
date_end;2026
{meta}PROJECTS
project_id;cost;category;neighborhood
park;40;green;north
pond;50;green;north
ramp;30;roads;south
VOTES
voter_id;vote;district
1;park,pond;north
2;park;north
3;ramp;south
4;ramp,pond;
"""
PLAN = """
ties = "file-order"
areas = "neighborhood"
homes = "district"
exclusive = [["park", "pond"]]

[defaults]
rule = "greedy"
params = { unaffordable = "stop" }

[ceilings]
green = 45.5

[[stages]]
id = "north"
budget = 60
areas = ["north"]
ballots = "residents"
threshold-share = "1/2"
leftover = "city"

[[stages]]
id = "city"
again = true
"""


def town(meta=""):
    return pabulib.read(TOWN.format(meta=meta))


def test_a_plan_is_read_with_everything_in_it():
    found = read_plan(PLAN, unit=100)
    north, city = found.plan.stages
    assert (found.areas, found.homes) == ("neighborhood", "district")
    assert (north.budget, city.budget, city.again) == (6000, None, True)
    assert (north.ballots, north.leftover) == (Ballots.RESIDENTS, "city")
    assert north.thresholds.share == Fraction(1, 2)
    assert north.params == city.params == {"unaffordable": "stop"}
    assert found.plan.ties == ("file-order",)
    assert found.plan.exclusive == (("park", "pond"),)
    assert found.plan.ceilings == {"green": 4550}


def test_floors_make_a_stage_before_the_one_of_the_plan():
    found = read_plan('[floors]\ngreen = 40\n[[stages]]\nid = "all"').plan
    assert [stage.id for stage in found.stages] == ["floor green", "all"]
    with pytest.raises(TallyError, match="one stage"):
        read_plan('[floors]\ngreen = 4\n[[stages]]\nid = "a"\n[[stages]]\nid = "b"')


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("stages = 1", "stages is a list, not 1"),
        ("=", "The plan is not TOML"),
        ("", "at least one stage"),
        ("colour = 1", "The plan has no colour"),
        ('[[stages]]\nid = "a"\ncolour = 1', "Stage a has no colour"),
        ('[[stages]]\nid = "a"\nbudget = true', "Stage a: budget is a number like"),
        ('[[stages]]\nid = "a"\nbudget = nan', "not TOML|budget is a number like"),
        ('[[stages]]\nid = "a"\nballots = "some"', "Stage a: 'some' is not a valid"),
        ('[[stages]]\nid = "a"\nareas = "n"', "Stage a: areas is a list"),
        ('[[stages]]\nid = "a"\nagain = 1', "Stage a: again is true or false, not 1"),
        ('[[stages]]\nid = "a"\nresidents = "many"', "residents of stage a"),
        ('ties = "cheapest"\n[[stages]]\nid = "a"', "A tie is broken by"),
        ('[floors]\ngreen = "1/0"\n[[stages]]\nid = "a"', "floors: green is a number like"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(TallyError, match=sentence):
        read_plan(text)


def test_budgets_in_a_file_make_a_plan():
    one = town("neighborhoods;north,south\nbudget_per_neighborhood;60.50,30\n")
    found = pabulib.declared_plan(one)
    assert [(s.id, s.budget, s.areas) for s in found.plan.stages] == [
        ("north", Fraction(121, 2) * one.instance.unit, ("north",)),
        ("south", 30 * one.instance.unit, ("south",)),
    ]
    areas = pabulib.project_areas(one, found.areas)
    assert count(found.plan, one.instance, one.profile, areas).funded == ("park", "ramp")

    one = town("categories;roads,green\nbudget_per_category;40,50\nmin_project_score_threshold;2\n")
    found = pabulib.declared_plan(one)
    assert [stage.params["threshold"] for stage in found.plan.stages] == ["2", "2"]
    assert count(found.plan, one.instance, one.profile).funded == ("ramp", "park")
    assert pabulib.declared_plan(town()) is None


@pytest.mark.parametrize(
    "meta",
    [
        "neighborhoods;north\nbudget_per_neighborhood;60,30\n",
        "budget_per_category;60\n",
        "categories;green\nbudget_per_category;much\n",
    ],
)
def test_budgets_that_do_not_fit_their_names_are_refused(meta):
    with pytest.raises(TallyError, match="budget_per_"):
        pabulib.declared_plan(town(meta))


def test_where_projects_and_voters_are_comes_from_columns():
    one = town()
    assert pabulib.project_areas(one, "neighborhood")["ramp"] == "south"
    assert pabulib.project_areas(one, "category")["ramp"] == "roads"
    homes = pabulib.ballots_by_home(one, "district")
    assert {home: profile.voters for home, profile in homes.items()} == {
        "": 1,
        "north": 2,
        "south": 1,
    }
    for look in (pabulib.project_areas, pabulib.ballots_by_home):
        with pytest.raises(TallyError, match="subunit"):
            look(one, "subunit")


def test_what_amsterdam_says_about_leftovers_is_done():
    need_archive()
    _, params, _ = pabulib.declared(election("Netherlands_Amsterdam_621.pb"))
    assert params.leftover is Leftover.PART
    _, params, _ = pabulib.declared(election("Netherlands_Amsterdam_643.pb"))
    assert params.leftover is Leftover.FILL


@pytest.fixture
def files(tmp_path):
    file, plan = tmp_path / "town.pb", tmp_path / "plan.toml"
    file.write_text(TOWN.format(meta=""), encoding="utf-8")
    plan.write_text(PLAN, encoding="utf-8")
    return str(file), str(plan)


def run(*words):
    return CliRunner().invoke(tally, words)


def test_the_command_counts_a_plan(files):
    # north has two voters: both chose park, one pond; 20 is left and 40 is the rest: ramp
    answer = run(files[0], "--plan", files[1])
    assert answer.exit_code == 0
    assert "Spent 70 of 100" in answer.stdout
    assert "north: own 60, spent 40, 20 left for city" in answer.stdout
    assert "city: own 40, 20 from north, spent 30, 30 left" in answer.stdout
    assert "north: Not funded: it cannot stand beside park, which came first." in answer.stdout


def test_the_json_has_the_keys_of_any_outcome_and_the_stages(files):
    answer = run(files[0], "--plan", files[1], "--ties", "lot:2026", "--json")
    data = json.loads(answer.stdout)
    assert set(data) == KEYS | {"plan", "stages"}
    assert (data["rule"], data["funded"], data["ties"]) == ("plan", ["park", "ramp"], ["lot:2026"])
    assert PlanOutcome.from_json(data).outcome_digest == data["outcome_digest"]


def test_one_project_is_explained_stage_by_stage(files):
    words = [files[0], "pond", "--plan", files[1]]
    answer = CliRunner().invoke(explain_project, words)
    assert answer.stdout == (
        "north: Not funded: it cannot stand beside park, which came first.\n"
        "city: Not funded: it cannot stand beside park, which came first.\n"
    )
    data = json.loads(CliRunner().invoke(explain_project, [*words, "--json"]).stdout)
    assert (data["project"], data["reason"], data["needs"]) == ("pond", "excluded", None)
    assert [stage["stage"] for stage in data["stages"]] == ["north", "city"]
    refused = CliRunner().invoke(explain_project, [*words, "--rule", "greedy"])
    assert refused.exit_code == 2 and "do not go with --plan" in refused.stderr


def test_the_command_says_in_one_line_what_is_wrong(files, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("colour = 1", encoding="utf-8")
    for words, problem in (
        (["--plan", str(bad)], "bad.toml: The plan has no colour"),
        (["--plan", str(tmp_path / "none.toml")], "none.toml cannot be read"),
        (["--plan", "declared"], "town.pb: has no budgets per neighborhood or category"),
        (["--plan", files[1], "--rule", "greedy"], "do not go with --plan"),
    ):
        answer = run(files[0], *words)
        assert answer.exit_code == 2
        assert problem in answer.stderr
        assert len(answer.stderr.strip().splitlines()) == 1


def test_a_real_election_is_counted_by_district():
    need_archive()
    one = election("Switzerland_Zurich_D10.pb")
    text = 'areas = "district"\n[defaults]\nrule = "equal-shares"\nleftover = "next"\n'
    districts = sorted(set(pabulib.project_areas(one, "district").values()))
    for name in districts:
        text += f'[[stages]]\nid = "{name}"\nbudget = 10000\nareas = ["{name}"]\n'
        text += 'ballots = "naming"\n'
    text += '[[stages]]\nid = "rest"\nagain = true\nleftover = "stays"\nrule = "greedy"\n'
    found = read_plan(text, one.instance.unit)
    areas = pabulib.project_areas(one, "district")
    outcome = count(found.plan, one.instance, one.profile, areas)
    assert [stage.stage for stage in outcome.stages] == [*districts, "rest"]
    assert sum(stage.own for stage in outcome.stages) == one.instance.budget
    assert outcome.spent + outcome.stages[-1].left == one.instance.budget
