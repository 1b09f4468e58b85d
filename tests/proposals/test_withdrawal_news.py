"""Who left an address on the roll learns that a project was withdrawn: once, and without a vote."""

import pytest
from sqlalchemy import select

from pb.cli.jobs import HANDLERS
from pb.eligibility import people
from pb.eligibility.models import RollPerson
from pb.eligibility.people import Personal
from pb.keys import Purpose
from pb.notices import jobs
from pb.notices.models import Job, JobState, Message
from pb.proposals import withdrawal_news
from pb.rounds.models import ActKind, Phase
from tests import make
from tests.results.elections import town

REASON = "The land turned out to be polluted."


@pytest.fixture
def tools(app, keys, tmp_path, clock):
    return jobs.Tools(app.extensions["engine"], keys, tmp_path, "https://example.org", clock)


@pytest.fixture
def voting(session, keys):
    return town(session, keys, Phase.VOTING)


def on_roll(found, *addresses):
    for address in addresses:
        entry = make.entry(found.session, found.round)
        person = Personal("Ana", (), address)
        sealed, _, email_mac = people.Sealer(found.round.id, found.keys).seal(person)
        row = RollPerson(
            round_id=found.round.id, number=entry.number, sealed=sealed, email_mac=email_mac
        )
        found.session.add(row)
    found.session.commit()


def withdraw(found, number=1):
    found.do(ActKind.WITHDRAW_PROJECT, project=number, reason=REASON)


def mails(session) -> list[Message]:
    session.expire_all()
    return session.scalars(select(Message).order_by(Message.recipient)).all()


def test_every_address_of_the_roll_gets_one_mail(session, voting, tools):
    on_roll(voting, "ana@example.org", "Ben@example.org", "", "ANA@example.org")
    withdraw(voting)
    assert mails(session) == []  # the page of the act did not wait for them

    session.commit()

    number = jobs.run_next(tools, HANDLERS)

    assert {mail.recipient for mail in mails(session)} == {"Ben@example.org", "ana@example.org"}
    assert len(mails(session)) == 2
    job = session.get(Job, number, populate_existing=True)
    assert (job.state, job.outcome["mails"], job.total) == (JobState.DONE, 2, 2)


def test_the_mail_gives_the_reason_and_says_the_same_to_everybody(session, voting, tools):
    on_roll(voting, "ana@example.org", "ben@example.org")
    withdraw(voting)
    jobs.run_next(tools, HANDLERS)

    one, other = mails(session)
    assert (one.subject, one.text) == (other.subject, other.text)
    assert one.subject == "Withdrawn from the ballot: Park"
    assert REASON in one.text
    assert f"https://example.org/rounds/{voting.round.slug}/projects/1\n" in one.text


def test_nobody_is_told_before_the_second_hand(session, voting, tools):
    on_roll(voting, "ana@example.org")
    voting.ask(ActKind.WITHDRAW_PROJECT, project=1, reason=REASON)
    session.commit()

    assert jobs.run_next(tools, HANDLERS) is None


def test_a_job_that_begins_again_tells_nobody_twice(session, voting, tools):
    on_roll(voting, *(f"person{n}@example.org" for n in range(people.AT_ONCE + 2)))
    withdraw(voting)
    work = jobs.Work(tools, jobs.run_next(tools, HANDLERS), voting.round.id, {"number": 1}, None)

    assert withdrawal_news.tell_job(work)["mails"] == people.AT_ONCE + 2

    told = [mail.recipient for mail in mails(session)]
    assert len(told) == len(set(told)) == people.AT_ONCE + 2


def test_two_withdrawn_projects_are_two_mails(session, voting, tools):
    on_roll(voting, "ana@example.org")
    withdraw(voting, 1)
    withdraw(voting, 2)
    while jobs.run_next(tools, HANDLERS):
        pass

    assert sorted(mail.subject.rpartition(": ")[2] for mail in mails(session)) == ["Park", "Pool"]


def test_where_nobody_left_an_address_there_is_no_job(session, voting):
    on_roll(voting, "")
    withdraw(voting)

    assert session.scalars(select(Job)).all() == []


def test_addresses_that_were_erased_meanwhile_get_none(session, voting, tools, keys):
    on_roll(voting, "ana@example.org")
    withdraw(voting)
    keys.destroy(voting.round.id, Purpose.PEOPLE)

    jobs.run_next(tools, HANDLERS)

    assert mails(session) == []


def test_people_of_another_round_hear_nothing(session, voting, tools, keys):
    on_roll(town(session, keys, Phase.VOTING), "other@example.org")
    on_roll(voting, "ana@example.org")
    withdraw(voting)
    jobs.run_next(tools, HANDLERS)

    assert [mail.recipient for mail in mails(session)] == ["ana@example.org"]
