"""One whole round, told once: from an empty database to a published result.

`visitor()` opens a new browser; the clock is moved as the months pass.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from click.testing import CliRunner
from flask import Flask

from pb.cli.jobs import jobs_commands

PASSWORD = "four long words here"
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
SHEET = re.compile(r"Key sheet \d of 3.*?Key [0-9a-f-]{19}((?:(?: \d+)? [a-z]{4,8}){33})")
ROUND = "/rounds/riverside"
CONSOLE = "/commission/rounds/riverside"

DATES = {
    "Proposals": ("11", "5", "2026", "09:00"),
    "Review": ("25", "5", "2026", "09:00"),
    "Getting the ballot ready": ("1", "6", "2026", "09:00"),
    "Voting": ("8", "6", "2026", "09:00"),
    "Counting": ("22", "6", "2026", "20:00"),
    "Results": ("24", "6", "2026", "18:00"),
    "Delivery": ("1", "7", "2026", "09:00"),
}

# title → (area, estimate, official cost)
PROPOSALS = {
    "Trees for Mill Street": ("North", "2,000", "2,400"),
    "A ramp for the library": ("Whole town", "5,000", "6,000"),
    "A stage in the park": ("Whole town", "4,500", "5,000"),
    "A golden fountain": ("Whole town", "9,000", None),
}
# (area, what this voter ticks)
BALLOTS = [
    ("north", ["Trees for Mill Street", "A ramp for the library"]),
    ("north", ["A ramp for the library"]),
    ("", ["A ramp for the library", "A stage in the park"]),
    ("", ["A stage in the park"]),
]


class Story:
    """The people of Riverside; each has a browser of their own."""

    rule = "Most votes first"
    won = "3 votes"  # what the result says of the ramp

    def __init__(self, visitor: Callable, clock, commissioner_email: str, app: Flask) -> None:
        self.visitor, self.clock, self.app = visitor, clock, app
        self.commissioner = self._signed_in(commissioner_email)
        self.reviewer = self._with_account("Rui", "rui@example.org")
        self.steward = self._with_account("Stella", "stella@example.org")
        self.resident = self._with_account("Remi", "remi@example.org")
        self.receipts: list[str] = []
        self.sheets: list[str] = []

    def _signed_in(self, email: str):
        person = self.visitor()
        person.open("/account/sign-in")
        person.fill("E-mail address", email)
        person.fill("Password", PASSWORD)
        person.press("Sign in")
        return person

    def _with_account(self, name: str, email: str):
        person = self.visitor()
        person.open("/account/new")
        person.fill("Your name", name)
        person.fill("E-mail address", email)
        person.fill("Choose a password", PASSWORD)
        person.press("Make my account")
        return person

    def until(self, month: int, day: int, hour: int = 12) -> None:
        """Let the time pass."""
        self.clock.now = datetime(2026, month, day, hour, tzinfo=UTC)

    def the_worker_works(self) -> None:
        """Do the jobs that wait, as the service behind the pages does."""
        with self.app.app_context():
            result = CliRunner().invoke(jobs_commands, ["run"])
        assert result.exit_code == 0, (result.output, result.exception)

    def both_hands(self, act: str, reason: str) -> None:
        """The commissioner asks for an act, the steward confirms it."""
        self.commissioner.open(f"{CONSOLE}/acts")
        self.commissioner.choose(act)
        self.commissioner.fill("Reason", reason)
        self.commissioner.press("Ask for this")
        self.steward.open(f"{ROUND}/acts")
        assert reason in self.steward.text
        self.steward.press("Confirm and carry out")

    def the_commissioner_sets_up_the_round(self) -> None:
        person = self.commissioner
        person.open("/commission/rounds/new")
        person.fill("Name of the round", "Riverside budget")
        person.fill("Address", "riverside")
        person.fill("Currency", "EUR")
        person.fill("Time zone", "Europe/Amsterdam")
        person.press("Open the round")

        person.open(f"{CONSOLE}/setup/basics")
        person.fill("What is this round for?", "So that Riverside is good to **grow old** in.")
        person.fill("Who may vote?", "Everybody who lives here and is 16 or older.")
        person.press("Save")

        person.open(f"{CONSOLE}/setup/money")
        person.fill("Budget", "10,000", "Area 1: Whole town")
        person.fill("Name", "North", "Area 2")
        person.fill("Budget", "3,000", "Area 2")
        person.press("Save")

        self._set_dates()
        person.open(f"{CONSOLE}/setup/ballot")
        self._choose_the_ballot(person)
        person.press("Save")

        person.open(f"{CONSOLE}/setup/rule")
        person.choose(self.rule)
        person.choose("The cheaper project comes first")
        person.press("Save")
        self._appoint()

    def _choose_the_ballot(self, person) -> None:
        person.choose("They tick the projects they want")
        person.fill("At most how many projects?", "2")

    def _set_dates(self) -> None:
        person = self.commissioner
        person.open(f"{CONSOLE}/setup/dates")
        for phase in ("Shared purpose", "Looking back"):
            person.choose("This round has this phase", phase, on=False)
        for phase in ("Proposals", "Review", "Getting the ballot ready", "Delivery"):
            person.choose("This round has this phase", phase)
        for phase, parts in DATES.items():
            for part, value in zip(("Day", "Month", "Year", "Time"), parts, strict=True):
                person.fill(part, value, f"“{phase}” opens")
        for part, value in (("Day", "1"), ("Month", "12"), ("Year", "2026"), ("Time", "09:00")):
            person.fill(part, value, "The round ends")
        person.press("Save")

    def _appoint(self) -> None:
        roles = {
            "rui@example.org": "Reviewer: checks proposals and their cost",
            "stella@example.org": "Steward: a resident who confirms acts",
        }
        for email, role in roles.items():
            self.commissioner.open(f"{CONSOLE}/setup/team")
            self.commissioner.fill("E-mail address of the person", email)
            self.commissioner.fill("Role", role)
            self.commissioner.press("Appoint")
        self.steward.open(f"{ROUND}/people/mine")
        self.steward.press("Yes, I will")
        self.reviewer.open(f"{ROUND}/people/mine")
        self.reviewer.press("Declare")

    def it_is_published_by_two_hands(self) -> None:
        stranger = self.visitor()
        stranger.open(ROUND, 404)
        self.both_hands("Publish the round", "Everything is checked.")
        stranger.open(ROUND)
        assert "Riverside budget" in stranger.text

    def residents_propose(self) -> None:
        self.until(5, 12)
        person = self.resident
        for title, (area, estimate, _) in PROPOSALS.items():
            person.open(f"{ROUND}/proposals/new")
            person.fill("Name of your proposal", title)
            person.fill("In one or two sentences", f"{title} would help many of us.")
            person.fill("What should happen, and why?", "We talked about it at the market.")
            person.fill("Which part of town?", area)
            person.fill("What is it about?", "Meeting places")
            person.fill("Where exactly?", "By the old mill")
            person.fill("What may it cost?", estimate)
            person.press("Send in my proposal")
        person.open(f"{ROUND}/proposals/mine")
        assert all(title in person.text for title in PROPOSALS)

    def the_commission_reviews(self) -> None:
        self.until(5, 26)
        person = self.reviewer
        for title, (_, _, cost) in PROPOSALS.items():
            person.open(f"{CONSOLE}/proposals")
            person.follow(title)
            if cost:
                person.choose("It can be done")
                person.fill("Official cost", cost)
                person.fill("Reason", f"We can do this: {title}.")
            else:
                person.choose("It cannot be done")
                person.choose("It would not serve the public")
                person.fill("Reason", "Gold would have to be guarded day and night.")
            person.press("Store my finding")
        stranger = self.visitor()
        stranger.open(f"{ROUND}/proposals")
        stranger.follow("A golden fountain")
        assert "guarded day and night" not in stranger.text, "a verdict showed before its release"

        self.commissioner.open(f"{CONSOLE}/proposals")
        for title in PROPOSALS:
            self.commissioner.choose(f"Release the decision on {title}")
        self.commissioner.press("Release the chosen decisions")
        self.commissioner.press("Put them on the ballot")
        stranger.open(f"{ROUND}/proposals")
        stranger.follow("A golden fountain")
        assert "guarded day and night" in stranger.text

    def three_people_make_the_key(self) -> None:
        """The sheets are shown once; two of them open a test envelope."""
        person = self.commissioner
        person.open(f"{CONSOLE}/key")
        person.press("Make the key and show the sheets")
        self.sheets = SHEET.findall(person.text)
        assert len(set(self.sheets)) == 3, person.text
        person.open(f"{CONSOLE}/key")
        assert "Not tested yet" in person.text
        person.fill("First key sheet", self.sheets[0])
        person.fill("Second key sheet", self.sheets[2])
        person.press("Open the test envelope")
        assert "The test envelope was opened" in person.text

    def the_roll_and_the_freeze(self) -> list[tuple[str, str]]:
        """Returns (person, code) for every voter, as the printer gets them."""
        self.until(6, 2)
        csv = "person,area\n" + "".join(
            f"RES-{n},{area}\n" for n, (area, _) in enumerate(BALLOTS, 1)
        )
        self.commissioner.open(f"{CONSOLE}/voters")
        self.commissioner.attach("List of voters (CSV or Excel)", "roll.csv", csv.encode())
        self.commissioner.press("Go on to the columns")
        assert "For example: RES-1" in self.commissioner.text
        self.commissioner.press("Bring in this list")
        self.the_worker_works()
        self.commissioner.open(f"{CONSOLE}/voters")
        assert "Lists brought in so far" in self.commissioner.text
        self.three_people_make_the_key()
        self.both_hands("Freeze the ballot", "Projects and costs were checked twice.")
        return self._letters()

    def _letters(self) -> list[tuple[str, str]]:
        self.commissioner.open(f"{CONSOLE}/letters")
        self.commissioner.choose("Letters on a page, to print at once")
        self.commissioner.press("Make the letters")
        codes = CODE.findall(self.commissioner.text)
        assert len(set(codes)) == len(BALLOTS)
        return codes

    def residents_vote(self, codes: list[str]) -> None:
        """Every letter is used; what somebody ticks depends on the lists that they see."""
        self.until(6, 9)
        north = [ballot for ballot in BALLOTS if ballot[0]]
        elsewhere = [ballot for ballot in BALLOTS if not ballot[0]]
        for code in codes:
            voter = self.visitor()
            voter.open(ROUND)
            voter.follow("Vote with my code")
            voter.fill("Voting code", code.lower().replace("-", " "))
            voter.press("Continue")
            mine = north if "Trees for Mill Street" in voter.text else elsewhere
            self._cast(voter, mine.pop()[1])
        assert not north and not elsewhere

    def _cast(self, voter, titles: list[str]) -> None:
        self._fill_in(voter, titles)
        voter.press("Check my ballot")
        assert "not counted yet" in voter.text
        voter.press("Send my ballot")
        assert "Your ballot is" in voter.text
        receipt = re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{1,4}){3,}\b", voter.text)
        assert receipt, voter.text
        self.receipts.append(receipt.group())

    def _fill_in(self, voter, titles: list[str]) -> None:
        for title in titles:
            voter.choose_project(title)

    def it_is_counted_and_published(self) -> None:
        self.until(6, 22, hour=19)
        stranger = self.visitor()
        stranger.open(f"{ROUND}/results", 409)
        self._the_box_is_opened()
        stranger.open(f"{ROUND}/results", 409)
        self.both_hands("Publish the result", "We counted twice.")
        self.until(6, 25)

    def _the_box_is_opened(self) -> None:
        """The commissioner hands in a sheet, the steward types another."""
        person = self.commissioner
        person.open(f"{CONSOLE}/acts")
        person.choose("Open the ballot box and count")
        person.fill("Reason", "Voting has closed.")
        person.press("Ask for this")
        person.follow("Hand in my key sheet")
        person.fill("The 33 words of your key sheet", self.sheets[0])
        person.press("Hand in my key sheet")
        self.steward.open(f"{ROUND}/acts")
        self.steward.follow("Type the key sheets and count")
        self.steward.fill("The other key sheet", self.sheets[1])
        self.steward.press("Open the box and count")

    def a_stranger_reads_why(self) -> None:
        stranger = self.visitor()
        stranger.open(f"{ROUND}/results")
        text = stranger.text
        assert "2 of 3 projects are funded" in text, text
        # Three voters want the ramp, two the stage; after the ramp 4,000 of 10,000 is left.
        assert "€4,000" in text and self.won in text, text
        stranger.follow("A stage in the park")
        assert "Not funded" in stranger.text
        for receipt in self.receipts:
            stranger.open(f"{ROUND}/receipts")
            stranger.fill("Receipt", receipt)
            stranger.press("Look it up")
            assert "Your ballot was in the box" in stranger.text, stranger.text
