"""What losers would have needed: worked out after a count, kept once, told in words."""

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from pb.errors import Refused
from pb.results import acts, explanations, needs, queries
from pb.results.models import AreaOutcome
from pb.results.needed import NOTHING, certainty, needed
from pb.rounds.models import ActKind
from pb.tally.ballots import Ballot, BallotKind, Limits
from pb.tally.errors import TallyError
from pb.tally.needs import Smallest
from pb.tally.rules import greedy, rule
from tests.results.elections import (
    FUNDED,
    RULES,
    SHARE_BALLOTS,
    SHARES,
    equal_shares,
    town,
    unguarded,
)


def money(amount) -> str:
    return f"€{float(amount) / 100:,.2f}".removesuffix(".00")


def stored(session, found) -> AreaOutcome:
    """The only outcome of the newest count, as the database has it now."""
    session.expire_all()
    (row,) = queries.latest(session, found.round).outcomes
    return row


def lines(session, found) -> dict[str, explanations.Line]:
    session.expire_all()
    result = queries.latest(session, found.round)
    (area,) = explanations.areas(session, found.round, result, money)
    return {line.project.code: line for line in area.lines}


def counted(found):
    """A round that is counted."""
    found.do(ActKind.COUNT)
    return found


# Worked out by hand


def test_most_votes_first_needs_what_was_worked_out_by_hand(session, keys):
    # One more vote makes the pool level with the park, and it is cheaper. At €30,000 it is level
    # with the bench and stands before it. With €140,000, €50,000 is left after park and bench.
    found = lines(session, counted(town(session, keys)))
    assert found["pool"].needed.sentence == (
        "It would have been funded with 1 more vote for it alone, or at a cost of €30,000 or less, "
        "or with €40,000 more in the budget. Each was confirmed by counting again."
    )
    assert [need.smallest for need in found["pool"].needed.needs] == [
        Smallest.PROVEN,
        Smallest.PROVEN,
        Smallest.OPEN,
    ]
    assert found["pool"].needed.spending is None
    assert all(found[code].needed is None for code in FUNDED)


def test_equal_shares_need_what_was_worked_out_by_hand(session, keys):
    # With a fourth supporter, €20 each make €80. At €40 the shed is level with the court and
    # stands before it. With €154, everybody has €38.50, and €25.17 after the court: €75.50.
    shed = lines(session, counted(equal_shares(session, keys)))["shed"].needed
    assert shed.sentence == (
        "It would have been funded with 1 more vote for it alone, or at a cost of €40, "
        "or with €54 more in the budget. Each was confirmed by counting again."
    )
    assert "Counted again: that is enough, and nothing less is." in shed.details[0]
    assert "a much smaller change was not ruled out" in shed.details[1]


def test_the_money_of_supporters_went_where_it_was_worked_out_by_hand(session, keys):
    spending = lines(session, counted(equal_shares(session, keys)))["shed"].needed.spending
    assert [(one.project.code, one.amount, one.voters) for one in spending.drains] == [
        ("court", 40_00, 3)
    ]
    assert (spending.others, spending.left, spending.total) == (0, 35_00, 75_00)


def test_under_phragmen_nobody_has_money_left(session, keys):
    # €13.33 for the court on three voters, €25 for the lamp on one; the shed would make it €38.33.
    found = town(
        session,
        keys,
        areas={"town": 100_00},
        projects=SHARES,
        ballots=SHARE_BALLOTS,
        rule="phragmen",
    )
    spending = lines(session, counted(found))["shed"].needed.spending
    assert [(one.project.code, one.amount) for one in spending.drains] == [("court", 40_00)]
    assert spending.left is None and spending.total == 40_00


def test_small_drains_are_added_up(session, keys):
    # Everybody has €100: ten benches for €10 each take all of it, so nothing is left for the hall.
    projects = {f"bench{n}": ("town", 20_00) for n in range(10)} | {"hall": ("town", 200_00)}
    found = town(
        session,
        keys,
        areas={"town": 200_00},
        projects=projects,
        ballots=[tuple(projects)] * 2,
        limits=Limits(BallotKind.APPROVAL, max_length=11),
        rule="equal-shares",
        params={"utility": "cardinality"},
    )
    spending = lines(session, counted(found))["hall"].needed.spending
    assert len(spending.drains) == needs.ROWS == 8
    assert (spending.others, spending.others_amount, spending.left) == (2, 40_00, 0)
    assert spending.total == 200_00


def test_points_are_told(session, keys):
    limits = Limits(BallotKind.CUMULATIVE, max_sum_points=10)
    ballots = [Ballot(("park", "pool"), (9, 1)), Ballot(("park",), (3,))]
    pool = lines(session, counted(town(session, keys, limits=limits, ballots=ballots)))["pool"]
    # 12 points for the park; each further ballot brings 10, so two are needed.
    assert "with 2 more ballots that give it 10 points" in pool.needed.sentence


def test_a_round_without_losers_is_worked_out_and_has_nothing_to_tell(session, keys):
    found = town(session, keys, projects={"park": ("town", 60_000_00)}, ballots=[("park",)])
    assert stored(session, counted(found)).needs == {"projects": {}}


def test_a_round_in_which_nobody_voted_has_its_needs(session, keys):
    found = lines(session, counted(town(session, keys, ballots=[])))
    losers = [line for line in found.values() if not line.funded]
    assert losers and all(line.needed for line in losers)


# When, and how often


def slow(session, keys):
    """A count by a rule of which nobody can say how long it takes."""
    return counted(town(session, keys, rule="max-welfare"))


