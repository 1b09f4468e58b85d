"""Valid objects for tests; each test spells out only what it is about."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.ballots import envelope, shares
from pb.eligibility import codes
from pb.eligibility.models import RollEntry
from pb.keys import KeyRing
from pb.proposals import definition
from pb.proposals.ideas.models import Idea, IdeaAuthor, Part
from pb.proposals.models import Project, Proposal, State
from pb.rounds import calendar
from pb.rounds.models import SIDE_OF, Appointment, Area, Phase, Role, Round, Seat, Side
from pb.rounds.terms.models import Declaration
from pb.tally.ballots import BallotKind, Limits
from tests.conftest import NOW

NUMBERS = itertools.count(1)
PASSWORD = "four long words here"
PRIVATE_KEY = bytes(range(32))  # of every box with envelopes
SHEETS = shares.split(PRIVATE_KEY)


def account(session: Session, name: str = "Ana", **kwargs: Any) -> Account:
    """Somebody who can sign in (without a password: use `pages.sign_in`)."""
    number = next(NUMBERS)
    made = Account(
        email=f"person{number}@example.org",
        name=name,
        session_key=f"key{number}",
        created_at=NOW - timedelta(days=400),
        **kwargs,
    )
    session.add(made)
    session.commit()
    return made


def officer(session: Session) -> Account:
    """Somebody who may open rounds."""
    return account(session, "Olga", may_open_rounds=True)


def appointed(session: Session, round: Round, role: Role, name: str | None = None) -> Account:
    """Somebody who holds a role in a round."""
    made = account(session, name or role.capitalize())
    seat(session, round, made, SIDE_OF[role])
    session.add(
        Appointment(
            round_id=round.id,
            account_id=made.id,
            side=SIDE_OF[role],
            role=role,
            starts_at=NOW - timedelta(days=300),
        )
    )
    declaration(session, round, made, SIDE_OF[role])
    session.commit()
    return made


def declaration(session: Session, round: Round, account: Account, side: Side) -> None:
    """Somebody who holds a role says that they have no interests of their own."""
    session.add(Declaration(round_id=round.id, account_id=account.id, side=side, text="", at=NOW))


def seat(session: Session, round: Round, account: Account, side: Side) -> None:
    session.add(Seat(round_id=round.id, account_id=account.id, side=side))
    session.commit()


def dates(phase: Phase, now: datetime = NOW) -> list[Any]:
    """Dates of all phases, ten days each, such that `phase` opened five days before `now`."""
    order = calendar.DATED
    index = -1 if phase is Phase.SETUP else order.index(phase) if phase in order else len(order)
    first = now - timedelta(days=5 + 10 * index)
    opens = {phase: first + timedelta(days=10 * n) for n, phase in enumerate(order)}
    return calendar.plan(opens, first + timedelta(days=10 * len(order)))


def round_(
    session: Session,
    phase: Phase = Phase.IDEAS,
    *,
    areas: dict[str, int] | None = None,
    projects: dict[str, tuple[str, int]] | None = None,
    limits: Limits | None = None,
    rule: str = "greedy",
    params: dict[str, Any] | None = None,
    stewards_confirm: bool = True,
    within_budget: bool = False,
    encrypted: bool = False,
    published: bool | None = None,
    routes: dict[str, dict[str, Any]] | None = None,
    now: datetime = NOW,
) -> Round:
    """A round whose clock stands in `phase` at `now`.

    `areas` maps slugs to budgets in minor units; the slug "town" is city-wide. `projects` maps
    codes to (area slug, cost). From the voting phase on the ballot is frozen. With `encrypted`
    ballots lie in envelopes, and `SHEETS` are those of their tested key.
    """
    number = next(NUMBERS)
    made = Round(
        slug=f"round-{number}",
        name=f"Budget {number}",
        purpose="What would make our town **better**?",
        who_may_vote="Everybody who lives here and is 16 or older.",
        currency="EUR",
        time_zone="Europe/Amsterdam",
        limits=(limits or Limits(BallotKind.APPROVAL, max_length=3)).to_json(),
        within_budget=within_budget,
        rule_id=rule,
        rule_params=params or {},
        ties=["lower-cost", "more-votes", "file-order"],
        stewards_confirm=stewards_confirm,
        encrypted=encrypted,
        box_key=envelope.box_key(PRIVATE_KEY) if encrypted else None,
        box_key_tested_at=NOW - timedelta(days=20) if encrypted else None,
        routes=routes or {"letter-code": {}},
        created_at=NOW - timedelta(days=300),
        published_at=NOW - timedelta(days=299),
    )
    if published is False or (published is None and phase is Phase.SETUP):
        made.published_at = None
    made.dates = dates(phase, now)
    made.areas = [
        Area(slug=slug, name=slug.capitalize(), budget=budget, city_wide=slug == "town", position=n)
        for n, (slug, budget) in enumerate((areas or {"town": 100_000_00}).items())
    ]
    session.add(made)
    session.commit()
    for n, (code, (area, cost)) in enumerate((projects or {}).items(), 1):
        project(session, made, code, area, cost, number=n)
    _pass_gates(session, made, phase, now)
    return made


def _pass_gates(session: Session, round: Round, phase: Phase, now: datetime) -> None:
    """Leave the facts behind that acts would have left by this phase."""
    reached = calendar.ORDER.index(phase)
    if reached >= calendar.ORDER.index(Phase.VOTING):
        round.config_digest = definition.digest(session, round)
        round.frozen_at = now - timedelta(days=6)
    if reached >= calendar.ORDER.index(Phase.RESULTS):
        round.sealed_at = round.results_at = now - timedelta(hours=1)
    session.commit()
    assert calendar.phase_at(round, now) is phase or round.published_at is None


def area(round: Round, slug: str = "town") -> Area:
    return next(area for area in round.areas if area.slug == slug)


def project(
    session: Session,
    round: Round,
    code: str,
    area_slug: str = "town",
    cost: int = 10_000_00,
    **kw: Any,
) -> Project:
    """A line on the ballot of a round that is not frozen."""
    made = Project(
        round_id=round.id,
        area_id=area(round, area_slug).id,
        number=kw.pop("number", None) or next(NUMBERS),
        code=code,
        title=code.replace("-", " ").capitalize(),
        summary=f"Why {code} helps.",
        cost=cost,
        **kw,
    )
    session.add(made)
    session.commit()
    return made


def proposal(
    session: Session, round: Round, author: Account, state: State = State.SUBMITTED, **kw: Any
) -> Proposal:
    """A resident's proposal."""
    if session.get(Seat, (round.id, author.id)) is None:
        seat(session, round, author, Side.COMMUNITY)
    made = Proposal(
        round_id=round.id,
        area_id=kw.pop("area_id", round.areas[0].id),
        author_id=author.id,
        title=kw.pop("title", "A bench by the pond"),
        summary=kw.pop("summary", "Somewhere to rest on the way to the shops."),
        body=kw.pop("body", "Many of us walk there and have nowhere to sit."),
        place=kw.pop("place", "By the pond"),
        estimate=kw.pop("estimate", 1_500_00),
        state=state,
        created_at=NOW - timedelta(days=3),
        submitted_at=None if state is State.DRAFT else NOW - timedelta(days=2),
        **kw,
    )
    session.add(made)
    session.commit()
    return made


