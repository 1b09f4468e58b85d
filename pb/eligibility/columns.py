"""Which column of a list is what: good guesses, and what the officer decided."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pb.eligibility.models import VoterClass
from pb.eligibility.names import tokens


class Column(StrEnum):
    """What a column of a list can be."""

    IGNORED = "ignored"
    PERSON = "person"
    AREA = "area"
    CLASS = "class"
    BORN = "born"
    AGE = "age"
    LANGUAGE = "language"
    EMAIL = "email"
    NAME = "name"
    ADDRESS = "address"  # begins a line of the address
    ADDRESS_ON = "address-on"  # goes on with the line before


ONCE = tuple(one for one in Column if one not in ("ignored", "name", "address", "address-on"))
TITLES = {
    Column.IGNORED: "Not needed",
    Column.PERSON: "Number in the register",
    Column.AREA: "Area",
    Column.CLASS: "Class (resident, worker, student)",
    Column.BORN: "Birth date",
    Column.AGE: "Age",
    Column.LANGUAGE: "Language",
    Column.EMAIL: "E-mail",
    Column.NAME: "Name, or a part of it",
    Column.ADDRESS: "Address: a new line",
    Column.ADDRESS_ON: "Address: same line as the column before",
}


class DateOrder(StrEnum):
    """How the list writes dates; four figures first is always the year."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    YEAR_FIRST = "year-first"


class Young(StrEnum):
    """What becomes of people below the minimum age."""

    LEAVE_OUT = "leave-out"
    MISTAKE = "mistake"
    CHECKED = "checked"  # the list holds nobody like that: no column says so


class Need(StrEnum):
    """What personal details are kept for; without any need, none are."""

    LETTERS = "letters"  # name, address, language
    EMAIL = "email"  # e-mail, language
    DESK = "desk"  # name, birth date


