"""Notes: told once, shown to nobody else, mailed only to those who want it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from pb.notices import news
from pb.notices.jobs import Tools
from pb.notices.models import Message
from pb.rounds.models import Seat, Side
from tests import make
from tests.conftest import NOW


@pytest.fixture
def tools(app, keys, tmp_path):
    return Tools(
        engine=app.extensions["engine"],
        keys=keys,
        data_dir=tmp_path,
        base_url="https://town.example",
        clock=lambda: NOW,
    )


def tell(session, account, key="answered", at=NOW):
    news.tell(
        session,
        account.id,
        round_id=None,
        key=key,
        subject="Somebody answered you",
        text="A steward wrote what they heard.",
        path="/rounds/one",
        at=at,
    )
    session.commit()


def mails(session):
    return session.scalars(select(Message).order_by(Message.id)).all()


def test_the_same_note_is_left_once_for_each_person(session):
    ana, ben = make.account(session), make.account(session, "Ben")
    for account in (ana, ana, ben):
        tell(session, account)

    assert [note.subject for note in news.notes_of(session, ana)] == ["Somebody answered you"]
    assert news.unread(session, ben) == 1


def test_a_note_is_mailed_once_with_a_link_to_its_page(session, tools):
    ana = make.account(session)
    tell(session, ana)
    news.tick(tools)
    news.tick(tools)

    [mail] = mails(session)
    assert mail.recipient == ana.email
    assert "https://town.example/rounds/one" in mail.text


def test_nobody_gets_mail_who_does_not_want_it_or_whose_note_is_old(session, tools):
    ana, ben = make.account(session, notes_by_mail=False), make.account(session, "Ben")
    tell(session, ana)
    tell(session, ben, at=NOW - timedelta(days=8))
    news.tick(tools)

    assert mails(session) == []
    ana.notes_by_mail = True
    session.commit()
    news.tick(tools)
    assert mails(session) == [], "what was passed over is not mailed later"


def test_a_person_reads_their_own_notes_only(session, browse):
    ana, ben = make.account(session), make.account(session, "Ben")
    tell(session, ana)

    assert "Somebody answered you" in browse(ana).get("/notes").text
    assert "Somebody answered you" not in browse(ben).get("/notes").text


def test_notes_are_read_and_mails_stopped_by_buttons(session, browse):
    ana = make.account(session)
    tell(session, ana)
    pages = browse(ana)
    pages.get("/notes")
    pages.post("/notes/read")
    assert ">New<" not in pages.get("/notes").text

    pages.post("/notes/mail", {"mail": "no"})
    assert "Notes stay on this page." in pages.get("/notes").text


def test_everybody_is_told_at_once_and_nobody_twice(session):
    round = make.round_(session)
    people = [make.account(session, f"Person {n}") for n in range(3)]
    for account in people:
        make.seat(session, round, account, Side.COMMUNITY)
    seats = select(Seat.account_id).where(Seat.round_id == round.id)
    for _ in range(2):
        news.tell_all(
            session,
            seats,
            round_id=round.id,
            key="vote",
            subject="A vote",
            text="It is open.",
            path="/rounds/one",
            at=NOW,
        )
        session.commit()

    assert [[note.text for note in news.notes_of(session, one)] for one in people] == [
        ["It is open."]
    ] * 3
    assert news.notes_of(session, make.account(session)) == []
