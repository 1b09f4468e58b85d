"""The routes by which people get to their ballot: what each shows of who they are.

A round switches routes on; they are part of what is frozen. Whatever the route, one entry of the
roll is one right to vote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.errors import Invalid
from pb.rounds.changes import log, refuse_if_frozen
from pb.rounds.models import Round


class Route(StrEnum):
    """How somebody shows which entry of the roll is theirs."""

    LETTER_CODE = "letter-code"
    EMAIL_LINK = "email-link"
    DESK = "desk"
    OFFICIAL = "official-sign-in"  # OpenID Connect
    SELF_DECLARATION = "self-declaration"


class Strength(StrEnum):
    """How hard it is to vote in somebody else's place, or twice."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


@dataclass(frozen=True)
class About:
    """What the public is told of a route."""

    route: Route
    name: str
    strength: Strength
    why: str  # the strength in a sentence


ABOUT = {
    about.route: about
    for about in (
        About(
            Route.LETTER_CODE,
            "A code in a letter",
            Strength.MEDIUM,
            "The letter goes to the address in the town’s register. "
            "Whoever opens it could vote with it.",
        ),
        About(
            Route.EMAIL_LINK,
            "A link by e-mail",
            Strength.WEAK,
            "The link goes to an address that the town knows. "
            "Whoever reads that mailbox could vote with it.",
        ),
        About(
            Route.DESK,
            "At the town’s desk",
            Strength.STRONG,
            "A clerk looks at an identity card and hands over a code.",
        ),
        About(
            Route.OFFICIAL,
            "The official sign-in",
            Strength.STRONG,
            "An official service has checked who the person is. It does not learn the vote.",
        ),
        About(
            Route.SELF_DECLARATION,
            "A declaration of your own",
            Strength.WEAK,
            "People say themselves that they live here. Nobody checks it, and nobody can tell "
            "whether they also voted with a code.",
        ),
    )
}
DEFAULT: dict[str, dict[str, Any]] = {Route.LETTER_CODE: {}}
LONGEST_PLACE = 300
OLDEST = 120
MOST_PER_NET = 10_000


def offered(round: Round) -> list[About]:
    """The routes that a round has switched on, in the order of `Route`."""
    return [about for about in ABOUT.values() if about.route in round.routes]


def option(round: Round, route: Route, name: str) -> Any:
    """What a round has set for a route, or None."""
    return round.routes.get(route, {}).get(name)


def set_routes(
    session: Session,
    round: Round,
    chosen: Mapping[Route, Mapping[str, Any]],
    *,
    by: Account,
    at: datetime,
) -> None:
    """Switch on these routes, each with its options, and no others.

    Options: of the desk `where` (text); of the declaration `least_age` (years, or None) and
    `per_net` (declarations from one net in a day).
    """
    refuse_if_frozen(round)
    if not chosen:
        raise Invalid("Choose at least one way to vote.")
    routes = {str(route): _checked(route, chosen[route]) for route in Route if route in chosen}
    changes = {"routes": (round.routes, routes)}
    round.routes = routes
    session.flush()
    log(session, round, "round.routes", changes, by=by, at=at)


def _checked(route: Route, options: Mapping[str, Any]) -> dict[str, Any]:
    if route is Route.DESK:
        where = (options.get("where") or "").strip()
        if not where:
            raise Invalid("Say where the desk is, and when it is open.")
        if len(where) > LONGEST_PLACE:
            raise Invalid(f"Use at most {LONGEST_PLACE} characters for the desk.")
        return {"where": where}
    if route is Route.SELF_DECLARATION:
        age, per_net = options.get("least_age"), options.get("per_net")
        if age is not None and not 1 <= age <= OLDEST:
            raise Invalid(f"An age lies between 1 and {OLDEST}.")
        if per_net is None or not 1 <= per_net <= MOST_PER_NET:
            raise Invalid(f"Between 1 and {MOST_PER_NET:,} declarations a day can be allowed.")
        return {"least_age": age, "per_net": per_net}
    return {}
