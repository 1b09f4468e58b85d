"""What the demo town learned in its first year, and what its later rounds make of it."""

from datetime import datetime, timedelta
from typing import Any

from pb.demo.builder import Builder
from pb.reflection import lessons, queries, service
from pb.reflection.models import Signature, Topic
from pb.reflection.survey import service as survey
from pb.reflection.survey.models import AgeClass, Way
from pb.rounds.models import Phase, Round

# (who, topic, signature, other name, line) about the phase in which the result came out.
LINES = (
    ("resident", Topic.KEPT, Signature.NAME, "", "Every project had its reason on one page."),
    ("reviewer", Topic.KEPT, Signature.NAME, "", "Authors called us back the same day."),
    ("steward", Topic.CHANGE, Signature.NAME, "", "Three weeks for proposals were too few."),
    (
        "commissioner",
        Topic.CHANGE,
        Signature.NAME,
        "",
        "We gave dates for the works before we had asked the works department.",
    ),
    (
        "resident",
        Topic.CHANGE,
        Signature.PSEUDONYM,
        "Heron",
        "Nobody from the harbour flats came, and nobody asked them.",
    ),
    ("clerk", Topic.LEARNED, Signature.NONE, "", "Most questions at the desk were about dates."),
    ("resident", Topic.LEARNED, Signature.NONE, "", "People vote for what they can walk to."),
)
# (which line, words, due, owner)
LESSONS = (
    (2, "Give people six weeks to write proposals.", Phase.IDEAS, "steward"),
    (3, "Promise no date before the works department has agreed.", Phase.RESULTS, "commissioner"),
    (4, "Knock at the doors of the harbour flats in the first week.", Phase.IDEAS, None),
)
# (age, people), (way, people), (place of the area, people): those of fewer than ten do not show.
SURVEYED = (
    (
        (AgeClass.UNDER_18, 3),
        (AgeClass.TO_29, 10),
        (AgeClass.TO_44, 12),
        (AgeClass.TO_64, 14),
        (AgeClass.OVER_64, 8),
    ),
    ((Way.ONLINE, 22), (Way.PAPER, 14), (Way.MEETING, 11)),
    ((1, 14), (2, 12), (3, 11), (4, 6), (5, 4)),
)
# What they answer, over and over, by question; 0 is “I’d rather not say”.
SAID = {
    "easy": (5, 4, 5, 3, 4, 5, 2),
    "understood": (4, 5, 3, 4, 0, 5, 4, 2, 5, 4, 3),
    "heard": (4, 3, 5, 2, 4, 3, 1, 4, 5),
    "fair": (3, 4, 0, 5, 4, 2, 3, 4),
    "again": (5, 5, 4, 5, 3, 5, 4, 5, 1, 4, 5, 5, 2),
}
# What some of them add, by their place in the list.
WORDS = {
    4: "I would have liked to hear why my proposal was thought too dear a week earlier.",
    19: "The paper ballot was easy. The letter that came with it was not.",
    33: "For the first time I knew somebody at the town hall by name.",
}
# What later rounds answer to each lesson, by their slug; the youngest leaves one open.
ANSWERS = {
    "together-2": (
        (True, "Proposals were open for six weeks."),
        (True, "Dates are published with the result, after the works department has signed."),
        (False, "We found nobody who could knock. The next round has connectors."),
    ),
    "verhage-gift": ((True, "Proposals are open for five weeks, over the summer market."),),
}


def look_back(builder: Builder, round: Round, at: datetime) -> None:
    """Both sides write about the result, adopt three lessons, and residents answer the survey."""
    lines = [
        service.write(
            builder.session,
            round,
            Phase.RESULTS,
            topic,
            by=builder.person(who),
            text=text,
            at=at + timedelta(hours=7 * n),
            signature=signature,
            pseudonym=pseudonym,
        )
        for n, (who, topic, signature, pseudonym, text) in enumerate(LINES)
    ]
    later = at + timedelta(days=4)
    for who in ("commissioner", "reviewer"):
        service.support(builder.session, lines[2], True, by=builder.person(who), at=later)
    for number, text, due, owner in LESSONS:
        _adopt(builder, lines[number], text, due, owner, later)
    _answer_survey(builder, round, later)


def _adopt(builder: Builder, line, text: str, due: Phase, owner: str | None, at: datetime) -> None:
    session = builder.session
    lesson = lessons.propose(session, line, text=text, due=due, by=builder.person("steward"), at=at)
    for hand in ("steward", "commissioner"):
        lessons.adopt(session, lesson, by=builder.person(hand), at=at + timedelta(days=1))
    if owner is not None:
        by = builder.person(owner)
        lessons.take_on(session, lesson, by=by, at=at + timedelta(days=2))


def _answer_survey(builder: Builder, round: Round, at: datetime) -> None:
    """As many residents answer as are in `SURVEYED`; what they say follows from their place."""
    names = sorted({project.author for plan in builder.town.rounds for project in plan.projects})
    ages, ways, places = (_dealt(groups) for groups in SURVEYED)
    for n, age in enumerate(ages):
        said = {question: marks[n % len(marks)] for question, marks in SAID.items()}
        answers = survey.Answers(
            {question: mark for question, mark in said.items() if mark},
            area=round.areas[places[n * 7 % len(places)]],
            age=age,
            way=ways[n * 5 % len(ways)],
            words=WORDS.get(n, ""),
            may_publish=True,
        )
        name = names[n] if n < len(names) else f"Neighbour {n}"
        survey.answer(builder.session, round, answers, by=builder.person(name), at=at)


def _dealt(groups: tuple[tuple[Any, int], ...]) -> list[Any]:
    """Each thing as often as it says."""
    return [thing for thing, people in groups for _ in range(people)]


def answer(builder: Builder, round: Round, at: datetime) -> None:
    """The commission says what this round makes of the lessons of earlier ones."""
    given = ANSWERS.get(round.slug, ())
    waiting = sorted(queries.suggestions(builder.session, round), key=lambda one: one.lesson.id)
    for suggestion, (taken_up, text) in zip(waiting, given, strict=False):
        lessons.answer(
            builder.session,
            round,
            suggestion.lesson,
            taken_up=taken_up,
            text=text,
            by=builder.person("commissioner"),
            at=at,
        )
