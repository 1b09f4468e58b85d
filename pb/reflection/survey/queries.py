"""What the survey found, once it is closed, and never about fewer than ten people."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.reflection.survey.models import AgeClass, SurveyAnswer, Way
from pb.reflection.survey.service import QUESTIONS, SCALE
from pb.reflection.survey.suppression import FEWEST, publishable
from pb.results.export import DANGEROUS
from pb.rounds.models import Round

RATHER_NOT = "I’d rather not say"
YES = (4, 5)  # marks that count as a yes where a group is shown in one number
AGES = {
    AgeClass.UNDER_18: "Under 18",
    AgeClass.TO_29: "18 to 29",
    AgeClass.TO_44: "30 to 44",
    AgeClass.TO_64: "45 to 64",
    AgeClass.OVER_64: "65 and over",
}
WAYS = {
    Way.ONLINE: "Online",
    Way.PAPER: "On paper",
    Way.MEETING: "At a meeting or a desk",
    Way.NOT_AT_ALL: "Did not take part this time",
}


@dataclass(frozen=True)
class Question:
    """How everybody answered a question: (answer, how many), from “not at all” upwards."""

    name: str
    text: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Group:
    """People who share something: how many they are, and how many said yes to each question."""

    name: str
    people: int
    yes: tuple[int, ...]


@dataclass(frozen=True)
class Division:
    """Everybody divided by one thing that was asked; small groups are left out together."""

    title: str
    groups: tuple[Group, ...]
    left_out: int  # people in groups that do not show: none, or at least ten


@dataclass(frozen=True)
class Findings:
    """The published results of a survey; without questions if too few people answered."""

    people: int
    questions: tuple[Question, ...] = ()
    divisions: tuple[Division, ...] = ()
    words: tuple[str, ...] = ()  # lines whose authors want them published

    @property
    def enough(self) -> bool:
        return bool(self.questions)


def answered(session: Session, round: Round) -> int:
    """How many people have answered."""
    return session.scalar(
        select(func.count()).select_from(SurveyAnswer).where(SurveyAnswer.round_id == round.id)
    )


def lines(session: Session, round: Round, *, published: bool) -> Sequence[str]:
    """The free lines, by the alphabet: those to be published, or those for the stewards."""
    return session.scalars(
        select(SurveyAnswer.words)
        .where(
            SurveyAnswer.round_id == round.id,
            SurveyAnswer.words != "",
            SurveyAnswer.may_publish.is_(published),
        )
        .order_by(SurveyAnswer.words)
    ).all()


def findings(session: Session, round: Round) -> Findings:
    """What may be published of a closed survey."""
    answers = session.scalars(select(SurveyAnswer).where(SurveyAnswer.round_id == round.id)).all()
    if len(answers) < FEWEST:
        return Findings(len(answers))
    areas = {area.id: area.name for area in round.areas}
    divided = [
        divide("By part of town", answers, "area_id", areas),
        divide("By age", answers, "age", AGES),
        divide("By way of taking part", answers, "way", WAYS),
    ]
    return Findings(
        len(answers),
        tuple(_question(name, answers) for name in QUESTIONS),
        tuple(division for division in divided if division is not None),
        tuple(lines(session, round, published=True)),
    )


def _question(name: str, answers: Sequence[SurveyAnswer]) -> Question:
    found = Counter(getattr(answer, name) for answer in answers)
    counts = [(label, found[mark]) for mark, label in SCALE.items()]
    return Question(name, QUESTIONS[name], (*counts, (RATHER_NOT, found[None])))


def divide(title: str, answers: Sequence[SurveyAnswer], name: str, labels: dict) -> Division | None:
    """The answers by one thing that was asked; None where fewer than two groups may show."""
    members: dict[object, list[SurveyAnswer]] = {key: [] for key in (*labels, None)}
    for answer in answers:
        members[getattr(answer, name)].append(answer)
    shown = publishable({key: len(found) for key, found in members.items()})
    if len(shown) < 2:
        return None
    groups = tuple(
        Group(
            labels.get(key, RATHER_NOT),
            len(members[key]),
            tuple(
                sum(getattr(answer, question) in YES for answer in members[key])
                for question in QUESTIONS
            ),
        )
        for key in shown
    )
    return Division(title, groups, len(answers) - sum(group.people for group in groups))


def csv_text(found: Findings) -> str:
    """The same numbers as on the page: one row for each group, question and answer."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["division", "group", "people", "question", "answer", "count"])
    for question in found.questions:
        for answer, count in question.counts:
            row = ["Everybody", "Everybody", found.people, question.text, answer, count]
            writer.writerow(row)
    for division in found.divisions:
        for group in division.groups:
            for question, count in zip(QUESTIONS.values(), group.yes, strict=True):
                answer = f"{SCALE[YES[0]]} or {SCALE[YES[1]].lower()}"
                name = _harmless(group.name)
                writer.writerow([division.title, name, group.people, question, answer, count])
    return text.getvalue()


def _harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(DANGEROUS) else name