def test_what_may_take_long_waits(session, keys):
    found = slow(session, keys)
    row = stored(session, found)
    assert row.needs is None
    assert needs.waiting(session, found.round) == [row]
    assert needs.task(session, found.round, row, RULES).work is None


def test_what_was_left_for_later_is_filled_once(session, keys):
    found, engine = slow(session, keys), session.get_bind()
    session.rollback()
    tasks = list(needs.tasks(engine, found.round.id, RULES))
    for task in tasks:
        needs.keep(engine, task, needs.work_out(task))
        needs.keep(engine, task, {"projects": {}})  # somebody else is done later
    assert stored(session, found).needs["projects"]
    assert list(needs.tasks(engine, found.round.id, RULES)) == []


def test_more_work_is_more_work(session, keys):
    plain, found = equal_shares(session, keys), {}
    row = stored(session, counted(plain))
    task = needs.task(session, plain.round, row, RULES)
    found["none"] = task.work
    raising = RULES["equal-shares"].parse_params({"completion": "add1"})
    found["add1"] = needs.Task(**vars(task) | {"params": raising}).work
    # 7 choices in 2 groups of ballots are 3; one project lost.
    assert found == {"none": 1_000 + 3 * 20, "add1": 20_000 + 3 * 70}
    assert needs.Task(**vars(task) | {"rule": RULES["cstv"]}).work is None


def test_a_count_of_today_that_differs_says_nothing_about_the_stored_one(session, keys):
    found = slow(session, keys)
    unguarded(session)
    session.execute(sa.update(AreaOutcome).values(outcome_digest="0" * 64))
    row = stored(session, found)
    with pytest.raises(Refused, match="does not give the stored outcome"):
        needs.work_out(needs.task(session, found.round, row, RULES))


def test_a_count_stands_even_if_its_needs_cannot_be_worked_out(session, keys, caplog):
    @rule("greedy", version=1, title="", accepts=BallotKind, params=greedy.params)
    def brittle(instance, profile, params, ties):
        if instance.budget != 100_000_00:
            raise TallyError("Only this budget can be counted.")
        return greedy.count(instance, profile, params, ties)

    found = town(session, keys)
    act = found.ask(ActKind.COUNT)
    found.confirm(act, rules={"greedy": brittle})
    session.commit()
    acts.after_commit(session.get_bind(), act, keys, {"greedy": brittle})

    assert stored(session, found).outcome["funded"] == FUNDED
    assert stored(session, found).needs is None
    assert "could not be worked out" in caplog.text


def test_the_needs_change_no_digest(session, keys):
    found = counted(town(session, keys))
    row = stored(session, found)
    assert row.needs and "needs" not in row.outcome
    without = slow(session, keys)
    assert stored(session, without).needs is None
    digest = queries.latest(session, without.round).digest
    for task in needs.tasks(session.get_bind(), without.round.id, RULES):
        session.rollback()
        needs.keep(session.get_bind(), task, needs.work_out(task))
    session.expire_all()
    assert queries.latest(session, without.round).digest == digest


def test_an_amended_count_has_needs_of_its_own(session, keys):
    found = town(session, keys)
    found.publish_count()
    found.do(ActKind.COUNT)
    assert queries.latest(session, found.round).number == 2
    assert needs.waiting(session, found.round) == []


# Words


def answer(means: str, smallest: str, amount=None):
    return {
        "amount": amount,
        "change": amount,
        "bound": 100_00,
        "step": 1 if means == "votes" else 100,
        "smallest": smallest,
        "counts": 3,
    }


def worked_out(smallest: str = "open", **amounts) -> dict:
    means = ("votes", "cost", "budget")
    found = {name: answer(name, smallest, amounts.get(name)) for name in means}
    return {"projects": {"pool": {"ballot": {"choices": ["pool"]}, **found, "money": None}}}


POOL = {"pool": SimpleNamespace(code="pool")}


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        ({}, NOTHING),
        (
            {"budget": 5_00},
            "It would have been funded with €5 more in the budget. "
            "This was confirmed by counting again.",
        ),
        (
            {"votes": 1_200, "cost": 30_00},
            "It would have been funded with 1,200 more votes for it alone, or at a cost of €30. "
            "Both were confirmed by counting again.",
        ),
    ],
)
def test_only_what_was_found_is_said(amounts, sentence):
    found = needed(worked_out(**amounts), "pool", POOL, money)
    assert found.sentence == sentence
    assert len(found.details) == 3 and all(found.details)


def test_or_less_is_said_only_where_it_is_proven():
    said = {
        known: needed(worked_out(known, cost=30_00), "pool", POOL, money).sentence
        for known in ("open", "counted", "proven")
    }
    assert {known: "or less" in sentence for known, sentence in said.items()} == {
        "open": False,
        "counted": False,
        "proven": True,
    }


def test_what_is_known_about_smaller_changes_is_counted():
    found = [
        needed(worked_out("open", votes=2, cost=1_00), "pool", POOL, money),
        needed(worked_out("counted", votes=2), "pool", POOL, money),
        needed(worked_out("proven"), "pool", POOL, money),
    ]
    assert certainty(found) == [
        "For 1 number, every smaller change was counted too, and none is enough.",
        "For 2 numbers, one step less was counted and is not enough, but a much smaller change "
        "was not ruled out.",
    ]
    assert certainty([]) == []


@pytest.mark.parametrize("data", [None, {"projects": {}}])
def test_nothing_is_said_where_nothing_is_known(data):
    assert needed(data, "pool", POOL, money) is None
