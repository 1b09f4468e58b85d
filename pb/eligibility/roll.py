"""The lines of a list of entitled people: each is a person for the roll, or a mistake."""

import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.eligibility import ages, columns, letter_texts, names, people, tables
from pb.eligibility.columns import Choices, Column, Need, Young
from pb.eligibility.models import VoterClass
from pb.eligibility.people import Personal
from pb.errors import Invalid, PhaseClosed
from pb.rounds import calendar
from pb.rounds.models import Phase, Round, Side

MOST_PROBLEMS = 50
LONGEST_PERSON = 64
LONGEST_LINE = 80  # of an address
LONGEST_EMAIL = 254
SAMPLES = 20
CLOSED = "The list of voters is closed: voting has begun."


@dataclass(frozen=True)
class Standard:
    """What a line has to fit: the areas and rules of a round, and the officer's choices."""

    areas: dict[str, int | None]  # key of a name → area; None: the whole town
    classes: frozenset[VoterClass]
    minimum_age: int | None
    day: date  # on which ages are counted
    choices: Choices

    @classmethod
    def of(cls, session: Session, round: Round, choices: Choices) -> "Standard":
        """The standard of a round; raises Invalid where the choices do not fit it."""
        rules = people.rules(session, round)
        divided = any(not area.city_wide for area in round.areas)
        if problems := choices.problems(areas=divided, minimum_age=rules.minimum_age):
            raise Invalid("The columns do not fit together.", tuple(problems))
        return cls(
            {
                key(name): None if area.city_wide else area.id
                for area in round.areas
                for name in (area.slug, area.name)
            },
            frozenset(map(VoterClass, rules.classes)),
            rules.minimum_age,
            age_day(session, round),
            choices,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One entitled person: their number in the town's register, area, class, and details."""

    line: int
    person: str
    area_id: int | None
    voter_class: VoterClass
    personal: Personal | None
    oddity: str | None = None  # why the birth date is hardly true


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a line; `value` is for the officer alone and stored in no database."""

    line: int
    sentence: str
    value: str = ""

    def __str__(self) -> str:
        return f"Line {self.line}: {self.sentence}"


class TooYoung(Exception):
    """The person of this line is below the minimum age, and such people are left out."""


class Reader:
    """Reads lines by one standard."""

    def __init__(self, standard: Standard, width: int) -> None:
        self.standard, self.width = standard, width
        choices = standard.choices
        self._person = choices.place(Column.PERSON)
        self._area = choices.place(Column.AREA)
        self._class = choices.place(Column.CLASS)
        self._born, self._age = choices.place(Column.BORN), choices.place(Column.AGE)
        self._details = _Details(choices)
        self._areas: dict[str, int | None] = {"": None}  # as the list writes them
        self._asks_age = standard.minimum_age and choices.young is not Young.CHECKED

    def read(self, line: int, cells: Sequence[str]) -> Row | list[Mistake]:
        """The person of a line, or all its mistakes; raises TooYoung."""
        if len(cells) != self.width and (len(cells) < self.width or any(cells[self.width :])):
            shown = f"there are {len(cells)} columns, but the first line names {self.width}."
            return [Mistake(line, shown)]
        wrong: list[Mistake] = []
        person = normalised(cells[self._person])
        if not person:
            wrong.append(Mistake(line, "the number in the register is empty."))
        elif len(person) > LONGEST_PERSON:
            wrong.append(Mistake(line, "this is too long for a register number.", person))
        area_id = self._area_of(line, cells, wrong)
        voter_class = self._class_of(line, cells, wrong)
        born = self._born_of(line, cells, wrong)
        age = ages.on(self.standard.day, born) if born else self._age_of(line, cells, wrong)
        young = self._is_young(line, age, wrong)
        if wrong:
            return wrong
        if young:
            raise TooYoung
        oddity = ages.oddity(born, self.standard.day) if born else None
        if born is None and age is not None and age > ages.OLDEST:
            oddity = f"the person would be older than {ages.OLDEST}"
        details = self._details.of(cells, born)
        return Row(line, person, area_id, voter_class, details, oddity)

    def _area_of(self, line: int, cells: Sequence[str], wrong: list[Mistake]) -> int | None:
        if self._area is None:
            return None
        name = cells[self._area]
        if name not in self._areas:
            known = key(name)
            if known not in self.standard.areas:
                wrong.append(Mistake(line, "this round has no area of that name.", name))
                return None
            self._areas[name] = self.standard.areas[known]
        return self._areas[name]

    def _class_of(self, line: int, cells: Sequence[str], wrong: list[Mistake]) -> VoterClass:
        found = self.standard.choices.voter_class
        if self._class is not None and (name := cells[self._class]):
            try:
                found = VoterClass(key(name))
            except ValueError:
                wrong.append(Mistake(line, "there is no class of that name.", name))
                return found
        if found not in self.standard.classes:
            wrong.append(Mistake(line, f"the class “{found}” does not vote in this round.", found))
        return found

    def _born_of(self, line: int, cells: Sequence[str], wrong: list[Mistake]) -> date | None:
        if self._born is None or not (text := cells[self._born]):
            return None
        born = ages.parse(text, self.standard.choices.date_order)
        if born is None:
            wrong.append(Mistake(line, "the birth date cannot be read.", text))
        return born

    def _age_of(self, line: int, cells: Sequence[str], wrong: list[Mistake]) -> int | None:
        if self._age is None or not (text := cells[self._age]):
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= 3):
            wrong.append(Mistake(line, "the age is not a number of years.", text))
            return None
        return int(text)

    def _is_young(self, line: int, age: int | None, wrong: list[Mistake]) -> bool:
        if not self._asks_age:
            return False
        least = self.standard.minimum_age or 0
        if age is None:
            if not wrong:
                wrong.append(Mistake(line, "nothing says how old the person is."))
            return False
        if age >= least:
            return False
        if self.standard.choices.young is Young.MISTAKE:
            wrong.append(Mistake(line, f"the person is younger than {least}.", str(age)))
        return True


class _Details:
    """Takes from a line what is needed of the person, and no more."""

    def __init__(self, choices: Choices) -> None:
        letters, email, desk = (need in choices.needs for need in Need)
        self._name = choices.places(Column.NAME) if letters or desk else ()
        wanted = (Column.ADDRESS, Column.ADDRESS_ON)
        self._address = choices.places(*wanted) if letters else ()
        self._goes_on = set(choices.places(Column.ADDRESS_ON))
        self._email = choices.place(Column.EMAIL) if email else None
        self._language = choices.place(Column.LANGUAGE) if letters or email else None
        self._born = desk
        self._any = bool(choices.needs)

    def of(self, cells: Sequence[str], born: date | None) -> Personal | None:
        """The details to keep, None where there are none."""
        if not self._any:
            return None
        lines: list[str] = []
        for place in self._address:
            if place in self._goes_on and lines:
                lines[-1] = f"{lines[-1]} {cells[place]}".strip()
            else:
                lines.append(cells[place])
        return Personal(
            name=_plain(" ".join([cells[place] for place in self._name])),
            address=tuple([_plain(line) for line in lines if line]),
            email=cells[self._email][:LONGEST_EMAIL] if self._email is not None else "",
            language=letter_texts.code(cells[self._language]) if self._language is not None else "",
            born=born if self._born else None,
        )


def lines(data: bytes, round: Round) -> Iterator[tuple[int, str]]:
    """(line, register number) of every person in a small file; raises Invalid."""
    table = tables.open_table(io.BytesIO(data))
    choices = columns.guess(table.header)
    place = choices.place(Column.PERSON)
    if place is None or choices.columns.count(Column.PERSON) != 1:
        raise Invalid(f"The first line must name a column “person” once. {_named(table.header)}")
    for line, cells in table.lines:
        yield line, normalised(cells[place]) if place < len(cells) else ""


def _named(header: Sequence[str]) -> str:
    found = ", ".join(f"“{short(cell)}”" for cell in header[:6])
    return f"It names: {found}."


def refuse_if_any(problems: Iterable[str], *, more: int = 0) -> None:
    """Raise Invalid with the first fifty problems, if there are any; nothing was imported."""
    shown = list(problems)
    more += len(shown[MOST_PROBLEMS:])
    if not shown:
        return
    shown = shown[:MOST_PROBLEMS]
    if more:
        shown.append(f"There are {more:,} more.")
    raise Invalid("The file has mistakes. Nothing was imported.", tuple(shown))


def normalised(person: str) -> str:
    """A register number in one spelling: capitals, without blanks and what nobody can see."""
    if not person.isascii():
        person = names.without_invisible(unicodedata.normalize("NFKC", person))
    return "".join(person.split()).upper()


def short(value: str) -> str:
    """A value as an error message shows it."""
    return value if len(value) <= 20 else f"{value[:19]}…"


def key(name: str) -> str:
    """The name of an area or class in one spelling."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def age_day(session: Session, round: Round) -> date:
    """The day on which ages are counted: as set, or the day on which voting opens."""
    if chosen := people.rules(session, round).age_on:
        return chosen
    voting = calendar.span(round, Phase.VOTING)
    opens = voting.opens_at if voting else round.created_at
    return opens.astimezone(round.zone).date()


def require_before(round: Round, phase: Phase, at: datetime, sentence: str) -> None:
    """Refuse (PhaseClosed) once the round has reached a phase."""
    reached = calendar.phase_at(round, at)
    if calendar.ORDER.index(reached) >= calendar.ORDER.index(phase):
        raise PhaseClosed(sentence)


def record(
    session: Session, round: Round, kind: str, by: Account | None, at: datetime, body: dict
) -> None:
    """Tell the log what was done to the roll."""
    audit.record(
        session,
        chain=round.id,
        kind=kind,
        at=at,
        actor=by.id if by else None,
        side=Side.COMMISSION,
        body=body,
    )


def _plain(text: str) -> str:
    return " ".join(text.split())[:LONGEST_LINE]
