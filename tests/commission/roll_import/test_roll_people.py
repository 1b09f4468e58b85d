"""What is kept of people on the list, and for how long."""

import pytest

from pb.audit import queries as log
from pb.rounds.models import Role
from tests import make
from tests.commission.roll_import.lists import size


class TestPeople:
    def test_who_may_be_on_the_list_is_set_and_shown(self, session, commissioner, path, round):
        assert "People of any age" in commissioner.get(path).text
        sent = {
            "classes": ["resident", "student"],
            "minimum_age": "16",
            "age_on": ["1", "6", "2026"],
            "erase_after_days": "7",
        }
        commissioner.post(f"{path}/rules", sent)
        page = commissioner.get(path).text
        assert "People who are 16 or older on" in page and "1 June 2026" in page
        assert "residents, students." in page
        form = commissioner.get(f"{path}/rules").text
        assert 'value="16"' in form and 'value="7"' in form
        assert log.entries(session, round.id)[-1].kind == "roll.rules"

    @pytest.mark.parametrize(
        "sent",
        [
            {"classes": [], "erase_after_days": "14"},
            {"classes": ["wizard"], "erase_after_days": "14"},
            {"classes": ["resident"], "erase_after_days": "400"},
            {"classes": ["resident"], "erase_after_days": ""},
            {"classes": ["resident"], "erase_after_days": "14", "minimum_age": "0"},
            {"classes": ["resident"], "erase_after_days": "14", "age_on": ["31", "2", "2026"]},
        ],
    )
    def test_rules_that_make_no_sense_are_refused(self, commissioner, path, sent):
        commissioner.post(f"{path}/rules", sent, status=422)

    def test_the_desk_finds_a_person_without_the_register(
        self, session, browse, bring_in, round, path
    ):
        bring_in(desk="y")
        clerk = browse(make.appointed(session, round, Role.CLERK))
        born = {"find-born": ["1", "5", "1990"]}
        page = clerk.post(f"{path}/find", {"find-name": "NUNEZ ana"} | born, status=200).text
        assert "Number 1</strong>, North: has no code yet" in page
        page = clerk.post(f"{path}/find", {"find-name": "Anna Muñoz"} | born, status=200).text
        assert "Nobody on the list has this name and birth date" in page
        clerk.post(f"{path}/find", {"find-name": ""} | born, status=422)

    def test_the_number_of_a_found_person_can_be_typed_in_below(
        self, session, commissioner, bring_in, round, path
    ):
        make.entry(session, round, number=1233)
        bring_in(desk="y")
        sent = {"find-name": "Ana Núñez", "find-born": ["1", "5", "1990"]}
        found = commissioner.post(f"{path}/find", sent, status=200).text
        assert "Number 1234</strong>" in found
        sent = {"number": "1234", "reason": "Lost"}
        commissioner.post(f"{path}/codes/replace", sent, status=200)

    def test_details_are_counted_on_the_page_and_erased_on_demand(
        self, session, commissioner, bring_in, path, round, keys
    ):
        bring_in(letters="y")
        assert "<strong>3</strong> people" in commissioner.get(path).text
        commissioner.post(f"{path}/erase", {"erase-reason": "All sent"}, status=422)
        sent = {"erase-reason": "All sent", "erase-sure": "y"}
        commissioner.post(f"{path}/erase", sent)
        assert "We keep no names" in commissioner.get(path).text
        assert size(session) == 3
        again = bring_in(b"person;area;name;street\nQ;north;A;B\n", {
            "column_0": "person", "column_1": "area", "column_2": "name", "column_3": "address",
        }, letters="y")  # fmt: skip
        assert "were erased for good" in again.told
