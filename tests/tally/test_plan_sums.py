from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally.ballots import BallotKind
from pb.tally.eligible import Thresholds
from pb.tally.model import Instance, Profile
from pb.tally.plans import Ballots, Plan, PlanOutcome, Stage, count, explain_plan_all
from pb.tally.rules import load_rules
from pb.tally.rules.greedy import greedy
from tests.tally.elections import elections, instance

RULES = load_rules()
KINDS = (BallotKind.APPROVAL, BallotKind.CUMULATIVE, BallotKind.ORDINAL)
FLOWS = ("stays", "next", "turnout", "last")


@st.composite
def planned(draw, rules=tuple(RULES), kinds=KINDS):
    """A random plan over a random election: two to four stages of any rule."""
    kind = draw(st.sampled_from(kinds))
    place, cast, kind = draw(elections(kinds=(kind,)))
    able = sorted(name for name in rules if kind in RULES[name].accepts)
    cut = draw(st.integers(0, len(cast)))
    homes = {"n": Profile.of(cast[:cut], kind), "s": Profile.of(cast[cut:], kind)}
    areas = {id: draw(st.sampled_from("nsx")) for id in place.by_id}
    tagged = tuple(
        replace(p, categories=tuple(draw(st.sets(st.sampled_from(["green", "roads"])))))
        for p in place.projects
    )
    parts = draw(st.lists(st.integers(0, 6), min_size=2, max_size=4))
    stages = []
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        flow = draw(st.sampled_from(FLOWS))
        area = draw(st.sampled_from([(), ("n",), ("s",), ("n", "s")]))
        stages.append(
            Stage(
                str(number),
                Fraction(place.budget * part, 24),
                areas=area,
                ballots=draw(st.sampled_from(Ballots)) if area else Ballots.ALL,
                rule=draw(st.sampled_from(able)),
                thresholds=Thresholds(score=draw(st.integers(0, 1))),
                leftover="stays" if last else (str(len(parts) - 1) if flow == "last" else flow),
                again=draw(st.booleans()),
            )
        )
    ids = tuple(place.by_id)
    exclusive = (ids[:2],) if len(ids) > 1 and draw(st.booleans()) else ()
    ceilings = draw(st.sampled_from([{}, {"green": Fraction(place.budget, 3)}]))
    plan = Plan(tuple(stages), exclusive=exclusive, ceilings=ceilings)
    return plan, Instance(place.budget, tagged), homes, areas


@settings(max_examples=150, deadline=None)
@given(planned())
def test_no_money_is_made_or_lost_and_every_project_is_explained(found):
    plan, place, homes, areas = found
    outcome = count(plan, place, homes, areas)
    came = {one.stage: {} for one in outcome.stages}
    for one in outcome.stages:
        assert one.own + sum(one.received.values()) == one.outcome.spent + one.left
        assert one.added == 0
        if one.to and one.left:
            came[one.to][one.stage] = one.left
    assert all(dict(one.received) == came[one.stage] for one in outcome.stages)
    own = sum(stage.budget for stage in plan.stages)
    stayed = sum(one.left for one in outcome.stages if not one.to)
    assert own == outcome.spent + stayed
    assert outcome.spent <= place.budget
    assert outcome.spent == sum(place.by_id[id].cost for id in outcome.funded)
    assert len(set(outcome.funded)) == len(outcome.funded)
    for group in plan.exclusive:
        assert len(set(group) & set(outcome.funded)) <= 1
    for category, most in plan.ceilings.items():
        costs = [place.by_id[id].cost for id in outcome.funded]
        tags = [place.by_id[id].categories for id in outcome.funded]
        assert sum(c for c, t in zip(costs, tags, strict=True) if category in t) <= most
    explained = explain_plan_all(place, outcome)
    assert {one[-1].why.project for one in explained} == set(place.by_id)
    assert all(one[-1].why.funded == (one[-1].why.project in outcome.funded) for one in explained)
    assert PlanOutcome.from_json(outcome.to_json()) == outcome


