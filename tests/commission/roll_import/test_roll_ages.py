"""Who is old enough to vote, by the dates on the list."""

import pytest

from pb.eligibility import queries, service
from pb.eligibility.models import VoterClass
from pb.notices.models import JobState
from tests.commission.roll_import.lists import COLUMNS, HOW, REGISTER, size
from tests.conftest import NOW


class TestAge:
    """Voting opens on 9 May 2026 in these rounds; Cleo was born on 17 August 2015."""

    @pytest.fixture
    def sixteen(self, session, round, officer):
        def sixteen(**changes):
            rules = {
                "classes": [*VoterClass],
                "minimum_age": 16,
                "age_on": None,
                "erase_after_days": 14,
            }
            service.set_rules(session, round, **rules | changes, by=officer, at=NOW)
            session.commit()

        return sixteen

    def test_people_who_are_too_young_are_left_out_and_counted(self, session, sixteen, bring_in):
        sixteen()
        job = bring_in()
        assert job.outcome["told"] == (
            "2 people are on the list of voters now. 1 person was too young and left out."
        )
        assert size(session) == 2

    def test_or_they_are_mistakes(self, session, sixteen, bring_in):
        sixteen()
        job = bring_in(young="mistake")
        assert job.problems == ["Line 4: the person is younger than 16."]
        assert size(session) == 0

    def test_or_the_list_was_checked(self, session, sixteen, bring_in):
        sixteen()
        bring_in(young="checked")
        assert size(session) == 3

    def test_somebody_must_say_how_old_people_are(self, sixteen, commissioner, send):
        sixteen()
        sent = COLUMNS | HOW | {"column_2": "ignored"}
        assert "People must be 16 or older" in commissioner.post(send(), sent, status=422).text

    def test_the_day_that_counts_can_be_set(self, session, sixteen, bring_in):
        from datetime import date

        sixteen(age_on=date(2031, 8, 17))
        assert bring_in().outcome["entries"] == 3

    def test_birth_dates_that_are_hardly_true_are_listed(self, session, bring_in):
        data = REGISTER + (
            b"B1;North;01.01.1899;X;Y;S;1;P;T;;en;1\nB2;North;01.01.2027;X;Y;S;1;P;T;;en;1\n"
            b"B3;North;01.01.1915;X;Y;S;1;P;T;;en;1\n"
        )
        assert bring_in(data).outcome["notes"] == [
            "Line 5: the birth date lies before 1900.",
            "Line 6: the birth date lies in the future.",
            "Line 7: the person would be older than 110.",
        ]

    def test_classes_that_do_not_vote_are_mistakes(self, session, sixteen, bring_in, round, keys):
        sixteen(classes=["resident", "worker"], minimum_age=None)
        data = b"person;area;class\nA1;north;Worker\nA2;north;\n"
        columns = {"column_0": "person", "column_1": "area", "column_2": "class"}
        assert bring_in(data, columns).state is JobState.DONE
        found = queries.find_by_person(session, round, "A1", keys)
        assert found.voter_class is VoterClass.WORKER
        session.rollback()
        job = bring_in(b"person;area;class\nA3;north;student\nA4;;wizard\n", columns)
        assert job.problems == [
            "Line 2: the class “student” does not vote in this round.",
            "Line 3: there is no class of that name.",
        ]
