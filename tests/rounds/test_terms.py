"""Terms of office: deputies, invitations, absences, reminders, and too few stewards."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.audit import queries as log
from pb.errors import Invalid, NotFound, Refused
from pb.notices import news
from pb.rounds import acts, people
from pb.rounds.models import ActKind, Phase, Role, Round, Side
from pb.rounds.terms import handover, interests, queries, reminders, second_hand, service
from pb.rounds.terms.models import Fallback, StandIn, Stewardship
from tests import make
from tests.conftest import NOW

PAYLOAD = {"what": "this"}
DAY = timedelta(days=1)


@pytest.fixture
def town(session):
    return make.round_(session, Phase.BALLOT)


@pytest.fixture
def olga(session, town):
    return make.appointed(session, town, Role.COMMISSIONER, "Olga")


def appoint(session, town, olga, role, name, **kwargs):
    return people.appoint(
        session, town, make.account(session, name), role, by=olga, at=NOW, **kwargs
    )


def needs(session, town, required, fallback):
    """As if this had been declared before the round was published."""
    published, town.published_at = town.published_at, None
    session.flush()
    session.add(Stewardship(round_id=town.id, required=required, fallback=fallback))
    session.flush()
    town.published_at = published
    session.commit()


def ask(session, town, by):
    return acts.ask(
        session, town, ActKind.FREEZE_BALLOT, PAYLOAD, by=by, reason="All is ready.", at=NOW
    )


# Deputies


def test_a_deputy_serves_when_the_term_of_the_holder_ends(session, town, olga):
    holder = appoint(session, town, olga, Role.STEWARD, "Sam", ends_at=NOW + 10 * DAY)
    deputy = appoint(session, town, olga, Role.STEWARD, "Dana", deputy_for=holder)

    assert people.roles_at(session, town, deputy.account, NOW + 9 * DAY) == frozenset()
    assert people.roles_at(session, town, deputy.account, NOW + 10 * DAY) == {Role.STEWARD}
    assert people.holders(session, town, NOW + 11 * DAY)[Role.STEWARD] == [deputy]


def test_a_deputy_serves_while_the_holder_is_away_and_is_told(session, town, olga):
    holder = appoint(session, town, olga, Role.STEWARD, "Sam")
    deputy = appoint(session, town, olga, Role.STEWARD, "Dana", deputy_for=holder)
    service.be_away(session, holder, NOW + DAY, NOW + 3 * DAY, by=holder.account, at=NOW)

    serving = [people.holders(session, town, NOW + days * DAY)[Role.STEWARD] for days in (0, 2, 4)]
    assert serving == [[holder], [deputy], [holder]]
    assert "step in as steward" in news.notes_of(session, deputy.account)[0].subject

    service.come_back(session, holder, by=holder.account, at=NOW + 2 * DAY)
    assert people.holders(session, town, NOW + 2 * DAY)[Role.STEWARD] == [holder]


def test_nobody_is_the_deputy_of_a_deputy_or_of_another_role(session, town, olga):
    holder = appoint(session, town, olga, Role.STEWARD, "Sam")
    deputy = appoint(session, town, olga, Role.STEWARD, "Dana", deputy_for=holder)
    for role, of in ((Role.STEWARD, deputy), (Role.CLERK, holder)):
        with pytest.raises(Invalid, match="deputy of a deputy|Choose a clerk"):
            appoint(session, town, olga, role, "Kim", deputy_for=of)


def test_the_last_commissioner_does_not_go_away(session, town, olga):
    (mine,) = people.holders(session, town, NOW)[Role.COMMISSIONER]
    with pytest.raises(Refused, match="needs a commissioner"):
        service.be_away(session, mine, NOW, NOW + DAY, by=olga, at=NOW)


@pytest.mark.parametrize(("first", "last"), [(3, 2), (-3, 0), (0, 200)])
def test_dates_that_make_no_absence_are_refused(session, town, olga, first, last):
    holder = appoint(session, town, olga, Role.STEWARD, "Sam")
    with pytest.raises(Invalid):
        service.be_away(
            session, holder, NOW + first * DAY, NOW + last * DAY, by=holder.account, at=NOW
        )


# Invitations


def test_windows_that_invite_at_the_same_moment_make_one_invitation(app, session, town, olga):
    sam, told = make.account(session, "Sam"), []
    session.commit()

    def invite():
        with Session(app.extensions["engine"]) as own:
            round, guest = own.get_one(Round, town.id), own.get_one(Account, sam.id)
            by = own.get_one(Account, olga.id)
            try:
                service.invite(own, round, guest, Role.STEWARD, by=by, at=NOW)
                own.commit()
                told.append("")
            except Refused as refusal:
                told.append(str(refusal))

    windows = [threading.Thread(target=invite) for _ in range(6)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert sorted(told) == [""] + ["Sam has been invited already, and has not answered yet."] * 5
    assert len(queries.invited(session, town, sam)) == 1


def test_nobody_is_steward_before_saying_yes(session, town, olga):
    sam = make.account(session, "Sam")
    asked = service.invite(session, town, sam, Role.STEWARD, by=olga, at=NOW)
    assert people.roles_at(session, town, sam, NOW) == frozenset()
    assert people.find_seat(session, town, sam) is None
    assert news.notes_of(session, sam)[0].path == f"/rounds/{town.slug}/people/mine"

    service.accept(session, asked, by=sam, at=NOW + DAY)
    assert people.roles_at(session, town, sam, NOW + DAY) == {Role.STEWARD}
    last = log.entries(session, town.id)[-1]
    assert (last.kind, last.actor_id, last.side) == ("appointment.start", sam.id, "community")
    with pytest.raises(Refused, match="answered this invitation already"):
        service.decline(session, asked, by=sam, at=NOW + DAY)


def test_a_no_leaves_nothing_but_a_line_in_the_log(session, town, olga):
    sam = make.account(session, "Sam")
    asked = service.invite(session, town, sam, Role.STEWARD, by=olga, at=NOW)
    service.decline(session, asked, by=sam, at=NOW)

    assert people.appointments(session, town) == people.holders(session, town, NOW)["commissioner"]
    assert [one.kind for one in log.entries(session, town.id)] == [
        "appointment.invite",
        "appointment.decline",
    ]


def test_nobody_answers_for_somebody_else_and_nobody_is_asked_twice(session, town, olga):
    sam = make.account(session, "Sam")
    asked = service.invite(session, town, sam, Role.STEWARD, by=olga, at=NOW)
    with pytest.raises(Refused, match="for somebody else"):
        service.accept(session, asked, by=olga, at=NOW)
    with pytest.raises(Refused, match="invited already"):
        service.invite(session, town, sam, Role.STEWARD, by=olga, at=NOW)
    with pytest.raises(Refused, match="on the side of the commission"):
        service.invite(session, town, olga, Role.STEWARD, by=olga, at=NOW)


def test_a_term_ends_after_a_year_or_with_the_round(session, town):
    assert service.usual_end(town, NOW) == max(one.closes_at for one in town.dates)
    town.dates = []
    assert service.usual_end(town, NOW) == NOW + 365 * DAY


def test_a_further_term_of_a_steward_begins_when_the_old_one_ends_and_counts(session, town, olga):
    holder = appoint(session, town, olga, Role.STEWARD, "Sam", ends_at=NOW + 5 * DAY)
    asked = service.renew(session, holder, by=olga, at=NOW)
    service.accept(session, asked, by=holder.account, at=NOW)

    for days in (4, 5, 6):
        assert people.roles_at(session, town, holder.account, NOW + days * DAY) == {Role.STEWARD}
    (sam,) = [one for one in queries.succession(session, town) if one.role is Role.STEWARD]
    assert len(sam.terms) == 2


def test_only_the_holder_steps_down(session, town, olga):
    holder = appoint(session, town, olga, Role.STEWARD, "Sam")
    with pytest.raises(Refused, match="Only the person"):
        service.resign(session, holder, by=olga, at=NOW)
    service.resign(session, holder, by=holder.account, at=NOW + DAY)
    assert people.roles_at(session, town, holder.account, NOW + DAY) == frozenset()
    assert log.entries(session, town.id)[-1].side == "community"


# Reminders


def test_the_end_of_a_term_is_announced_30_and_7_days_before_and_each_once(session, town, olga):
    holder = appoint(session, town, olga, Role.STEWARD, "Sam", ends_at=NOW + 40 * DAY)
    deputy = appoint(session, town, olga, Role.STEWARD, "Dana", deputy_for=holder)
    told = []
    for days in (0, 9, 10, 11, 20, 33, 34, 39):
        reminders.remind(session, NOW + days * DAY)
        told.append([len(news.notes_of(session, one)) for one in (holder.account, deputy.account)])
    assert told == [[0, 0], [0, 0], [1, 1], [1, 1], [1, 1], [2, 2], [2, 2], [2, 2]]
    assert len(news.notes_of(session, olga)) == 2


# Hand-over


def test_a_hand_over_is_complete_with_every_line_and_a_note(session, town, olga):
    sam = appoint(session, town, olga, Role.STEWARD, "Sam")
    own = handover.add_line(session, sam, "The key of the cupboard", by=sam.account)
    for name in [*handover.FIXED, str(own.id)]:
        assert not handover.complete(session, sam)
        handover.mark(session, sam, name, True, by=sam.account, at=NOW)
    assert not handover.complete(session, sam)
    handover.leave_note(session, sam, "Ask Mira first.", by=sam.account, at=NOW)
    assert handover.complete(session, sam)

    handover.mark(session, sam, "open", False, by=sam.account, at=NOW)
    assert not handover.complete(session, sam)
    with pytest.raises(NotFound):
        handover.mark(session, sam, "99999999", True, by=sam.account, at=NOW)


def test_only_people_of_the_role_read_a_hand_over(session, town, olga):
    sam = appoint(session, town, olga, Role.STEWARD, "Sam", ends_at=NOW + DAY)
    next_one = make.account(session, "Nia")
    service.invite(session, town, next_one, Role.STEWARD, by=olga, at=NOW)
    may = [
        handover.may_read(session, sam, one, NOW + 2 * DAY)
        for one in (sam.account, next_one, olga, make.account(session))
    ]
    assert may == [True, True, False, False]


def test_whoever_comes_after_is_told_once_and_takes_over_what_is_handed_on(session, town, olga):
    sam = appoint(session, town, olga, Role.STEWARD, "Sam", ends_at=NOW + 9 * DAY)
    nia = appoint(session, town, olga, Role.STEWARD, "Nia", starts_at=NOW + 9 * DAY).account
    for name in ("open", "paper"):
        handover.mark(session, sam, name, True, by=sam.account, at=NOW)
    assert [one.path for one in news.notes_of(session, nia)] == [
        f"/rounds/{town.slug}/people/handovers/{sam.id}"
    ]
    assert handover.readable(session, town, nia, NOW) == [sam]

    handover.take(session, sam, "open", True, by=nia, at=NOW)
    taken = {one.name: one.taken and one.taken.account for one in handover.checklist(session, sam)}
    assert taken["open"] == nia and taken["paper"] is None
    for name, by, sentence in (
        ("open", sam.account, "Only somebody who comes after"),
        ("open", olga, "Only somebody who comes after"),
        ("open", make.appointed(session, town, Role.STEWARD), "Nia has taken this over"),
    ):
        with pytest.raises(Refused, match=sentence):
            handover.take(session, sam, name, True, by=by, at=NOW)
    with pytest.raises(Refused, match="taken over already"):
        handover.mark(session, sam, "open", False, by=sam.account, at=NOW)
    handover.mark(session, sam, "paper", False, by=sam.account, at=NOW)
    with pytest.raises(Refused, match="not handed on yet"):
        handover.take(session, sam, "paper", True, by=nia, at=NOW)
    handover.take(session, sam, "open", False, by=nia, at=NOW)
    assert not any(one.taken for one in handover.checklist(session, sam))


# Too few stewards


@pytest.mark.parametrize(
    ("fallback", "role"),
    [(Fallback.COMMISSIONER, Role.COMMISSIONER), (Fallback.AUDITOR, Role.AUDITOR)],
)
def test_while_too_few_serve_the_declared_hand_confirms_and_it_shows(
    session, town, olga, fallback, role
):
    needs(session, town, 1, fallback)
    other = make.appointed(session, town, role)
    act = ask(session, town, olga)
    acts.confirm(session, act, PAYLOAD, by=other, at=NOW)
    session.commit()

    assert act.confirmed_side is Side.COMMISSION
    assert second_hand.stand_ins(session, [act])[act.id].fallback is fallback
    assert log.entries(session, town.id)[-1].body["fallback"] == fallback
    with pytest.raises(IntegrityError):
        session.execute(sa.delete(StandIn))
    session.rollback()


@pytest.mark.parametrize("fallback", list(Fallback))
def test_nobody_stands_in_where_enough_stewards_serve(session, town, olga, fallback):
    needs(session, town, 1, fallback)
    steward = make.appointed(session, town, Role.STEWARD)
    act = ask(session, town, olga)
    for role in (Role.COMMISSIONER, Role.AUDITOR):
        with pytest.raises(Refused, match="Only a steward"):
            acts.confirm(session, act, PAYLOAD, by=make.appointed(session, town, role), at=NOW)
    acts.confirm(session, act, PAYLOAD, by=steward, at=NOW)
    session.commit()
    assert second_hand.stand_ins(session, [act]) == {}


def test_acts_wait_where_the_round_said_so(session, town, olga):
    needs(session, town, 2, Fallback.WAIT)
    steward = make.appointed(session, town, Role.STEWARD)
    act = ask(session, town, olga)
    with pytest.raises(Refused, match="needs 2 stewards, and 1 serves now"):
        acts.confirm(session, act, PAYLOAD, by=steward, at=NOW)
    make.appointed(session, town, Role.STEWARD)
    acts.confirm(session, act, PAYLOAD, by=steward, at=NOW)


def test_the_clock_alone_brings_the_fallback_and_ends_it(session, town, olga):
    needs(session, town, 1, Fallback.COMMISSIONER)
    appoint(session, town, olga, Role.STEWARD, "Sam", ends_at=NOW + 5 * DAY)
    appoint(session, town, olga, Role.STEWARD, "Nia", starts_at=NOW + 8 * DAY)
    short = [
        second_hand.second_hand(session, town, NOW + days * DAY).short for days in (0, 4, 5, 7, 8)
    ]
    assert short == [False, False, True, True, False]


def test_what_was_declared_cannot_change_once_the_round_is_published(session, town, olga):
    with pytest.raises(Refused, match="before the round is published"):
        second_hand.set_stewardship(session, town, 2, Fallback.AUDITOR, by=olga, at=NOW)
    session.add(Stewardship(round_id=town.id, required=1, fallback=Fallback.AUDITOR))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


# Interests


def test_the_last_declaration_counts_and_none_is_one_too(session, town, olga):
    other = make.account(session)
    with pytest.raises(Refused, match="hold a role"):
        interests.declare(session, town, "A shop", by=other, at=NOW)
    clerk = appoint(session, town, olga, Role.CLERK, "Cleo").account
    with pytest.raises(Refused, match="Before your first decision"):
        interests.require_declared(session, town, clerk)
    interests.declare(session, town, "", by=clerk, at=NOW)
    interests.require_declared(session, town, clerk)
    interests.declare(session, town, "My sister runs the pool.", by=clerk, at=NOW)
    assert interests.declared(session, town)[clerk.id].text == "My sister runs the pool."