@given(elections(), st.booleans())
def test_one_stage_over_everything_is_the_rule_itself(found, exclude):
    place, cast, kind = found
    if exclude and len(place.projects) > 1:
        place = replace(place, exclusive=(tuple(place.by_id)[:2],))
    profile = Profile.of(cast, kind)
    outcome = count(Plan((Stage("all"),)), place, profile)
    alone = greedy(place, profile)
    assert outcome.funded == alone.funded
    assert outcome.stages[0].outcome.steps == alone.steps


@given(elections())
def test_taking_out_and_counting_again_is_what_greedy_does_in_one_walk(found):
    place, cast, kind = found
    profile = Profile.of(cast, kind)
    ids = tuple(place.by_id)
    groups = (ids[:2], ids[1:]) if len(ids) > 2 else ()
    blind = replace(greedy, keeps_exclusive=False)
    plan = Plan((Stage("all"),), exclusive=groups)
    if kind is BallotKind.ORDINAL:
        return  # places move up when a project is taken out
    again = count(plan, place, profile, rules={"greedy": blind})
    assert again.funded == greedy(replace(place, exclusive=groups), profile).funded


@pytest.mark.parametrize("rule", load_rules().values(), ids=load_rules())
def test_every_rule_counts_a_stage_without_projects(rule):
    kind, place = sorted(rule.accepts)[0], instance(10, a=5)
    outcome = count(Plan((Stage("none", areas=("x",), rule=rule.id),)), place, Profile(kind, ()))
    assert outcome.funded == ()


def cost_of(place, ids):
    return sum(place.by_id[id].cost for id in ids)


def by_hand(plan, place, cast, areas):
    """Greedy stages over approval ballots, as a clerk counts them: a list, a pot, a pencil."""
    pots = {stage.id: stage.budget for stage in plan.stages}
    funded, counted = [], set()
    for number, stage in enumerate(plan.stages):
        here = [p for p in place.projects if not stage.areas or areas[p.id] in stage.areas]
        here = [p for p in here if p.id not in funded and (stage.again or p.id not in counted)]
        counted |= {p.id for p in here}
        votes = {p.id: sum(p.id in ballot.choices for ballot in cast) for p in here}
        for one in sorted(here, key=lambda p: (-votes[p.id], p.cost, place.projects.index(p))):
            rivals = {id for group in plan.exclusive if one.id in group for id in group}
            full = any(
                one.cost
                + cost_of(place, [id for id in funded if tag in place.by_id[id].categories])
                > most
                for tag, most in plan.ceilings.items()
                if tag in one.categories
            )
            if one.cost <= pots[stage.id] and not rivals & set(funded) and not full:
                funded.append(one.id)
                pots[stage.id] -= one.cost
        to = plan.stages[number + 1].id if stage.leftover == "next" else stage.leftover
        if to in pots:
            pots[to] += pots[stage.id]
            pots[stage.id] = 0
    return funded, pots


@given(planned(rules=("greedy",), kinds=(BallotKind.APPROVAL,)))
def test_greedy_stages_end_as_a_clerk_would_count_them(found):
    plan, place, homes, areas = found
    stages = tuple(
        replace(
            stage,
            ballots=Ballots.ALL,
            thresholds=Thresholds(),
            leftover="stays" if stage.leftover == "turnout" else stage.leftover,
        )
        for stage in plan.stages
    )
    plan = replace(plan, stages=stages)
    cast = [ballot for profile in homes.values() for ballot, times in profile for _ in range(times)]
    outcome = count(plan, place, homes, areas)
    funded, pots = by_hand(plan, place, cast, areas)
    assert list(outcome.funded) == funded
    stayed = {one.stage: 0 if one.to else one.left for one in outcome.stages}
    assert stayed == pots
