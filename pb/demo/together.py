"""How the demo town begins to find out what its youngest round is for: drafts and workshops."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from pb.demo import ferry_house as texts
from pb.demo.builder import Builder
from pb.proposals.ideas import service as ideas
from pb.proposals.ideas.service import Carried
from pb.purpose.documents import service as documents
from pb.purpose.documents.models import Kind as Document
from pb.purpose.documents.models import Reply
from pb.purpose.workshops import arranging, harvesting, moving, queries, service, stages, writing
from pb.purpose.workshops.models import Kind, Participant, Stage, Workshop
from pb.rounds import queries as rounds
from pb.rounds.models import Round

MINUTES = {  # of the evening, at which the steward went on
    Stage.OWN: 10,
    Stage.PAIR: 18,
    Stage.EXPLAIN: 32,
    Stage.RANK: 55,
    Stage.ARRANGE: 63,
    Stage.FINISHED: 78,
}
DAYS = {Stage.OWN: 1, Stage.PAIR: 9, Stage.EXPLAIN: 3, Stage.RANK: 3, Stage.ARRANGE: 3}


def begin(builder: Builder, round: Round) -> None:
    """A draft that is talked over, a workshop that is finished, and one that goes on."""
    _draft(builder, round, builder.today - timedelta(days=9))
    evening = (builder.today - timedelta(days=5)).astimezone(round.zone)
    _meet(builder, round, evening.replace(hour=19, minute=0, second=0, microsecond=0))
    _go_on_without_a_room(builder, round, builder.today - timedelta(days=3))


def _draft(builder: Builder, round: Round, at: datetime) -> None:
    session, steward = builder.session, builder.person("steward")
    draft = documents.begin(session, round, Document.PURPOSE, by=steward, at=at)
    clauses = [
        documents.add_clause(session, draft, heading=heading, text=text, by=steward, at=at)
        for heading, text in texts.DRAFT
    ]
    for number, who, words, answer in texts.COMMENTS:
        at += timedelta(hours=7)
        by, clause = builder.person(who), clauses[number]
        comment = documents.comment(session, draft, clause, words, by=by, at=at)
        if answer:
            later = at + timedelta(hours=2)
            documents.reply(session, comment, Reply.ANSWERED, answer, by=steward, at=later)


def _meet(builder: Builder, round: Round, local: datetime) -> None:
    """One evening in a room, from the question to ideas of the round."""
    session, at = builder.session, local.astimezone(UTC)
    workshop = _open(builder, round, texts.EVENING, Kind.LIVE, at - timedelta(days=2))
    people = _come_in(builder, workshop, texts.IN_THE_ROOM, at)
    _lead(builder, workshop, Stage.OWN, at)
    for person, note in zip(people, texts.NOTES, strict=False):
        writing.keep_note(session, workshop, person, note, at + timedelta(minutes=14))
    _lead(builder, workshop, Stage.PAIR, at)
    made = _find(builder, workshop, at + timedelta(minutes=27))
    _lead(builder, workshop, Stage.EXPLAIN, at)
    for idea, (_, meant, _) in zip(made, texts.FOUND, strict=True):
        by, said = idea.pair.people[0].name, at + timedelta(minutes=40)
        writing.explain(session, workshop, idea, by=by, text=meant, at=said)
    _lead(builder, workshop, Stage.RANK, at)
    _mark(builder, workshop, made, at + timedelta(minutes=59))
    _lead(builder, workshop, Stage.ARRANGE, at)
    _arrange(builder, workshop, made, at + timedelta(minutes=70))
    _lead(builder, workshop, Stage.FINISHED, at)
    _carry_over(builder, workshop, at + timedelta(hours=14))


def _open(builder: Builder, round: Round, question: str, kind: Kind, at: datetime) -> Workshop:
    lot = Random(f"workshop/{question}/{builder.town.seed}")
    together = kind is Kind.ASYNCHRONOUS
    return service.create(
        builder.session,
        round,
        question=question,
        kind=kind,
        by=builder.person("steward"),
        at=at,
        draw=lot.randrange,
        lengths={stage: days * stages.DAY for stage, days in DAYS.items()} if together else {},
        everyone_arranges=together,
    )


def _come_in(
    builder: Builder, workshop: Workshop, who: Sequence[tuple[str, str, bool]], at: datetime
) -> list[Participant]:
    """Everybody comes in; the last one has no phone, and writes on paper."""
    return [
        service.join(
            builder.session,
            workshop,
            name=name,
            account=builder.person(name) if known else None,
            area=rounds.area(workshop.round, area),
            on_paper=n == len(who),
            at=at + timedelta(minutes=n / 2),
        )
        for n, (name, area, known) in enumerate(who, 1)
    ]


def _lead(builder: Builder, workshop: Workshop, to: Stage, at: datetime) -> None:
    """The steward goes on to the next stage, at its minute of the evening."""
    moving.move_on(
        builder.session,
        workshop,
        seen=workshop.stage,
        by=builder.person("steward"),
        at=at + timedelta(minutes=MINUTES[to]),
    )


def _find(builder: Builder, workshop: Workshop, at: datetime) -> list:
    """The pairs write their ideas down: four the first, three each of the others."""
    session, waiting = builder.session, [text for text, _, _ in texts.FOUND]
    made = []
    for pair in queries.pairs(session, workshop):
        for _ in range(4 if pair.number == 1 else 3):
            made.append(writing.add_idea(session, workshop, pair, waiting.pop(0), at))
    return made


def _mark(builder: Builder, workshop: Workshop, made: list, at: datetime) -> None:
    session = builder.session
    for pair, chosen in zip(queries.pairs(session, workshop), texts.MARKED, strict=True):
        for number in chosen:
            writing.mark(session, workshop, pair, made[number].id, at)
        writing.finish_marking(session, workshop, pair, at + timedelta(minutes=1))


def _arrange(builder: Builder, workshop: Workshop, made: list, at: datetime) -> None:
    session = builder.session
    names = sorted({name for _, _, name in texts.FOUND if name})
    heaps = {name: arranging.name_cluster(session, workshop, name, at).id for name in names}
    for idea, (_, _, name) in zip(made, texts.FOUND, strict=True):
        if name:
            arranging.move(session, workshop, idea.id, heaps[name], at)


def _carry_over(builder: Builder, workshop: Workshop, at: datetime) -> None:
    """The ideas go over into the round, with the name of everybody who had them."""
    session = builder.session
    carried = [
        Carried(one.workshop_idea_id, one.text, one.explanation, one.authors, one.area_id)
        for one in harvesting.ready(session, workshop)
    ]
    ideas.carry_over(session, workshop.round, carried, by=builder.person("steward"), at=at)
    harvesting.note_carried(session, workshop, at)


def _go_on_without_a_room(builder: Builder, round: Round, at: datetime) -> None:
    """People who have never met talk in pairs; there are days left, and room for whoever comes."""
    session = builder.session
    opened = at - timedelta(days=2)
    workshop = _open(builder, round, texts.EACH_IN_THEIR_TIME, Kind.ASYNCHRONOUS, opened)
    people = _come_in(builder, workshop, texts.BY_THEMSELVES, opened + timedelta(hours=3))
    moving.move_on(session, workshop, seen=Stage.LOBBY, by=builder.person("steward"), at=at)
    for person, note in zip(people, texts.NOTES, strict=False):
        writing.keep_note(session, workshop, person, note, at + timedelta(hours=5))
    moving.catch_up(session, workshop, at + timedelta(days=1))
    for pair, found in zip(queries.pairs(session, workshop), texts.SO_FAR, strict=False):
        for text in found:
            writing.add_idea(session, workshop, pair, text, at + timedelta(days=1, hours=6))
    builder.demo.hints.append(
        f"Come into the workshop that goes on at /w, with the code {workshop.code}"
    )
