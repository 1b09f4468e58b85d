"""A street of the demo town after the close: its ballots lie in envelopes and wait for the count.

The commissioner has asked for it. Whoever signs in as the steward opens the box, with two of the
key sheets that the demo leaves in a file.
"""

from datetime import datetime, timedelta
from types import MappingProxyType

from pb.ballots import ceremony
from pb.ballots import service as box
from pb.ballots.models import Channel
from pb.demo.builder import Builder
from pb.demo.content import Area, Project, Round
from pb.eligibility import queries as roll
from pb.eligibility import service as eligibility
from pb.proposals import queries as ballot_lines
from pb.proposals.models import State
from pb.results import acts
from pb.rounds import models
from pb.rounds.models import ActKind, Phase
from pb.rounds.routes import Route
from pb.tally.ballots import Ballot

HOUSEHOLDS = 40
VOTED = 28


def _project(code: str, title: str, summary: str, place: str, author: str, cost: int) -> Project:
    return Project(
        slug=title.casefold().replace(" ", "-"),
        title=title,
        summary=summary,
        body=f"{summary} The neighbours will look after it themselves.",
        area="quay-street",
        place=place,
        topic="Green and water",
        author=author,
        estimate=cost,
        state=State.ELIGIBLE,
        code=code,
        cost=cost,
        assessment="Feasible. The street committee has talked to everybody next door.",
        appeal=MappingProxyType({}),
    )


STREET = Area(
    slug="quay-street",
    name="Quay Street",
    character="Forty households between the bridge and the bakery.",
    whole_town=True,
    share=0.0,
    turnout=0.0,
    tastes=MappingProxyType({}),
)
PLAN = Round(
    slug="quay-street",
    name="Quay Street decides",
    purpose="Forty households share **€9,000** from the street's jubilee fund. "
    "What would bring us out of our doors?",
    who_may_vote="One person of every household in Quay Street, with the code in the letter box.",
    limit=2,
    rule="equal-shares",
    rule_params=MappingProxyType({"utility": "cost", "completion": "add1+greedy"}),
    areas=(STREET,),
    budgets=MappingProxyType({"quay-street": 9_000_00}),
    opens=MappingProxyType(
        {
            Phase.IDEAS: -60,
            Phase.REVIEW: -40,
            Phase.BALLOT: -30,
            Phase.VOTING: -15,
            Phase.COUNTING: -1,
            Phase.RESULTS: 3,
            Phase.DELIVERY: 10,
        }
    ),
    ends=100,
    proposals=(),
    projects=(
        _project(
            "Q1", "Lanterns by the water", "Six lanterns on the dark bend.", "Bend", "Wim", 4_000_00
        ),
        _project("Q2", "A long bench", "One bench for twelve people.", "Bakery", "Aisha", 2_500_00),
        _project(
            "Q3", "Herbs in tubs", "Rosemary and mint at every third door.", "Doors", "Jo", 1_200_00
        ),
        _project(
            "Q4",
            "A street piano",
            "A piano under a roof, locked at ten.",
            "Bridge",
            "Lena",
            3_800_00,
        ),
    ),
    ineligible=(),
    ballots=VOTED,
    roll=HOUSEHOLDS,
)


def make_key(builder: Builder, round: models.Round, at: datetime) -> None:
    """The ceremony of the key; the words of its sheets stay with the demo."""
    by = builder.person("commissioner")
    sheets = ceremony.make_key(builder.session, round, by=by, at=at)
    ceremony.test_key(builder.session, round, sheets[:2], by=by, at=at)
    builder.demo.sheets = sheets
    builder.demo.hints.append(
        f"Open the ballot box of “{round.name}” as the steward: "
        "its key sheets are in the file “demo-keys.txt”"
    )


def vote(builder: Builder, round: models.Round, opens: dict[Phase, datetime]) -> None:
    """The roll, the freeze, the ballots of most households, and the count that was asked for."""
    session, keys, by = builder.session, builder.keys, builder.person("commissioner")
    before, voting = opens[Phase.BALLOT] + timedelta(days=1), opens[Phase.VOTING]
    people = [f"QS-{n:02}" for n in range(1, HOUSEHOLDS + 1)]
    csv = "person,area\n" + "".join(f"{person},\n" for person in people)
    eligibility.import_roll(
        session, round, csv.encode(), "quay-street.csv", by=by, at=before, keys=keys
    )
    make_key(builder, round, before)
    eligibility.issue_codes(session, round, by=by, at=before, keys=keys)
    builder.act(round, ActKind.FREEZE_BALLOT, "The committee checked it twice.", before)
    codes = [project.code for project in ballot_lines.on_ballot(session, round)]
    for n, person in enumerate(people[:VOTED]):
        entry = roll.find_by_person(session, round, person, keys)
        chosen = tuple(dict.fromkeys((codes[n * n % 4], codes[(n + 1) % 4])))
        box.cast(
            session,
            round,
            entry,
            {round.areas[0].id: Ballot(chosen)},
            channel=Channel.WEB,
            now=voting + timedelta(hours=20 + n),
            keys=keys,
            route=Route.LETTER_CODE,
        )
    reason = "Voting has closed; the turnout was checked."
    acts.ask(session, round, ActKind.COUNT, by=by, reason=reason, at=builder.today)