@dataclass(frozen=True)
class Choices:
    """How one file is to be read."""

    columns: tuple[Column, ...]  # in the order of the file
    date_order: DateOrder = DateOrder.DAY_FIRST
    voter_class: VoterClass = VoterClass.RESIDENT  # where no column says it
    young: Young = Young.LEAVE_OUT
    needs: frozenset[Need] = frozenset()

    def places(self, *wanted: Column) -> tuple[int, ...]:
        """Where columns of these kinds stand."""
        return tuple(place for place, column in enumerate(self.columns) if column in wanted)

    def place(self, wanted: Column) -> int | None:
        """Where the one column of this kind stands, if there is one."""
        return next(iter(self.places(wanted)), None)

    def problems(self, *, areas: bool, minimum_age: int | None) -> list[str]:
        """What does not fit together, one sentence each.

        `areas`: the round has more than the whole town.
        """
        found = [
            f"Two columns are the same: “{TITLES[column]}”. Choose one of them."
            for column in ONCE
            if len(self.places(column)) > 1
        ]
        if not self.places(Column.PERSON):
            found.append("Choose the column that holds the number in the register.")
        if areas and not self.places(Column.AREA):
            found.append("Choose the column that says in which area people vote.")
        aged = self.places(Column.BORN, Column.AGE)
        if minimum_age and not aged and self.young is not Young.CHECKED:
            found.append(
                f"People must be {minimum_age} or older. Choose the column with the birth date or "
                "the age, or say that the list was checked."
            )
        return found + self._missing_details()

    def _missing_details(self) -> list[str]:
        lacking = {
            Need.LETTERS: ("letters", "name and address", (Column.NAME, Column.ADDRESS)),
            Need.EMAIL: ("mail", "e-mail address", (Column.EMAIL,)),
            Need.DESK: ("the desk", "name and birth date", (Column.NAME, Column.BORN)),
        }
        return [
            f"For {what} the list needs {fields}. Choose the columns, or do without."
            for need, (what, fields, columns) in lacking.items()
            if need in self.needs and not all(self.places(column) for column in columns)
        ]

    def to_json(self) -> dict[str, Any]:
        """As it is stored with the upload."""
        return {
            "columns": list(self.columns),
            "date_order": self.date_order,
            "voter_class": self.voter_class,
            "young": self.young,
            "needs": sorted(self.needs),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Choices":
        """The choices that `to_json` has written."""
        return cls(
            tuple(map(Column, data["columns"])),
            DateOrder(data["date_order"]),
            VoterClass(data["voter_class"]),
            Young(data["young"]),
            frozenset(map(Need, data["needs"])),
        )


# Names of columns as registers in several languages have them, without case and marks.
KNOWN: dict[Column, str] = {
    Column.PERSON: "person id number nr no personid personnumber registernumber pesel bsn dni nie "
    "nif burgerservicenummer personennummer kennziffer identifiant numero matricule",
    Column.AREA: "area district ward neighbourhood neighborhood zone wijk buurt stadsdeel bezirk "
    "stadtteil ortsteil quartier arrondissement barrio distrito dzielnica obszar rejon",
    Column.CLASS: "class category kind group klasse kategorie categorie categoria clase kategoria",
    Column.BORN: "born birthdate birthday dob dateofbirth geboortedatum geburtsdatum geburtstag "
    "datedenaissance fechadenacimiento nacimiento dataurodzenia naissance",
    Column.AGE: "age leeftijd alter edad wiek",
    Column.LANGUAGE: "language lang taal sprache langue idioma lengua jezyk",
    Column.EMAIL: "email mail emailaddress epost correo correoelectronico courriel",
    Column.NAME: "name firstname surname lastname givenname familyname fullname naam voornaam "
    "achternaam vorname nachname nom prenom nombre apellido apellidos apellido1 apellido2 imie "
    "nazwisko",
    Column.ADDRESS: "address street address1 address2 address3 postcode zip zipcode postalcode "
    "adres straat strasse anschrift adresse plz rue codepostal calle direccion codigopostal cp "
    "ulica kodpocztowy",
    Column.ADDRESS_ON: "housenumber huisnummer hausnummer city town place plaats woonplaats ort "
    "stadt ville ciudad localidad municipio miasto miejscowosc",
}
GUESSES = {name: column for column, names in KNOWN.items() for name in names.split()}


def guess(header: Sequence[str], samples: Sequence[Sequence[str]] = ()) -> Choices:
    """The most likely meaning of every column, from its name and the first lines of the file."""
    found: list[Column] = []
    for place, name in enumerate(header):
        column = _guess_one(name, [line[place] for line in samples if place < len(line)])
        if column in ONCE and column in found and name not in header[:place]:
            column = Column.IGNORED  # of two columns with one name, the officer chooses
        if column is Column.ADDRESS_ON and Column.ADDRESS not in found:
            column = Column.ADDRESS
        found.append(column)
    columns = tuple(found)
    born = columns.index(Column.BORN) if Column.BORN in columns else None
    dates = [line[born] for line in samples if born is not None and born < len(line)]
    return Choices(columns, _date_order(dates))


def _guess_one(name: str, values: Sequence[str]) -> Column:
    parts = tokens(name)
    whole = re.sub(r"[\W_]+", "", "".join(_ordered(name)))
    if found := GUESSES.get(whole):
        return found
    # Two words such as “street name” or “voting area”: the telling one stands last.
    for part in reversed(_ordered(name)):
        if part in parts and (found := GUESSES.get(part)):
            return found
    filled = [value for value in values if value]
    if filled and all(re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", value) for value in filled):
        return Column.EMAIL
    return Column.IGNORED


def _ordered(name: str) -> list[str]:
    """The parts of a name in their order, as `tokens` writes them."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [next(iter(tokens(part)), "") for part in re.split(r"[\W_]+", split) if part]


def _date_order(values: Sequence[str]) -> DateOrder:
    numbers = [re.findall(r"\d+", value) for value in values]
    triples = [found for found in numbers if len(found) == 3]
    if triples and all(len(first) == 4 for first, _, _ in triples):
        return DateOrder.YEAR_FIRST
    if any(int(second) > 12 for _, second, _ in triples):
        return DateOrder.MONTH_FIRST
    return DateOrder.DAY_FIRST
