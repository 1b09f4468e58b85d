"""One whole round for every kind of ballot by HTTP, from set-up to a recount on another machine."""

import json

import pytest

from pb.accounts import service
from pb.tally.pabulib import read
from tests.conftest import NOW
from tests.journeys.story import PASSWORD, ROUND, Story
from tests.journeys.test_a_round import recount_at_home
from tests.journeys.visitors import PlainVisitor

TREES, RAMP, STAGE = "Trees for Mill Street", "A ramp for the library", "A stage in the park"


class ChooseOne(Story):
    """Each voter ticks one project in each list."""

    kind, wrong = "choose-1", "Choose at most 1 project"
    votes = {RAMP: 3, STAGE: 1, TREES: 1}
    points = {RAMP: None, STAGE: None, TREES: None}

    def _choose_the_ballot(self, person):
        person.choose("They tick one project")

    def _fill_in(self, voter, titles):
        if titles == [RAMP, STAGE]:
            for title in titles:
                voter.choose_project(title)
            self._is_refused(voter)
            voter.choose(f"{STAGE} €5,000 {STAGE} would help many of us.", on=False)
            return
        super()._fill_in(voter, titles)

    def _is_refused(self, voter):
        """Everything stays on the page, and it cannot be sent."""
        voter.press("Check my ballot", 422)
        assert self.wrong in voter.text, voter.text
        assert "Send my ballot" not in voter.text
        voter.press("Change this list : Whole town")


class Budget(ChooseOne):
    """Each voter ticks projects until the money is used up."""

    kind, wrong = "approval", "cost €11,000 together; the most is €10,000"

    def _choose_the_ballot(self, person):
        person.choose("They make a budget")
        person.fill("At most how many projects?", "")


class Points(ChooseOne):
    """Each voter shares out ten points."""

    kind, wrong = "cumulative", "Give at most 10 points; 15 are given."
    won, votes = "24 points", {RAMP: 3, STAGE: 2, TREES: 1}
    points = {RAMP: 24, STAGE: 10, TREES: 8}

    def _choose_the_ballot(self, person):
        person.choose("They share out points")
        person.fill("How many points has each person?", "10")
        person.fill("At most how many points for one project?", "8")

    def _fill_in(self, voter, titles):
        for title in titles:
            voter.fill(f"Points for {title}", "8")
        if titles == [RAMP, STAGE]:
            voter.fill(f"Points for {STAGE}", "7")
            self._is_refused(voter)
            voter.fill(f"Points for {STAGE}", "2")
            voter.press("Add up my points : Whole town")
            assert "You have given 10 of 10 points. None is left." in voter.text


class Ranking(ChooseOne):
    """Each voter puts projects in order, with numbers and with buttons."""

    kind, wrong = "ordinal", "Place 1 is given 2 times"
    won, votes = "6 points", {RAMP: 3, STAGE: 2, TREES: 1}
    points = {RAMP: 6, STAGE: 3, TREES: 1}  # two projects in town: 2 for first place, then 1

    def _choose_the_ballot(self, person):
        person.choose("They put projects in order")

    def _fill_in(self, voter, titles):
        if titles == [RAMP, STAGE]:
            for title in titles:
                voter.fill(f"Place of {title}", "1")
            self._is_refused(voter)
            voter.fill(f"Place of {RAMP}", "4")
            voter.press("Update my order : Whole town")
            voter.press(f"Up : {RAMP}")
            return
        for title in titles:
            voter.press(f"Put first : {title}")


class Scores(ChooseOne):
    """Each voter scores projects from 0 to 5."""

    kind = "scoring"
    won, votes = "13 points", {RAMP: 3, STAGE: 2, TREES: 1}
    points = {RAMP: 13, STAGE: 8, TREES: 5}

    def _choose_the_ballot(self, person):
        person.choose("They give every project a score")
        person.fill("At most how many points for one project?", "5")

    def _fill_in(self, voter, titles):
        for n, title in enumerate(titles):
            voter.choose("5" if not n else "3", f"Score for {title}")


@pytest.mark.parametrize("kind", [ChooseOne, Budget, Points, Ranking, Scores])
def test_a_round_with_this_kind_of_ballot(app, session, clock, tmp_path, kind):
    service.register(
        session,
        email="olga@example.org",
        name="Olga",
        password=PASSWORD,
        at=NOW,
        may_open_rounds=True,
    )
    session.commit()
    story = kind(lambda: PlainVisitor(app), clock, "olga@example.org", app)
    story.the_commissioner_sets_up_the_round()
    story.it_is_published_by_two_hands()
    story.residents_propose()
    story.the_commission_reviews()
    codes = story.the_roll_and_the_freeze()
    story.residents_vote(codes)
    story.it_is_counted_and_published()
    story.a_stranger_reads_why()

    stranger = PlainVisitor(app)
    assert_counted(stranger, story)
    recount_at_home(app, tmp_path)


def assert_counted(stranger, story) -> None:
    """What was voted is what was counted, in the page's numbers and in both exports."""
    stranger.open(f"{ROUND}/results/data.json")
    areas = json.loads(stranger.bytes)["areas"]
    rows = {row["title"]: row for area in areas for row in area["projects"]}
    assert {title: rows[title]["points"] for title in story.points} == story.points
    assert {title: rows[title]["votes"] for title in story.votes} == story.votes
    stranger.open(f"{ROUND}/results/areas/whole-town.pb")
    assert f"vote_type;{story.kind}" in stranger.bytes.decode()
    assert len(read(stranger.bytes, strict=True).ballots) == 4
