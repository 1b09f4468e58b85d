"""Names and addresses on the roll: sealed, found by those who need them, and erased in time."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from pb.audit import queries as log
from pb.eligibility import people
from pb.eligibility.models import RollPerson, RollRules
from pb.eligibility.people import Personal
from pb.errors import Invalid
from pb.keys import Purpose
from pb.notices.jobs import Tools
from pb.rounds import calendar
from pb.rounds.models import Phase
from tests import make
from tests.conftest import NOW

ANA = Personal(
    "Ana Núñez-Østby", ("Mill Lane 4", "1234 AB Marle"), "Ana@Example.org", "es", date(1990, 5, 1)
)
BEN = Personal("Ben de Vries", ("Quay 1",), "", "nl", date(1990, 5, 1))


@pytest.fixture
def round(session):
    return make.round_(session, Phase.REVIEW)


@pytest.fixture
def known(session, round, keys):
    """Puts a person on the roll, of whom this is known."""

    def known(person, of=round):
        entry = make.entry(session, of)
        sealed, birth_mac, email_mac = people.Sealer(of.id, keys).seal(person)
        session.add(
            RollPerson(
                round_id=of.id,
                number=entry.number,
                sealed=sealed,
                birth_mac=birth_mac,
                email_mac=email_mac,
            )
        )
        session.commit()
        return entry

    return known


def test_what_is_known_of_people_is_read_back_by_entry(session, round, known, keys):
    ana, ben, nobody = known(ANA), known(BEN), make.entry(session, round)

    found = people.personal(session, round, [nobody, ben, ana], keys)

    assert found == {ana.id: ANA, ben.id: BEN}
    assert people.kept(session, round) == 2


def test_nothing_of_it_can_be_read_in_the_database(session, known):
    known(ANA)
    row = session.scalars(select(RollPerson)).one()
    stored = row.sealed + row.birth_mac + row.email_mac
    for secret in ("Ana", "Mill Lane", "1234 AB", "xample.org", "1990"):
        assert secret.encode() not in stored


def test_entries_of_another_round_stay_unknown(session, round, known, keys):
    other = make.round_(session, Phase.REVIEW)
    theirs, _ = known(ANA, other), known(BEN)
    assert people.personal(session, round, [theirs], keys) == {}
    assert not people.with_email(session, round, "ana@example.org", keys)


def test_an_address_of_a_family_finds_all_of_them(session, round, known, keys):
    first, second = known(ANA), known(Personal("Leo Núñez", email="ana@example.org"))
    known(BEN)
    found = people.with_email(session, round, " ANA@example.org ", keys)
    assert [entry.id for entry in found] == [first.id, second.id]
    assert not people.with_email(session, round, "", keys)
    assert not people.with_email(session, round, "ben@example.org", keys)


def test_the_desk_finds_people_by_name_and_birth_date(session, round, known, keys):
    ana, ben = known(ANA), known(BEN)

    def found(name, born=date(1990, 5, 1)):
        return [entry.id for entry in people.find_by_name(session, round, name, born, keys)]

    assert found("nunez ostby ana") == [ana.id]
    assert found("Devries, Ben") == [ben.id]
    assert found("Ana") == []
    assert found("Ana Núñez-Østby", date(1990, 1, 5)) == []


def test_without_names_the_desk_finds_nobody(session, round, keys):
    make.entry(session, round)
    assert not people.find_by_name(session, round, "Ana", date(1990, 5, 1), keys)
    assert not keys.exists(round.id, Purpose.PEOPLE)


def test_erasing_destroys_the_key_and_is_in_the_log(session, round, known, keys):
    ana = known(ANA)
    copy = session.scalars(select(RollPerson)).one().sealed

    erased = people.erase(session, round, reason="Letters are out", at=NOW, keys=keys)
    session.commit()

    assert erased == 1 and people.kept(session, round) == 0
    assert copy and not keys.exists(round.id, Purpose.PEOPLE)
    with pytest.raises(FileNotFoundError):
        keys.key(round.id, Purpose.PEOPLE)
    assert people.personal(session, round, [ana], keys) == {}
    logged = log.entries(session, round.id)[-1]
    assert logged.kind == "people.erase"
    assert logged.body == {"entries": 1, "reason": "Letters are out"}
    with pytest.raises(Invalid, match="Give a reason"):
        people.erase(session, round, reason=" ", at=NOW, keys=keys)


def test_erasing_leaves_the_people_of_other_rounds_alone(session, round, known, keys):
    other = make.round_(session, Phase.REVIEW)
    known(ANA)
    ben = known(BEN, other)
    assert people.erase(session, round, reason="Letters are out", at=NOW, keys=keys) == 1
    session.commit()
    assert people.personal(session, other, [ben], keys) == {ben.id: BEN}


def test_the_tick_erases_two_weeks_after_the_vote_and_only_once(
    session, app, round, known, keys, clock, tmp_path
):
    known(ANA)
    tools = Tools(app.extensions["engine"], keys, tmp_path, "http://example.org", clock)
    closes = calendar.span(round, Phase.VOTING).closes_at
    assert people.erased_from(session, round) == closes + timedelta(days=14)
    session.rollback()

    clock.now = closes + timedelta(days=14, seconds=-1)
    people.erase_due(tools)
    assert people.kept(session, round) == 1
    session.rollback()

    clock.now += timedelta(seconds=1)
    people.erase_due(tools)
    people.erase_due(tools)
    assert people.kept(session, round) == 0
    kinds = [entry.kind for entry in log.entries(session, round.id)]
    assert kinds.count("people.erase") == 1


def test_a_round_can_erase_earlier_but_not_keep_for_years(session, round):
    session.add(RollRules(round_id=round.id, erase_after_days=3))
    session.commit()
    closes = calendar.span(round, Phase.VOTING).closes_at
    assert people.erased_from(session, round) == closes + timedelta(days=3)
    session.get(RollRules, round.id).erase_after_days = 366
    with pytest.raises(IntegrityError):
        session.commit()


def test_personal_details_go_with_their_entry(session, known):
    session.delete(known(ANA))
    session.commit()
    assert not session.scalars(select(RollPerson)).all()


def test_an_erasure_that_broke_off_is_finished_by_the_next_tick(
    session, round, known, keys, tmp_path, app, monkeypatch
):
    known(ANA)
    late = people.erased_from(session, round) + timedelta(days=1)
    session.rollback()
    tools = Tools(app.extensions["engine"], keys, tmp_path, "", lambda: late)
    with monkeypatch.context() as broken:
        broken.setattr(people.audit, "record", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            people.erase_due(tools)
    assert people.kept(session, round) == 1 and not keys.exists(round.id, Purpose.PEOPLE)
    session.rollback()
    people.erase_due(tools)
    assert people.kept(session, round) == 0
