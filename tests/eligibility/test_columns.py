from datetime import date

import pytest

from pb.eligibility import ages, columns
from pb.eligibility.columns import Choices, Column, DateOrder, Need, Young
from pb.eligibility.models import VoterClass


@pytest.mark.parametrize(
    ("header", "meanings"),
    [
        ("person,area", "person area"),
        ("Person ID,Voting area,E-mail", "person area email"),
        ("BSN,Wijk,Geboortedatum,Voornaam,Achternaam", "person area born name name"),
        (
            "Straat,Huisnummer,Postcode,Woonplaats,Taal",
            "address address-on address address-on language",
        ),
        ("Personennummer,Bezirk,Geburtstag,Straße,Ort", "person area born address address-on"),
        ("DNI,Distrito,Fecha de nacimiento,Apellido 1,Apellido 2", "person area born name name"),
        ("PESEL,Dzielnica,Imię,Nazwisko,Data urodzenia", "person area name name born"),
        ("identifiant,quartier,date_de_naissance,nom,prénom", "person area born name name"),
        ("registerNumber,dateOfBirth,firstName", "person born name"),
        ("Town,number,number of dogs", "address person ignored"),
        ("id,number,area", "person ignored area"),
        ("person,person,area", "person person area"),
        ("shoe size,,хлеб", "ignored ignored ignored"),
    ],
)
def test_columns_are_guessed_from_their_names(header, meanings):
    assert " ".join(columns.guess(header.split(",")).columns) == meanings


def test_a_column_of_addresses_is_e_mail_whatever_its_name():
    guess = columns.guess(["person", "contact"], [["1", "a@b.org"], ["2", ""], ["3", "c@d.nl"]])
    assert guess.columns == (Column.PERSON, Column.EMAIL)


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["31.12.1990", "01.02.1980"], DateOrder.DAY_FIRST),
        (["12/31/1990", "01/02/1980"], DateOrder.MONTH_FIRST),
        (["1990-12-31"], DateOrder.YEAR_FIRST),
        (["01/02/1980"], DateOrder.DAY_FIRST),
        (["", "soon"], DateOrder.DAY_FIRST),
    ],
)
def test_the_order_of_dates_is_guessed_from_the_first_lines(dates, order):
    assert columns.guess(["born"], [[text] for text in dates]).date_order is order


def test_choices_are_stored_and_read_back():
    choices = Choices(
        (Column.PERSON, Column.AREA),
        DateOrder.MONTH_FIRST,
        VoterClass.WORKER,
        Young.MISTAKE,
        frozenset({Need.DESK, Need.LETTERS}),
    )
    assert Choices.from_json(choices.to_json()) == choices


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("31.12.1990", DateOrder.DAY_FIRST, date(1990, 12, 31)),
        ("1/2/1990", DateOrder.DAY_FIRST, date(1990, 2, 1)),
        ("1/2/1990", DateOrder.MONTH_FIRST, date(1990, 1, 2)),
        ("1990-12-31", DateOrder.DAY_FIRST, date(1990, 12, 31)),
        ("1990-12-31 00:00:00", DateOrder.YEAR_FIRST, date(1990, 12, 31)),
        ("19901231", DateOrder.DAY_FIRST, date(1990, 12, 31)),
        ("31. 12. 1990", DateOrder.DAY_FIRST, date(1990, 12, 31)),
        ("29.02.2000", DateOrder.DAY_FIRST, date(2000, 2, 29)),
        ("29.02.2001", DateOrder.DAY_FIRST, None),
        ("31.12.90", DateOrder.DAY_FIRST, None),
        ("12/31/1990", DateOrder.DAY_FIRST, None),
        ("00.00.1990", DateOrder.DAY_FIRST, None),
        ("soon", DateOrder.DAY_FIRST, None),
        ("٣١.١٢.١٩٩٠", DateOrder.DAY_FIRST, date(1990, 12, 31)),
    ],
)
def test_birth_dates_are_read_in_the_order_of_the_list(text, order, expected):
    assert ages.parse(text, order) == expected


@pytest.mark.parametrize(
    ("day", "born", "age"),
    [
        (date(2026, 5, 9), date(2010, 5, 9), 16),
        (date(2026, 5, 9), date(2010, 5, 10), 15),
        (date(2026, 2, 28), date(2008, 2, 29), 17),
        (date(2026, 3, 1), date(2008, 2, 29), 18),
        (date(2028, 2, 29), date(2008, 2, 29), 20),
    ],
)
def test_age_is_counted_in_full_years_on_a_day(day, born, age):
    assert ages.on(day, born) == age


def test_birth_dates_that_are_hardly_true():
    day = date(2026, 5, 9)
    assert ages.oddity(date(2026, 5, 10), day) == "the birth date lies in the future"
    assert ages.oddity(date(1899, 12, 31), day) == "the birth date lies before 1900"
    assert ages.oddity(date(1915, 5, 9), day) == "the person would be older than 110"
    assert ages.oddity(date(1915, 5, 10), day) is None
