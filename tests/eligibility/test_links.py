"""Links by e-mail: found by a keyed hash, used once, and silent about who is on the roll."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.eligibility import contacts, links
from pb.eligibility.models import EntryLink, RollContact
from pb.errors import Refused
from pb.notices.models import Message
from pb.rounds.models import Phase, Round
from tests import make
from tests.ballots.box import in_parallel
from tests.conftest import NOW

TOKEN = re.compile(r"https://pb\.example/(\S+)")


@pytest.fixture
def round(session):
    projects = {"park": ("town", 1_00)}
    areas = {"north": 5_00, "town": 5_00}
    return make.round_(session, Phase.VOTING, areas=areas, projects=projects)


@pytest.fixture
def known(session, round, keys):
    """`known(address, area)` is somebody on the roll with this address."""

    def known(address, area=None):
        entry = make.entry(session, round, area)
        contacts.add_contact(session, round, entry, address, keys=keys)
        session.commit()
        return entry

    return known


@pytest.fixture
def ask(session, round, keys):
    """Ask for links; returns the tokens that were mailed since."""

    def ask(address, at=NOW):
        before = session.scalar(select(func.max(Message.id))) or 0
        links.send_links(
            session, round, address, page=lambda t: f"https://pb.example/{t}", at=at, keys=keys
        )
        session.commit()
        texts = session.scalars(select(Message.text).where(Message.id > before)).all()
        session.rollback()  # whoever presses many links at once must not wait for this session
        return [token for text in texts for token in TOKEN.findall(text)]

    return ask


def test_an_address_is_known_however_it_is_written_and_never_stored(session, known, ask):
    entry = known("Ana@Example.org")

    [token] = ask(" ANA@example.ORG ")

    mail = session.scalars(select(Message)).one()
    assert mail.recipient == "ana@example.org", "in the spelling that was found"
    assert session.scalars(select(EntryLink.entry_id)).one() == entry.id
    stored = session.scalars(select(RollContact.mac)).one()
    assert len(stored) == 32 and b"ana" not in stored.lower()
    assert token.encode() not in session.scalars(select(EntryLink.token_mac)).one()


@pytest.mark.parametrize("other", ["ana@fußball.example", "ana@ﬀ.example", "ａna@fussball.example"])
def test_an_address_that_only_looks_alike_is_another_one(session, known, ask, other):
    """Two domains may differ in what some foldings make equal: the link must not go there."""
    known("ana@fussball.example")
    known("ana@ff.example")
    assert ask(other) == []
    assert session.scalars(select(Message)).all() == []


def test_a_stranger_gets_no_mail_and_nothing_says_so(session, known, ask):
    known("ana@example.org")
    assert ask("ben@example.org") == []
    assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_link_opens_the_ballot_of_its_entry_once(session, round, keys, known, ask):
    entry = known("ana@example.org")
    [token] = ask("ana@example.org")

    assert links.find(session, round, token, at=NOW, keys=keys).id == entry.id
    assert links.find(session, round, token, at=NOW, keys=keys).id == entry.id  # looking is free
    assert links.redeem(session, round, token, at=NOW, keys=keys).id == entry.id
    session.commit()

    assert links.find(session, round, token, at=NOW, keys=keys) is None
    with pytest.raises(Refused, match="used already"):
        links.redeem(session, round, token, at=NOW, keys=keys)


def test_a_used_link_leaves_no_trace_of_when_somebody_voted(session, round, keys, known, ask):
    known("ana@example.org")
    [token] = ask("ana@example.org")
    links.redeem(session, round, token, at=NOW, keys=keys)
    assert session.scalars(select(EntryLink)).all() == []


def test_a_link_ends_after_half_an_hour(session, round, keys, known, ask):
    known("ana@example.org")
    [token] = ask("ana@example.org")
    last = NOW + timedelta(minutes=30) - timedelta(milliseconds=1)
    assert links.find(session, round, token, at=last, keys=keys)
    with pytest.raises(Refused, match="older than 30 minutes"):
        links.redeem(session, round, token, at=NOW + timedelta(minutes=30), keys=keys)


def test_links_that_nobody_used_are_swept_out(session, known, ask):
    known("ana@example.org")
    ask("ana@example.org")
    ask("nobody@example.org", at=NOW + timedelta(hours=1))
    assert session.scalars(select(EntryLink)).all() == []


def test_people_who_share_a_mailbox_get_a_link_each(session, round, keys, known, ask):
    both = [known("house@example.org", "north"), known("house@example.org")]

    tokens = ask("house@example.org")

    text = session.scalars(select(Message.text)).one()
    assert "number 1 on the list, North" in text and "number 2 on the list, the whole town" in text
    opened = [links.redeem(session, round, token, at=NOW, keys=keys).id for token in tokens]
    assert opened == [entry.id for entry in both]


def test_an_address_that_stands_beside_too_many_people_is_a_mistake(known, ask):
    for _ in range(links.MOST_PER_ADDRESS + 1):
        known("office@example.org")
    assert ask("office@example.org") == []


def test_a_new_address_takes_the_place_of_the_old_one(session, round, keys, known, ask):
    entry = known("old@example.org")
    contacts.add_contact(session, round, entry, "new@example.org", keys=keys)
    assert ask("old@example.org") == []
    assert len(ask("new@example.org")) == 1


def test_a_link_of_another_round_opens_nothing(session, keys, known, ask):
    known("ana@example.org")
    [token] = ask("ana@example.org")
    other = make.round_(session, Phase.VOTING, projects={"x": ("town", 1_00)})
    assert links.find(session, other, token, at=NOW, keys=keys) is None


def test_a_link_pressed_many_times_at_once_opens_once(app, round, keys, known, ask):
    entry_id, round_id = known("ana@example.org").id, round.id
    [token] = ask("ana@example.org")

    def press(n):
        with Session(app.extensions["engine"]) as own, own.begin():
            there = own.get_one(Round, round_id)
            return links.redeem(own, there, token, at=NOW, keys=keys).id

    found = in_parallel(8, press)
    assert found.count(entry_id) == 1
    assert sum(isinstance(one, Refused) for one in found) == 7
