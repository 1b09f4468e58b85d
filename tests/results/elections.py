"""Small elections whose outcome was worked out by hand."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from pb import audit
from pb.accounts.models import Account
from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.results import acts
from pb.rounds import calendar
from pb.rounds.models import Act, ActKind, Phase, Role, Round
from pb.tally.ballots import Ballot, BallotKind, Limits
from pb.tally.rules import load_rules
from tests import make
from tests.conftest import NOW

RULES = load_rules()

# Most votes first, €100,000: park (3 votes, 60,000) leaves 40,000. Bench and pool are level with
# 2 votes; the cheaper bench (30,000) goes first and leaves 10,000. The pool (50,000) does not
# fit, the tree (10,000, 1 vote) does. Nobody voted for the fountain.
PROJECTS = {
    "park": ("town", 60_000_00),
    "pool": ("town", 50_000_00),
    "bench": ("town", 30_000_00),
    "tree": ("town", 10_000_00),
    "fountain": ("town", 20_000_00),
}
BALLOTS = (("park", "pool"), ("park", "bench"), ("park", "bench", "tree"), ("pool",))
FUNDED = ["park", "bench", "tree"]

# Equal shares, €100, four voters: €25 each. Court and shed have three supporters each; the
# cheaper court (40) goes first, for 40/3 each. The shed (75) then finds only 35. The lamp (25) is
# paid by its one supporter.
SHARES = {"shed": ("town", 75_00), "court": ("town", 40_00), "lamp": ("town", 25_00)}
SHARE_BALLOTS = (("shed", "court"), ("shed", "court"), ("shed", "court"), ("lamp",))


@dataclass
class Town:
    """A round with votes in the box, and its two hands."""

    session: object
    keys: object
    round: Round
    commissioner: Account
    hand: Account

    def ask(self, kind: ActKind, **kwargs) -> Act:
        kwargs = {"by": self.commissioner, "reason": "It is time.", "at": NOW, **kwargs}
        return acts.ask(self.session, self.round, kind, **kwargs)

    def confirm(self, act: Act, **kwargs) -> None:
        kwargs = {"by": self.hand, "at": NOW, "keys": self.keys, "rules": RULES, **kwargs}
        acts.confirm(self.session, act, **kwargs)

    def do(self, kind: ActKind, **kwargs) -> Act:
        """Ask, confirm and commit."""
        act = self.ask(kind, **kwargs)
        self.confirm(act, at=act.asked_at)
        self.session.commit()
        acts.after_commit(self.session.get_bind(), act, self.keys, RULES)
        return act

    def publish_count(self) -> None:
        self.do(ActKind.COUNT)
        self.do(ActKind.PUBLISH_RESULT)


def town(
    session,
    keys,
    phase: Phase = Phase.COUNTING,
    *,
    ballots=BALLOTS,
    areas=None,
    stewards_confirm=True,
    projects=None,
    **kwargs,
) -> Town:
    """A round in a phase; from voting on, with `ballots` in the box."""
    round = make.round_(
        session,
        phase,
        areas=areas,
        projects=PROJECTS if projects is None else projects,
        limits=kwargs.pop("limits", Limits(BallotKind.APPROVAL, max_length=5)),
        stewards_confirm=stewards_confirm,
        **kwargs,
    )
    role = Role.STEWARD if stewards_confirm else Role.COMMISSIONER
    made = Town(
        session,
        keys,
        round,
        make.appointed(session, round, Role.COMMISSIONER, "Cora"),
        make.appointed(session, round, role, "Stan"),
    )
    make.appointed(session, round, Role.REVIEWER)
    if round.frozen_at is not None:
        body = {"definition": round.config_digest}
        audit.record(session, chain=round.id, kind="ballot.freeze", at=round.frozen_at, body=body)
    voting = calendar.span(round, Phase.VOTING)
    if voting.opens_at < NOW:
        for codes in ballots:
            cast(made, codes, at=voting.opens_at + timedelta(days=1))
        session.commit()
    return made


def cast(town: Town, codes, *, at, area: str | None = None) -> None:
    """One more voter, who votes city-wide, or in an area."""
    entry = make.entry(town.session, town.round, area)
    found = make.area(town.round, area or "town")
    ballot = codes if isinstance(codes, Ballot) else Ballot(tuple(codes))
    lists = {found.id: ballot}
    box.cast(town.session, town.round, entry, lists, channel=Channel.WEB, now=at, keys=town.keys)


def unguarded(session) -> None:
    """Let a test change a stored outcome, as somebody with the database could do it."""
    table = " ON area_outcome" if session.get_bind().dialect.name == "postgresql" else ""
    session.execute(sa.text(f"DROP TRIGGER never_outcome_update{table}"))


def equal_shares(session, keys) -> Town:
    return town(
        session,
        keys,
        areas={"town": 100_00},
        projects=SHARES,
        ballots=SHARE_BALLOTS,
        rule="equal-shares",
    )
