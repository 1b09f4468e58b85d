"""Ways to the ballot in the demo town: all that need no server of somebody else."""

from collections.abc import Sequence
from datetime import timedelta

from pb.demo.builder import DOMAIN, Builder
from pb.eligibility import contacts, roll_requests
from pb.eligibility.models import RollEntry
from pb.rounds.models import Round
from pb.rounds.routes import Route

WAYS = {
    Route.LETTER_CODE: {},
    Route.EMAIL_LINK: {},
    Route.DESK: {"where": "Town hall, ground floor, on weekdays from 9:00 to 17:00"},
    Route.SELF_DECLARATION: {"least_age": 14, "per_net": 20},
}
ASKING = roll_requests.Person(
    name="Noor Haddad",
    contact=f"noor@{DOMAIN}",
    why="I moved from Lindenfield to Mill Lane in March, and no letter has come.",
)


def open_ways(builder: Builder, round: Round, voters: Sequence[RollEntry]) -> None:
    """Give some voters an address for a link, and let somebody ask to be put on the list."""
    session, keys = builder.session, builder.keys
    for n, entry in enumerate(voters, 1):
        contacts.add_contact(session, round, entry, address(n), keys=keys)
    asked = builder.today - timedelta(days=1)
    area = next(area for area in round.areas if not area.city_wide)
    reference = roll_requests.ask(session, round, ASKING, area, at=asked, keys=keys)
    builder.demo.hints += [
        f"Vote by a link that is mailed to {address(1)} (mails land in the folder “mail”)",
        f"Look up a request to be put on the list: {reference}",
    ]


def address(number: int) -> str:
    """The invented address of a voter."""
    return f"voter-{number}@{DOMAIN}"
