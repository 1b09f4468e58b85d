"""Mail is sent once; what cannot be sent is tried again; what is sent is forgotten."""

import socketserver
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from pb.notices import outbox
from pb.notices.models import Message
from tests.conftest import NOW


class Shelf:
    """A post that keeps what it is given, or is out of order."""

    def __init__(self, broken=False):
        self.mails, self.broken = [], broken

    def send(self, mail):
        if self.broken:
            raise ConnectionRefusedError
        self.mails.append(mail)


@pytest.fixture
def engine(app):
    return app.extensions["engine"]


def put(session, key="one", recipient="ana@example.org", text="You can vote now.\n"):
    outbox.put(session, key=key, recipient=recipient, subject="Voting", text=text, at=NOW)
    session.commit()


def only(session) -> Message:
    return session.scalars(select(Message).execution_options(populate_existing=True)).one()


def test_a_mail_is_sent_once_and_then_forgotten(session, engine):
    put(session)
    put(session)
    post = Shelf()

    assert outbox.send_next(engine, post, "town@example.org", NOW)
    assert not outbox.send_next(engine, post, "town@example.org", NOW)

    [mail] = post.mails
    assert (mail["To"], mail["From"]) == ("ana@example.org", "town@example.org")
    assert mail.get_content() == "You can vote now.\n"
    assert (only(session).recipient, only(session).text) == (None, None)
    assert only(session).sent_at == NOW


def test_a_mail_server_that_is_down_delays_and_loses_nothing(session, engine):
    put(session)
    post = Shelf(broken=True)

    assert outbox.send_next(engine, post, "town@example.org", NOW)
    assert not outbox.send_next(engine, post, "town@example.org", NOW)

    post.broken = False
    assert outbox.send_next(engine, post, "town@example.org", NOW + outbox.WAITS[0])
    assert len(post.mails) == 1


def test_a_mail_that_never_arrives_is_given_up_and_forgotten(session, engine):
    put(session)
    now = NOW
    for _ in range(len(outbox.WAITS) + 1):
        assert outbox.send_next(engine, Shelf(broken=True), "town@example.org", now)
        now += timedelta(days=2)

    assert not outbox.send_next(engine, Shelf(), "town@example.org", now)
    assert (only(session).recipient, only(session).sent_at) == (None, None)


def test_line_breaks_cannot_smuggle_a_second_recipient(session, engine):
    put(session, recipient="ana@example.org\nBcc: all@example.org")
    post = Shelf()

    outbox.send_next(engine, post, "town@example.org", NOW)

    assert post.mails == []


def test_without_a_mail_server_mail_becomes_files_for_their_owner_only(session, engine, tmp_path):
    put(session)

    outbox.send_next(engine, outbox.post_for("", tmp_path), "town@example.org", NOW)

    [path] = (tmp_path / "mail").iterdir()
    assert "You can vote now." in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


class Speaker(socketserver.StreamRequestHandler):
    """As much of SMTP as one mail takes."""

    def handle(self):
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (part := self.rfile.readline()) != b".\r\n":
                    self.server.heard.append(part)
                self.wfile.write(b"250 kept\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 fine\r\n")


def test_a_mail_server_gets_the_mail(session, engine):
    put(session)
    with socketserver.TCPServer(("127.0.0.1", 0), Speaker) as server:
        server.heard = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        post = outbox.post_for(f"smtp://127.0.0.1:{server.server_address[1]}", None)
        outbox.send_next(engine, post, "town@example.org", NOW)
        server.shutdown()

    assert b"You can vote now.\r\n" in server.heard
    assert only(session).sent_at == NOW


@pytest.mark.parametrize("odd", ["a@[b.c", "a@b.c,", '"@b.c', "a@b.c<d"])
def test_an_address_that_breaks_the_mail_keeps_nobody_else_waiting(session, engine, tmp_path, odd):
    put(session, recipient=odd)
    put(session, key="two")
    post = outbox.Folder(tmp_path)
    for days in range(10):
        while outbox.send_next(engine, post, "town@example.org", NOW + timedelta(days=days)):
            pass
    assert session.scalars(select(Message).where(Message.due_at.is_not(None))).all() == []
    assert any("ana@example.org" in path.read_text() for path in tmp_path.iterdir())


@pytest.mark.parametrize("odd", ["a@[b.c", "a@b.c,d", '"a b"@b.c', "a@b", "a b@c.d", "a@b.c\n"])
def test_mail_goes_to_addresses_as_people_write_them(odd):
    assert outbox.ADDRESS.fullmatch("o’neil.ana+pb@sub.exämple.org")
    assert outbox.ADDRESS.fullmatch(odd) is None
