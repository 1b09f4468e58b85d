"""Counting a plan: stage after stage, exact, with any rule."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pb.tally import digest, numbers, progress, scores
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile, Project
from pb.tally.numbers import Number
from pb.tally.outcome import Outcome, Step, StepKind
from pb.tally.plans import electorate
from pb.tally.plans.flow import budgets, ordered
from pb.tally.plans.limits import Limits
from pb.tally.plans.model import Ballots, Plan, Stage
from pb.tally.plans.outcome import PlanOutcome, StageOutcome
from pb.tally.rules import Rule, load_rules


def count(
    plan: Plan,
    instance: Instance,
    ballots: Profile | Mapping[str, Profile],
    areas: Mapping[str, str] | None = None,
    rules: Mapping[str, Rule] | None = None,
) -> PlanOutcome:
    """Count the stages of a plan, one after another; each project can be funded once.

    `ballots` are all ballots, or those of the voters of each area by its name; `areas` is the
    area of every project that has one. Raises TallyError for what does not fit together.
    """
    instance = replace(instance, exclusive=(*instance.exclusive, *plan.exclusive))
    homes = {"": ballots} if isinstance(ballots, Profile) else dict(ballots)
    found = load_rules() if rules is None else rules
    return _Count(plan, instance, homes, areas or {}, found).outcome()


class _Count:
    """One count of a plan: what was counted and funded, and the money that flowed on so far."""

    def __init__(
        self,
        plan: Plan,
        instance: Instance,
        homes: Mapping[str, Profile],
        areas: Mapping[str, str],
        rules: Mapping[str, Rule],
    ) -> None:
        self.plan, self.instance, self.homes = plan, instance, electorate.alike(homes)
        self.areas, self.rules = areas, rules
        everyone = list(self.homes.values())
        self.everyone = electorate.merged(everyone, like=everyone[0])
        self.limits = Limits(instance, plan.ceilings)
        self.counted: set[str] = set()
        self.received: dict[str, dict[str, Number]] = {stage.id: {} for stage in plan.stages}

    def outcome(self) -> PlanOutcome:
        """Every stage in its turn, and a step for the projects that had none."""
        own = budgets(self.plan, self.instance.budget)
        stages = []
        order = ordered(self.plan, self._turnout)
        for place, (stage, to) in enumerate(order):
            try:
                with progress.part(place, len(order)):
                    done = self._stage(stage, own[stage.id], to)
            except TallyError as error:
                raise TallyError(f"Stage {stage.id}: {error}") from None
            if to and done.left:
                self.received[to][stage.id] = done.left
            stages.append(done)
        outside = tuple(
            Step(StepKind.NO_STAGE, p.id, 0, {"cost": p.cost})
            for p in self.instance.projects
            if p.id not in self.counted
        )
        budget = numbers.plain(self.instance.budget)
        return PlanOutcome(self.plan, budget, tuple(stages), self._digest(), outside)

    def _turnout(self, stage: Stage) -> int:
        return self._ballots(stage, self._projects(stage)).voters

    def _digest(self) -> str:
        homes = {home: digest.of_input(self.instance, one) for home, one in self.homes.items()}
        tags = [[p.id, self.areas.get(p.id, ""), p.categories] for p in self.instance.projects]
        return digest.of_data({"ballots": homes, "tags": tags})

    def _projects(self, stage: Stage) -> list[Project]:
        """The projects that a stage is for."""
        return [
            p
            for p in self.instance.projects
            if (not stage.areas or self.areas.get(p.id) in stage.areas)
            and (not stage.categories or set(stage.categories) & set(p.categories))
        ]

    def _ballots(self, stage: Stage, projects: list[Project]) -> Profile:
        """The ballots of a stage, with nothing but its projects on them."""
        found = self.everyone
        if stage.ballots is Ballots.RESIDENTS:
            living = [self.homes[area] for area in stage.areas if area in self.homes]
            found = electorate.merged(living, like=self.everyone)
        ids = {project.id for project in projects}
        return electorate.restricted(found, ids, drop_empty=stage.ballots is Ballots.NAMING)

    def _stage(self, stage: Stage, own: Number, to: str) -> StageOutcome:
        won = self.limits.funded
        projects = [
            p
            for p in self._projects(stage)
            if p.id not in won and (stage.again or p.id not in self.counted)
        ]
        self.counted.update(p.id for p in projects)
        received = self.received[stage.id]
        money = numbers.plain(own + sum(received.values()))
        place = Instance(money, tuple(projects), self.instance.unit)
        ballots = self._ballots(stage, projects)
        outcome = self._settled(stage, place, ballots)
        for project in outcome.funded:
            self.limits.fund(project)
        ids = tuple(project.id for project in projects)
        return StageOutcome(stage.id, own, received, ids, ballots.voters, outcome, to)

    def _settled(self, stage: Stage, place: Instance, ballots: Profile) -> Outcome:
        """Count until nothing is funded against a limit; each time one project is taken out."""
        if stage.rule not in self.rules:
            offer = ", ".join(self.rules)
            raise TallyError(f"there is no rule {stage.rule}; there are {offer}.")
        rule = self.rules[stage.rule]
        params = rule.parse_params(stage.params)
        facts = self._facts(place, ballots, params)
        barred = self._barred(stage, place, ballots.voters, facts)
        while True:
            outcome = self._run(rule, params, place, ballots, set(barred))
            step = self.limits.first_against(outcome, facts)
            if step is None:
                break
            barred[step.project] = step
        steps = (*barred.values(), *outcome.steps)
        return replace(outcome, steps=steps, input_digest=digest.of_input(place, ballots))

    def _facts(self, place: Instance, ballots: Profile, params: Any) -> dict[str, dict]:
        """Cost, score and votes of every project, with the places that the rule counts by."""
        ranking = getattr(params, "ranking", scores.Ranking.PLACES)
        score, votes = scores.scores(place, ballots, ranking), scores.votes(place, ballots)
        return {
            p.id: {"cost": p.cost, "score": score[p.id], "votes": votes[p.id]}
            for p in place.projects
        }

    def _barred(
        self, stage: Stage, place: Instance, voters: int, facts: Mapping[str, dict]
    ) -> dict[str, Step]:
        """The projects that cannot take part: too little support, or a funded rival."""
        barred = {}
        for project in place.projects:
            known = facts[project.id]
            missed = stage.thresholds.missed(
                project, known["score"], known["votes"], voters, place.budget
            )
            rival = self.limits.rival(project.id, self.limits.funded)
            if missed or rival:
                kind = StepKind.BELOW_THRESHOLD if missed else StepKind.EXCLUDED
                by = "" if missed else rival
                step = Step(kind, project.id, place.budget, known | (missed or {}), (), by)
                barred[project.id] = step
        return barred

    def _run(
        self, rule: Rule, params: Any, place: Instance, ballots: Profile, barred: set[str]
    ) -> Outcome:
        projects = tuple(p for p in place.projects if p.id not in barred)
        ids = {p.id for p in projects}
        groups: tuple[tuple[str, ...], ...] = ()
        if rule.keeps_exclusive:
            here = (tuple(p for p in g if p in ids) for g in self.instance.exclusive)
            groups = tuple(group for group in here if len(group) > 1)
        smaller = Instance(place.budget, projects, place.unit, groups)
        return rule(smaller, electorate.restricted(ballots, ids), params, self.plan.ties)