def idea(
    session: Session, round: Round, author: Account, text: str = "A bench by the pond", **kw: Any
) -> Idea:
    """A resident's idea; further authors can be appended to `authors`."""
    if session.get(Seat, (round.id, author.id)) is None:
        seat(session, round, author, Side.COMMUNITY)
    made = Idea(round_id=round.id, text=text, at=NOW - timedelta(days=2), **kw)
    made.authors = [
        IdeaAuthor(
            round_id=round.id,
            account_id=author.id,
            side=Side.COMMUNITY,
            part=Part.WROTE,
            at=made.at,
        )
    ]
    session.add(made)
    session.commit()
    return made


def entry(session: Session, round: Round, area_slug: str | None = None, **kw: Any) -> RollEntry:
    """One right to vote."""
    number = next(NUMBERS)
    made = RollEntry(
        round_id=round.id,
        area_id=area(round, area_slug).id if area_slug else None,
        person_mac=number.to_bytes(32, "big"),
        **kw,
    )
    session.add(made)
    session.commit()
    return made


def voters(session: Session, round: Round, keys: KeyRing, number: int) -> list[str]:
    """So many rights to vote; returns their codes."""
    issued = [codes.new() for _ in range(number)]
    rows = [
        {
            "round_id": round.id,
            "person_mac": next(NUMBERS).to_bytes(32, "big"),
            "code_mac": codes.mac(keys, round.id, code),
            "code_issued_at": NOW,
            "codes_issued": 1,
        }
        for code in issued
    ]
    session.execute(insert(RollEntry), rows)
    session.commit()
    return issued
