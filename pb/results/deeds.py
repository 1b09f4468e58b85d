"""What may stand in the way of each counter-signed act, what is asked for, and what it does.

One table, `DEEDS`, at the end, holds the answer for every kind.
"""

import hashlib
from typing import Any

from pb.ballots import ceremony, turnout
from pb.ballots import queries as ballots
from pb.ballots import service as box
from pb.ballots.paper import queries as paper
from pb.db import canonical
from pb.errors import Invalid, Refused
from pb.proposals import definition
from pb.results import asking, queries, service, voting_deeds
from pb.results.asking import Asked, Confirmed, Deed
from pb.rounds import calendar
from pb.rounds import service as rounds
from pb.rounds.models import ActKind, Phase

BEFORE_VOTING = calendar.ORDER[: calendar.ORDER.index(Phase.VOTING)]
# After a publication the ballots may be counted again, to amend the result.
COUNTABLE = calendar.ORDER[calendar.ORDER.index(Phase.COUNTING) : -1]


def _imported(asked: Asked) -> bool:
    """Whether the round was voted on before it came here: its ballots are in the box already."""
    return bool(ballots.sealed_counts(asked.session, asked.round))


# Publishing the round


def _require_complete(asked: Asked) -> None:
    if asked.round.published_at is not None:
        raise Refused("The round is published already.")
    # The dates of an imported election lie in the past, and may.
    now = None if _imported(asked) else asked.at
    missing = rounds.missing(asked.session, asked.round, now)
    problems = tuple(problem for task in missing for problem in task.problems)
    if problems:
        raise Invalid("The round is not complete: " + " ".join(problems), problems)


def _round_payload(asked: Asked) -> dict[str, Any]:
    """The definition so far, and the words and dates that everybody will read."""
    round = asked.round
    words = {
        "name": round.name,
        "purpose": round.purpose,
        "who_may_vote": round.who_may_vote,
        "dates": [
            [span.phase, asking.moment(span.opens_at), asking.moment(span.closes_at)]
            for span in calendar.spans(round)
        ],
    }
    return {
        "definition": definition.digest(asked.session, round),
        "words": hashlib.sha256(canonical(words)).hexdigest(),
    }


def _publish_round(confirmed: Confirmed) -> None:
    confirmed.act.round.published_at = confirmed.at
    asking.record(confirmed, "round.publish", {})


# Freezing the ballot


def _require_freezable(asked: Asked) -> None:
    round = asked.round
    if round.frozen_at is not None:
        raise Refused("The ballot is frozen already.")
    calendar.require(round, asked.at, *BEFORE_VOTING)
    found = definition.definition(asked.session, round)
    if not found["projects"]:
        raise Refused("There is no project on the ballot yet.")
    if not found["limits"] or not found["rule"]["id"]:
        raise Refused("The ballot needs its limits and its counting rule before it can be frozen.")
    if lacks := ceremony.missing(round):
        raise Refused(lacks)
    voting = calendar.span(round, Phase.VOTING)
    if voting is None:
        raise Refused("Voting needs its dates before the ballot can be frozen.")
    if voting.closes_at <= asked.at and not _imported(asked):
        raise Refused("Voting would be over already. Give it later dates first.")


def _freeze_payload(asked: Asked) -> dict[str, Any]:
    return {"definition": definition.digest(asked.session, asked.round)}


def _freeze(confirmed: Confirmed) -> None:
    """Freeze; where the date has passed, the clock opens the voting at once."""
    digest = definition.freeze(confirmed.session, confirmed.act.round, at=confirmed.at)
    if digest != confirmed.act.payload["definition"]:
        raise Refused("The ballot changed at this very moment. Ask again.")
    asking.record(confirmed, "ballot.freeze", {"definition": digest})


# Counting


def _require_countable(asked: Asked) -> None:
    calendar.require(asked.round, asked.at, *COUNTABLE)
    if asked.round.sealed_at is None and not _imported(asked):
        voting_deeds.require_no_more_ballots(asked)
        _require_paper_closed(asked)


def _require_paper_closed(asked: Asked) -> None:
    """Refuse while sheets of paper are not accounted for."""
    numbers = [str(number) for number in paper.unclosed(asked.session, asked.round)]
    if numbers:
        which = f"Batch {numbers[0]}" if len(numbers) == 1 else f"Batches {', '.join(numbers)}"
        raise Refused(
            f"{which} of paper ballots {'is' if len(numbers) == 1 else 'are'} not closed yet. "
            "Every sheet has to be accounted for before the count."
        )


def _count_payload(asked: Asked) -> dict[str, Any]:
    voted = turnout.of_round(asked.session, asked.round).voted
    return {"config": asked.round.config_digest, "voted": voted}


def _count(confirmed: Confirmed) -> None:
    """Seal the box if nobody has, and count what is in it."""
    session, round = confirmed.session, confirmed.act.round
    if round.sealed_at is None:
        opener = None
        if round.encrypted:
            opener = ceremony.opener(session, round, confirmed.sheets, confirmed.keys)
        box.seal(session, round, at=confirmed.at, keys=confirmed.keys, opener=opener)
    service.count(session, round, confirmed.act, at=confirmed.at, rules=confirmed.rules)


# Publishing the result


def _require_publishable(asked: Asked) -> None:
    calendar.require(asked.round, asked.at, *COUNTABLE)
    result = queries.latest(asked.session, asked.round)
    if result is None:
        raise Refused("The ballots have not been counted yet.")
    earlier = queries.published(asked.session, asked.round)
    if earlier is not None and earlier.result_id == result.id:
        raise Refused("The newest count is published already.")


def _result_payload(asked: Asked) -> dict[str, Any]:
    result = queries.latest(asked.session, asked.round)
    return {"number": result.number, "result": result.digest}


def _publish_result(confirmed: Confirmed) -> None:
    session, round = confirmed.session, confirmed.act.round
    result = queries.latest(session, round)
    service.publish(session, round, result, confirmed.act, at=confirmed.at)


DEEDS: dict[ActKind, Deed] = {
    ActKind.PUBLISH_ROUND: Deed(_require_complete, _round_payload, _publish_round),
    ActKind.FREEZE_BALLOT: Deed(_require_freezable, _freeze_payload, _freeze),
    ActKind.EXTEND_VOTING: voting_deeds.EXTEND,
    ActKind.VOID_VOTE: voting_deeds.VOID,
    ActKind.WITHDRAW_PROJECT: voting_deeds.WITHDRAW,
    ActKind.COUNT: Deed(_require_countable, _count_payload, _count),
    ActKind.PUBLISH_RESULT: Deed(_require_publishable, _result_payload, _publish_result),
}
