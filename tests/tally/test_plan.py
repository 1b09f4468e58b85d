import json
from dataclasses import replace
from fractions import Fraction

import pytest

from pb.tally import pabulib
from pb.tally.eligible import Thresholds
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Project
from pb.tally.outcome import StepKind
from pb.tally.plans import (
    Ballots,
    Flow,
    Plan,
    PlanOutcome,
    Stage,
    count,
    explain_plan,
    stage_line,
    with_floors,
)
from tests.tally.elections import approve, election, instance, need_archive, rank

# The worked example of docs/rules/plans.md: two districts with 100 each, 60 for the whole city.
CITY = instance(260, park=70, pool=120, ramp=60, fair=90, tram=80)
AREAS = {"park": "north", "pool": "north", "ramp": "south", "fair": "south", "tram": "city"}
HOMES = {
    "north": approve("3*park pool", "2*pool", "park tram"),
    "south": approve("3*ramp fair", "2*ramp tram", "fair tram"),
}
NORTH = Stage("north", 100, areas=("north",))
SOUTH = Stage("south", 100, areas=("south",))
WHOLE = Stage("city", 60, areas=("city",))


def counted(*stages, place=CITY, homes=HOMES, areas=AREAS, **rest):
    return count(Plan(tuple(stages), **rest), place, homes, areas)


def money(outcome):
    """(own, received, spent, left, to) of every stage."""
    return {
        one.stage: (one.own, dict(one.received), one.outcome.spent, one.left, one.to)
        for one in outcome.stages
    }


def said(place, outcome, project):
    return [one.sentence for one in explain_plan(place, outcome, project)]


def test_what_the_first_district_leaves_goes_to_the_second():
    # north: pool has 5 votes and is too dear, park is funded and 30 stays for south:
    # ramp (5 votes, 60), then 70 is left and fair costs 90
    outcome = counted(replace(NORTH, leftover="south"), SOUTH, WHOLE)
    assert outcome.funded == ("park", "ramp")
    assert money(outcome) == {
        "north": (100, {}, 70, 30, "south"),
        "south": (100, {"north": 30}, 60, 70, ""),
        "city": (60, {}, 0, 60, ""),
    }


def test_in_the_other_order_the_money_flows_the_other_way():
    # south: ramp, 40 left; north has 140: pool (5 votes) for 120, then park does not fit
    outcome = counted(replace(SOUTH, leftover="north"), NORTH, WHOLE)
    assert outcome.funded == ("ramp", "pool")
    assert money(outcome)["north"] == (100, {"south": 40}, 120, 20, "")


def test_the_city_comes_after_the_districts_with_all_they_left():
    # 30 from north and 40 from south make 130: tram (4 votes) for 80
    flow = [replace(one, leftover="city") for one in (NORTH, SOUTH)]
    outcome = counted(*flow, WHOLE)
    assert outcome.funded == ("park", "ramp", "tram")
    assert money(outcome)["city"] == (60, {"north": 30, "south": 40}, 80, 50, "")
    assert stage_line(outcome.stages[2]) == (
        "city: own 60, 30 from north, 40 from south, spent 80, 50 left"
    )


def test_projects_that_lost_in_their_district_compete_again_where_the_plan_says_so():
    # over the whole city pool has 5 votes, fair and tram 4: pool first, 10 is left
    flow = [replace(one, leftover="city") for one in (NORTH, SOUTH)]
    outcome = counted(*flow, replace(WHOLE, areas=(), again=True))
    assert outcome.funded == ("park", "ramp", "pool")
    assert said(CITY, outcome, "pool") == [
        "north: Not funded: it costs 120, more than the whole budget of 100.",
        "city: Funded 1st, with 5 votes: it cost 120 and 130 was left.",
    ]
    assert len(said(CITY, outcome, "tram")) == 1


def test_without_that_a_stage_for_everything_counts_what_no_stage_had_before():
    outcome = counted(NORTH, SOUTH, replace(WHOLE, areas=()))
    assert outcome.stages[2].projects == ("tram",)


def test_a_project_that_no_stage_is_for_is_explained_too():
    outcome = counted(NORTH, SOUTH)
    assert said(CITY, outcome, "tram") == ["Not funded: no stage of the count was for it."]


def test_other_money_that_tops_up_is_counted_apart():
    # park takes 70 of 100; half of what the ramp costs is left, so 30 more are added
    params = {"top-up": "1/2", "unaffordable": "stop", "oversize": "ignore"}
    both = Stage("both", 100, areas=("north", "south"), params=params)
    outcome = counted(
        both,
        place=replace(CITY, projects=CITY.projects[:1] + CITY.projects[2:3]),
        homes={"": approve("3*park", "2*ramp")},
    )
    (stage,) = outcome.stages
    assert outcome.funded == ("park", "ramp")
    assert (stage.own, stage.outcome.spent, stage.added, stage.left) == (100, 130, 30, 0)
    assert stage_line(stage) == "both: own 100, spent 130, 30 of that from other money, 0 left"


