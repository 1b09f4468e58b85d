"""An election as a Pabulib file holds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pb.tally.ballots import Ballot, Limits
from pb.tally.model import Instance, Profile

# The order in which the official fields stand in a file.
META_FIELDS = [
    "description",
    "country",
    "unit",
    "district",
    "subunit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
    "min_length",
    "max_length",
    "min_sum_cost",
    "max_sum_cost",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
    "default_score",
    "min_project_cost",
    "max_project_cost",
    "min_project_score_threshold",
    "neighborhoods",
    "subdistricts",
    "categories",
    "edition",
    "language",
    "currency",
    "fully_funded",
    "experimental",
    "comment",
    "acknowledgments",
    "leftover_budget",
    "budget_per_category",
    "budget_per_neighborhood",
    "min_length_per_category",
    "max_length_per_category",
    "min_sum_cost_per_category",
    "max_sum_cost_per_category",
]
OBLIGATORY_META = [
    "description",
    "country",
    "unit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
]
RULES = [
    "greedy",
    "greedy-no-skip",
    "greedy-threshold",
    "greedy-exclusive",
    "greedy-custom",
    "equalshares",
    "equalshares-comparison",
    "equalshares/add1",
    "equalshares/add1-comparison",
    "unknown",
]
# One amount for every category in META. Where they differ they stay in META, and bind nobody here.
LIMIT_LISTS = ("min_sum_cost_per_category", "max_sum_cost_per_category")
PROJECT_FIELDS = [
    "project_id",
    "cost",
    "votes",
    "score",
    "name",
    "category",
    "beneficiaries",
    "selected",
    "neighborhood",
    "subunit",
    "district",
    "description",
    "proposer",
    "public_id",
    "latitude",
    "longitude",
]
VOTE_FIELDS = [
    "voter_id",
    "vote",
    "points",
    "age",
    "sex",
    "voting_method",
    "district",
    "neighborhood",
    "education",
    "topic_preference_transport",
    "topic_preference_culture",
    "topic_preference_nature",
    "district_preference",
    "time_taken_seconds",
    "format_easiness",
    "format_expressiveness",
    "format_rank",
]


@dataclass(frozen=True)
class Election:
    """Everything in one file; money in minor units, `instance.unit` of them per currency unit.

    `ballots` are as cast, one per voter, in the order of the file. `voters` holds the other
    columns of every vote, named by `voter_columns`; empty where voters have nothing but an id
    that means nothing. `project_fields` holds what `Project` has no place for, by project id.
    `selected` is the official result (1 won, 0 lost, 2 and 3 won with other money), where known.
    An election that was read from a file has its `profile` at once; `ballots` and `voters` are
    read when somebody first asks for them, since counting needs neither.
    """

    meta: Mapping[str, str]
    instance: Instance
    ballots: tuple[Ballot, ...]
    limits: Limits = Limits()
    selected: Mapping[str, int] = field(default_factory=dict)
    project_fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    voter_columns: tuple[str, ...] = ()
    voters: tuple[tuple[str, ...], ...] = field(default_factory=tuple)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def counted(
        cls, profile: Profile, later: Callable[[], tuple[tuple, tuple]], **facts: Any
    ) -> "Election":
        """An election with merged ballots; `later` reads the ballots as cast and the voters."""
        election = object.__new__(cls)
        election.__dict__.update(facts, profile=profile, _later=later)
        return election

    def __getattr__(self, name: str) -> Any:
        later = self.__dict__.get("_later") if name in ("ballots", "voters") else None
        if later is None:
            raise AttributeError(f"an election has no {name}")
        ballots, voters = later()
        self.__dict__.update(ballots=ballots, voters=voters)
        return self.__dict__[name]

    @cached_property
    def profile(self) -> Profile:
        """The ballots as a rule sees them: identical ones merged."""
        return Profile.of(self.ballots, self.limits.kind, self.limits.longest)

    @property
    def winners(self) -> tuple[str, ...] | None:
        """Officially funded projects, in the order of the file; None where the file has none."""
        if not self.selected:
            return None
        return tuple(p.id for p in self.instance.projects if self.selected.get(p.id) == 1)