def test_residents_all_ballots_or_those_that_name_a_project():
    # tram: one voter of north and three of south
    for ballots, voters in ((Ballots.ALL, 12), (Ballots.RESIDENTS, 6), (Ballots.NAMING, 9)):
        stage = counted(replace(NORTH, areas=("north", "x"), ballots=ballots)).stages[0]
        assert stage.voters == (6 if ballots is Ballots.NAMING else voters)
    city = counted(replace(WHOLE, ballots=Ballots.NAMING)).stages[0]
    assert city.voters == 4


def test_the_district_with_the_highest_turnout_is_counted_last_and_gets_what_the_others_left():
    # ballots of residents: 6 of 100 in north, 6 of 50 in south, 6 of 60 in the east
    turnout = {"ballots": Ballots.RESIDENTS, "leftover": Flow.TURNOUT}
    stages = (replace(SOUTH, residents=50, **turnout), replace(NORTH, residents=100, **turnout))
    outcome = counted(*stages, WHOLE)
    assert [one.stage for one in outcome.stages] == ["north", "south", "city"]
    assert money(outcome)["south"] == (100, {"north": 30}, 60, 70, "")
    with pytest.raises(TallyError, match="residents of every stage"):
        counted(stages[0], replace(stages[1], residents=None))


def test_a_floor_is_spent_within_its_category_first_and_the_rest_over_everything():
    # 100 in all; by votes alone the two roads (3 and 2 votes) win and the tree gets nothing
    place = Instance(
        100,
        (
            Project("road", 60, categories=("roads",)),
            Project("lane", 40, categories=("roads",)),
            Project("tree", 30, categories=("green",)),
            Project("pond", 50, categories=("green",)),
        ),
    )
    ballots = approve("3*road", "2*lane", "tree")
    alone = Plan((Stage("all"),))
    assert count(alone, place, ballots).funded == ("road", "lane")
    # 40 for green: the tree for 30; 10 goes on to the 60 of the rest: the road, then 10 is left
    outcome = count(with_floors(alone, {"green": 40}), place, ballots)
    assert outcome.funded == ("tree", "road")
    assert money(outcome)["all"] == (60, {"floor green": 10}, 60, 10, "")
    assert said(place, outcome, "tree") == [
        "floor green: Funded 1st, with 1 vote: it cost 30 and 40 was left."
    ]


def test_a_category_gets_no_more_than_its_ceiling_over_all_stages():
    place = Instance(
        100, tuple(Project(name, 30, categories=("green",)) for name in "ab") + (Project("c", 10),)
    )
    ballots = approve("3*a", "2*b", "c")
    for rule in ("greedy", "equal-shares"):
        params = {"completion": "greedy"} if rule == "equal-shares" else {}
        plan = Plan((Stage("all", rule=rule, params=params),), ceilings={"green": 50})
        outcome = count(plan, place, ballots)
        assert outcome.funded == ("a", "c")
        assert said(place, outcome, "b") == [
            "all: Not funded: with its cost of 30 the category green would get more than 50; "
            "it had 30."
        ]
    first = Stage("first", 40)
    again = Plan((first, Stage("second", again=True)), ceilings={"green": 50})
    assert count(again, place, ballots).funded == ("a", "c")


def test_exclusive_groups_hold_under_equal_shares():
    # 4 voters, 100: 25 each. All have two supporters, the cheapest comes first: a, 20 from each
    # of two voters, then b in the same way from the other two, who have 10 left and not 50 for c
    place = instance(100, a=40, b=40, c=50)
    ballots = approve("2*a", "2*b c")
    shares = Stage("all", rule="equal-shares", params={"completion": "none"})
    assert count(Plan((shares,)), place, ballots).funded == ("a", "b")
    # with b taken out its supporters keep their 50, and that is what c costs
    outcome = count(Plan((shares,), exclusive=(("a", "b"),)), place, ballots)
    assert outcome.funded == ("a", "c")
    assert said(place, outcome, "b") == [
        "all: Not funded: it cannot stand beside a, which came first."
    ]


def test_a_project_is_excluded_by_one_of_an_earlier_stage():
    outcome = counted(NORTH, SOUTH, exclusive=(("park", "ramp"),))
    assert outcome.funded == ("park", "fair")
    assert said(CITY, outcome, "ramp")[0].startswith("south: Not funded: it cannot stand beside")


def test_thresholds_hold_before_any_rule():
    # 12 ballots: a third are 4; fair has 4 and takes part, park has 4, tram 4, a 5 asks for more
    place = replace(CITY, budget=1000)
    for share, out in ((Fraction(1, 3), set()), (Fraction(2, 5), {"park", "fair", "tram"})):
        stage = Stage("all", rule="phragmen", thresholds=Thresholds(share=share))
        outcome = count(Plan((stage,)), place, HOMES)
        kinds = {step.project: step.kind for step in outcome.whole.steps}
        assert {id for id, kind in kinds.items() if kind is StepKind.BELOW_THRESHOLD} == out
        assert not out & set(outcome.funded)


def test_a_first_place_is_worth_the_same_in_every_stage_though_ballots_get_shorter():
    # the longest ballot names two projects, so a first place is worth two points in both stages
    place = instance(10, a=5, b=5)
    plan = Plan((Stage("a", 5, areas=("x",)), Stage("b", 5, areas=("y",))))
    outcome = count(plan, place, rank("a b", "a"), {"a": "x", "b": "y"})
    assert [step.numbers["score"] for step in outcome.whole.steps] == [4, 2]
    unlike = {"x": rank("a"), "y": approve("b")}
    with pytest.raises(TallyError, match="one kind and length"):
        count(plan, place, unlike)
    with pytest.raises(TallyError, match="needs ballots"):
        count(plan, place, {})


def test_later_places_of_a_ranking_move_up_within_a_stage():
    place = instance(10, a=5, b=5)
    ballots = rank("a b", "a b", max_length=2)
    outcome = count(Plan((Stage("b", areas=("x",)),)), place, ballots, {"b": "x"})
    assert outcome.stages[0].outcome.steps[0].numbers["score"] == 4


def test_an_outcome_reads_back_equal_and_a_changed_one_is_refused():
    flow = [replace(one, leftover="city") for one in (NORTH, SOUTH)]
    outcome = counted(*flow, replace(WHOLE, budget=None), ceilings={"x": Fraction(1, 3)})
    data = json.loads(json.dumps(outcome.to_json()))
    assert PlanOutcome.from_json(data) == outcome
    assert PlanOutcome.from_json(data).outcome_digest == outcome.outcome_digest
    assert Plan.from_json(data["plan"]).digest == outcome.plan.digest
    data["stages"][0]["left"] = 31
    data["stages"][0]["own"] = 101
    with pytest.raises(TallyError, match="digest"):
        PlanOutcome.from_json(data)


def test_where_voters_live_and_where_projects_are_is_part_of_the_input():
    one = counted(NORTH)
    assert one.input_digest != counted(NORTH, areas=AREAS | {"pool": "south"}).input_digest
    moved = {"north": HOMES["south"], "south": HOMES["north"]}
    assert one.input_digest != counted(NORTH, homes=moved).input_digest


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        ([], "at least one stage"),
        ([NORTH, NORTH], "same name"),
        ([replace(NORTH, leftover="south")], "no later stage"),
        ([SOUTH, replace(NORTH, leftover="south")], "no later stage"),
        ([replace(NORTH, leftover="next")], "No stage comes after north"),
        ([replace(NORTH, budget=None), replace(SOUTH, budget=None)], "Only one stage"),
        ([replace(NORTH, budget=261)], "more money than the whole budget"),
        ([replace(NORTH, rule="dice")], "Stage north: there is no rule dice"),
        ([replace(NORTH, params={"ordre": "x"})], "no parameter ordre"),
    ],
)
def test_a_plan_that_cannot_be_counted_is_refused_in_a_sentence(stages, sentence):
    with pytest.raises(TallyError, match=sentence):
        counted(*stages)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"id": "stays"}, "cannot be called"),
        ({"budget": -1}, "not below zero"),
        ({"budget": 0.5}, "whole number or a fraction"),
        ({"residents": 0}, "above 0"),
        ({"areas": (), "ballots": "residents"}, "residents, but of no area"),
    ],
)
def test_a_stage_that_makes_no_sense_is_refused(fields, sentence):
    with pytest.raises(TallyError, match=sentence):
        replace(NORTH, **fields)


def test_swiecie_takes_one_project_out_by_its_threshold_and_funds_the_same():
    need_archive()
    one = election("Poland_Swiecie_2023.pb")
    rule, params, ties = pabulib.declared(one)
    given = {"completion": str(params.completion), "stop": str(params.stop)}
    if params.comparison != "none":
        given["comparison"] = str(params.comparison)
    limits = Thresholds(cost=Fraction(1, 3))
    plan = Plan((Stage("all", rule=rule.id, params=given, thresholds=limits),), ties)
    outcome = count(plan, one.instance, one.profile)
    out = [s for s in outcome.whole.steps if s.kind is StepKind.BELOW_THRESHOLD]
    assert len(out) == 1
    assert set(outcome.funded) == set(one.winners)
