"""Stewards moderate: by a rule that bound the author, never alone, never for ever."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pb.audit.queries import entries
from pb.errors import Invalid, Refused
from pb.notices import news
from pb.purpose.documents import service as documents
from pb.purpose.moderation import appeals, queries, rules, service
from pb.purpose.moderation.models import Appeal, Kind, Measure, Post, Report, Subject, Verdict
from pb.purpose.moderation.queries import AppealState
from pb.rounds.models import Phase, Role, Side
from tests import make
from tests.conftest import NOW
from tests.purpose.documents import made

DAY = timedelta(days=1)


@pytest.fixture
def round(session):
    return make.round_(session, Phase.IDEAS)


@pytest.fixture
def ana(session, round):
    return resident(session, round, "Ana")


@pytest.fixture
def ben(session, round):
    return resident(session, round, "Ben")


@pytest.fixture
def steward(session, round):
    return make.appointed(session, round, Role.STEWARD, "Sam")


@pytest.fixture
def other_steward(session, round):
    return make.appointed(session, round, Role.STEWARD, "Sofia")


def resident(session, round, name):
    made = make.account(session, name)
    make.seat(session, round, made, Side.COMMUNITY)
    return made


def post(author, number=1):
    written = NOW - DAY
    return Post(Subject.COMMENT, number, author and author.id, written, "You fool!", "/rounds/x")


def reported(session, round, author, by, number=1, at=NOW):
    return service.report(
        session, round, post(author, number), by=by, clause="ground:1", reason="An insult.", at=at
    )


def answered(session, report, by, at=NOW, **what):
    return service.answer(session, report, by=by, clause="ground:1", reason="So.", at=at, **what)


def notes(session, account):
    return [note.subject for note in news.notes_of(session, account)]


class TestReporting:
    def test_a_report_cites_a_rule_and_reaches_the_stewards(
        self, session, round, ana, ben, steward
    ):
        report = reported(session, round, ana, ben)

        assert report.clause == rules.GROUND_RULES[0]
        assert report.due_at == NOW + service.ANSWERED_WITHIN
        assert queries.open_reports(session, round) == [report]
        assert notes(session, steward) == ["A post was reported"]
        assert notes(session, ana) == []

    @pytest.mark.parametrize(("clause", "reason"), [("ground:9", "Why."), ("ground:1", "  ")])
    def test_it_needs_a_rule_and_a_reason(self, session, round, ana, ben, clause, reason):
        with pytest.raises(Invalid):
            service.report(session, round, post(ana), by=ben, clause=clause, reason=reason, at=NOW)

    def test_nobody_reports_twice_or_their_own(self, session, round, ana, ben):
        reported(session, round, ana, ben)

        with pytest.raises(Refused, match="already"):
            reported(session, round, ana, ben)
        with pytest.raises(Refused, match="your own"):
            reported(session, round, ana, ana)

    def test_an_officer_may_report_and_it_shows_on_which_side_they_sit(self, session, round, ana):
        officer = make.appointed(session, round, Role.COMMISSIONER)

        assert reported(session, round, ana, officer).reporter_side is Side.COMMISSION

    def test_one_person_cannot_fill_the_inbox(self, session, round, ana, ben):
        for number in range(service.AT_ONCE):
            reported(session, round, ana, ben, number)

        with pytest.raises(Refused, match="wait"):
            reported(session, round, ana, ben, 99)


class TestAnswering:
    def test_a_hidden_post_has_a_tombstone_and_its_author_knows_why(
        self, session, round, ana, ben, steward
    ):
        report = reported(session, round, ana, ben)

        [measure] = answered(session, report, steward, hide=True)

        hiding = queries.hidden(session, round, Subject.COMMENT, [1, 2])[1]
        assert (hiding.measure_id, hiding.at) == (measure.id, NOW)
        assert hiding.clause.heading == "About the matter, not against the person"
        assert hiding.appeal is AppealState.NONE
        assert notes(session, ana) == ["Something you wrote was hidden"]
        assert notes(session, ben) == ["Your report was answered"]
        assert queries.hidden_ids(session, round, Subject.COMMENT) == [1]
        assert queries.hidden(session, round, Subject.ANSWER, [1]) == {}

    def test_leaving_a_post_as_it_is_answers_all_its_reports(
        self, session, round, ana, ben, steward
    ):
        carla = resident(session, round, "Carla")
        first, second = (reported(session, round, ana, one) for one in (ben, carla))

        assert answered(session, first, steward) == []

        assert not first.open and not second.open
        assert queries.open_reports(session, round) == []
        assert notes(session, carla) == ["Your report was answered"]
        assert notes(session, ana) == []
        with pytest.raises(Refused, match="already"):
            answered(session, second, steward, hide=True)

    @pytest.mark.parametrize("role", [Role.COMMISSIONER, Role.AUDITOR, Role.CONNECTOR])
    def test_only_stewards_moderate(self, session, round, ana, ben, role):
        report = reported(session, round, ana, ben)

        with pytest.raises(Refused, match="Only stewards"):
            answered(session, report, make.appointed(session, round, role), hide=True)

    def test_nobody_moderates_their_own_post_or_report(self, session, round, ana, steward):
        ben = resident(session, round, "Ben")
        about_steward = reported(session, round, steward, ana)
        by_steward = reported(session, round, ana, steward, 2)
        again = reported(session, round, ana, ben, 2)

        with pytest.raises(Refused, match="wrote this yourself"):
            answered(session, about_steward, steward)
        for report in (by_steward, again):
            with pytest.raises(Refused, match="reported this yourself"):
                answered(session, report, steward)

    @pytest.mark.parametrize("who", ["reporter", "author", "officer"])
    def test_the_database_refuses_it_too(self, session, round, ana, ben, who):
        officer = make.appointed(session, round, Role.COMMISSIONER)
        report = reported(session, round, ana, ben)
        session.commit()
        by = {"reporter": ben, "author": ana, "officer": officer}[who]
        side = Side.COMMISSION if who == "officer" else Side.COMMUNITY

        with pytest.raises(sa.exc.IntegrityError):
            service._take(session, report, Kind.HIDE, by, report.clause, "So.", None, NOW)
        session.rollback()
        report.answered_by, report.answered_side, report.answered_at = by.id, side, NOW
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        session.rollback()

    def test_what_was_done_stays_on_record(self, session, round, ana, ben, steward):
        answered(session, reported(session, round, ana, ben), steward, hide=True)
        session.commit()

        for change in ("UPDATE measure SET reason = 'other'", "DELETE FROM measure"):
            with pytest.raises(sa.exc.DatabaseError, match="stays as it is"):
                session.execute(sa.text(change))
            session.rollback()

    def test_a_post_without_an_account_can_only_be_hidden(self, session, round, ben, steward):
        report = reported(session, round, None, ben)

        with pytest.raises(Refused, match="no account"):
            answered(session, report, steward, step=Kind.WARN)
        [measure] = answered(session, report, steward, hide=True)
        assert measure.person_id is None


class TestTheLadder:
    def test_warn_then_limit_then_pause(self, session, round, ana, ben, steward):
        with pytest.raises(Refused, match="First comes a warning"):
            answered(session, reported(session, round, ana, ben), steward, step=Kind.LIMIT, days=3)
        answered(session, reported(session, round, ana, ben, 2), steward, step=Kind.WARN)
        with pytest.raises(Refused, match="First comes one post a day"):
            answered(
                session, reported(session, round, ana, ben, 3), steward, step=Kind.PAUSE, days=3
            )
        answered(session, reported(session, round, ana, ben, 4), steward, step=Kind.LIMIT, days=3)
        answered(session, reported(session, round, ana, ben, 5), steward, step=Kind.PAUSE, days=14)

        assert queries.standing(session, round, ana, NOW).paused
        assert notes(session, ana)[0] == "You cannot post until 18 May, 14:00"

    def test_a_step_is_forgotten_after_ninety_days(self, session, round, ana, ben, steward):
        answered(session, reported(session, round, ana, ben), steward, step=Kind.WARN)

        for days, expected in ((89, [Kind.WARN, Kind.LIMIT]), (90, [Kind.WARN])):
            assert queries.possible_steps(session, round, ana.id, NOW + days * DAY) == expected

    @pytest.mark.parametrize("days", [None, 0, 15])
    def test_no_step_lasts_longer_than_two_weeks(self, session, round, ana, ben, steward, days):
        answered(session, reported(session, round, ana, ben), steward, step=Kind.WARN)

        with pytest.raises(Invalid, match="from 1 to 14"):
            answered(
                session, reported(session, round, ana, ben, 2), steward, step=Kind.LIMIT, days=days
            )

    def test_somebody_limited_posts_once_a_day_until_it_ends(
        self, session, round, ana, ben, steward
    ):
        answered(session, reported(session, round, ana, ben), steward, step=Kind.WARN)
        answered(session, reported(session, round, ana, ben, 2), steward, step=Kind.LIMIT, days=2)

        service.require_may_post(session, round, ana, NOW)
        with pytest.raises(Refused, match="today’s post is used"):
            service.require_may_post(session, round, ana, NOW)
        service.require_not_paused(session, round, ana, NOW)
        service.require_may_post(session, round, ana, NOW + DAY)
        for _ in range(3):
            service.require_may_post(session, round, ana, NOW + 2 * DAY)
            service.require_may_post(session, round, ben, NOW)

    def test_a_pause_ends_by_itself(self, session, round, ana, ben, steward):
        for number, step in enumerate(queries.LADDER):
            report = reported(session, round, ana, ben, number)
            answered(session, report, steward, step=step, days=3)

        with pytest.raises(Refused, match="until 7 May, 14:00"):
            service.require_may_post(session, round, ana, NOW + 3 * DAY - timedelta(seconds=1))
        service.require_may_post(session, round, ana, NOW + 3 * DAY)


class TestAppeals:
    def hidden(self, session, round, ana, ben, steward):
        [measure] = answered(session, reported(session, round, ana, ben), steward, hide=True)
        return measure

    def appealed(self, session, round, ana, ben, steward):
        measure = self.hidden(session, round, ana, ben, steward)
        return appeals.appeal(session, round, measure, by=ana, text="It was a joke.", at=NOW)

    def test_another_steward_brings_the_post_back(
        self, session, round, ana, ben, steward, other_steward
    ):
        made = self.appealed(session, round, ana, ben, steward)
        assert queries.hidden(session, round, Subject.COMMENT, [1])[1].appeal is AppealState.OPEN
        assert "An appeal waits for you" in notes(session, other_steward)

        appeals.decide(
            session,
            round,
            made,
            by=other_steward,
            verdict=Verdict.RESTORED,
            reason="It was one.",
            at=NOW,
        )

        assert queries.hidden(session, round, Subject.COMMENT, [1]) == {}
        assert queries.hidden_ids(session, round, Subject.COMMENT) == []
        assert "Your appeal was decided" in notes(session, ana)
        assert queries.open_appeals(session, round) == []

    def test_an_overturned_step_no_longer_binds_nor_leads_further(
        self, session, round, ana, ben, steward, other_steward
    ):
        [warning] = answered(session, reported(session, round, ana, ben), steward, step=Kind.WARN)
        made = appeals.appeal(session, round, warning, by=ana, text="No.", at=NOW)
        appeals.decide(
            session,
            round,
            made,
            by=other_steward,
            verdict=Verdict.RESTORED,
            reason="Yes.",
            at=NOW,
        )

        assert queries.possible_steps(session, round, ana.id, NOW) == [Kind.WARN]

    def test_the_one_who_hid_it_cannot_decide(self, session, round, ana, ben, steward):
        made = self.appealed(session, round, ana, ben, steward)
        session.commit()

        with pytest.raises(Refused, match="cannot decide"):
            appeals.decide(
                session, round, made, by=steward, verdict=Verdict.UPHELD, reason="So.", at=NOW
            )
        made.decided_by, made.decided_side = steward.id, Side.COMMUNITY
        made.decided_at, made.verdict, made.reason = NOW, Verdict.UPHELD, "So."
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        session.rollback()

    def test_without_another_steward_a_deputy_decides_and_then_an_auditor(
        self, session, round, ana, ben, steward
    ):
        made = self.appealed(session, round, ana, ben, steward)
        assert queries.judges(session, round, made.measure, NOW) == {}
        auditor = make.appointed(session, round, Role.AUDITOR)
        assert list(queries.judges(session, round, made.measure, NOW)) == [auditor.id]
        deputy = make.appointed(session, round, Role.STEWARD, "Dan")
        session.execute(
            sa.text("UPDATE appointment SET deputy = (1 = 1) WHERE account_id = :id"),
            {"id": deputy.id},
        )
        session.expire_all()
        assert list(queries.judges(session, round, made.measure, NOW)) == [deputy.id]

        with pytest.raises(Refused):
            appeals.decide(
                session, round, made, by=auditor, verdict=Verdict.UPHELD, reason="So.", at=NOW
            )
        appeals.decide(
            session, round, made, by=deputy, verdict=Verdict.UPHELD, reason="So.", at=NOW
        )
        assert queries.hidden(session, round, Subject.COMMENT, [1])[1].appeal is AppealState.UPHELD

    def test_there_is_one_appeal_and_only_the_author_makes_it(
        self, session, round, ana, ben, steward
    ):
        measure = self.hidden(session, round, ana, ben, steward)

        with pytest.raises(Refused, match="Only the person"):
            appeals.appeal(session, round, measure, by=ben, text="No.", at=NOW)
        with pytest.raises(Invalid):
            appeals.appeal(session, round, measure, by=ana, text=" ", at=NOW)
        appeals.appeal(session, round, measure, by=ana, text="No.", at=NOW)
        with pytest.raises(Refused, match="one appeal"):
            appeals.appeal(session, round, measure, by=ana, text="No!", at=NOW)
        assert session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 1

    def test_a_steward_takes_a_measure_back(self, session, round, ana, ben, steward):
        measure = self.hidden(session, round, ana, ben, steward)

        appeals.lift(session, round, measure, by=steward, reason="My mistake.", at=NOW)

        assert queries.hidden(session, round, Subject.COMMENT, [1]) == {}
        assert "A steward has taken something back" in notes(session, ana)
        with pytest.raises(Refused, match="already"):
            appeals.lift(session, round, measure, by=steward, reason="Again.", at=NOW)
        with pytest.raises(Refused, match="already"):
            appeals.appeal(session, round, measure, by=ana, text="No.", at=NOW)

    def test_what_was_taken_back_can_be_reported_by_others_and_hidden_again(
        self, session, round, ana, ben, steward
    ):
        measure = self.hidden(session, round, ana, ben, steward)
        with pytest.raises(Refused, match="hidden already"):
            reported(session, round, ana, resident(session, round, "Carla"))
        appeals.lift(session, round, measure, by=steward, reason="My mistake.", at=NOW)

        again = reported(session, round, ana, resident(session, round, "Dora"))
        answered(session, again, steward, hide=True)

        assert session.scalar(sa.select(sa.func.count()).select_from(Report)) == 2
        assert list(queries.hidden(session, round, Subject.COMMENT, [1])) == [1]


def test_the_log_names_neither_author_nor_reporter(session, round, ana, ben, steward):
    [measure] = answered(session, reported(session, round, ana, ben), steward, hide=True)
    appeals.appeal(session, round, measure, by=ana, text="No.", at=NOW)

    found = {entry.kind: entry for entry in entries(session, round.id)}
    assert {"post.report", "post.hide", "report.answer", "appeal.make"} <= set(found)
    assert {entry.actor_id for entry in found.values()} <= {None, steward.id}
    assert not any("fool" in str(entry.body) for entry in found.values())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(queries.LADDER), st.integers(0, 60)), min_size=1, max_size=6)
)
def test_no_step_ever_stands_without_the_one_before(session, round, ana, ben, steward, tried):
    session.commit()
    at = NOW
    for number, (step, wait) in enumerate(tried):
        at += wait * DAY
        report = reported(session, round, ana, ben, number, at)
        try:
            answered(session, report, steward, at, step=step, days=2)
        except Refused:
            answered(session, report, steward, at)
    taken = session.scalars(sa.select(Measure).order_by(Measure.id)).all()
    for place, one in enumerate(taken):
        if one.kind is not Kind.WARN:
            before = queries.LADDER[queries.LADDER.index(one.kind) - 1]
            assert any(
                earlier.kind is before and one.at - earlier.at < 90 * DAY
                for earlier in taken[:place]
            )
    session.rollback()


class TestWhichRulesBind:
    def test_the_charter_that_the_author_accepted_last(self, session, round, ana, ben, steward):
        old = made.in_force(session, round, since=NOW - 10 * DAY)
        documents.accept(session, round, ana, old, at=NOW - 9 * DAY)
        session.commit()
        made.in_force(
            session, round, clauses=(("Kindness", "Be kind."),), number=2, since=NOW - 5 * DAY
        )

        def headings(author):
            return [one.heading for one in rules.of_post(session, round, post(author))]

        assert headings(ana) == ["Listening comes first", "No insults"]
        assert headings(ben) == ["Kindness"]
        insult = next(one for one in rules.of_post(session, round, post(ana)) if "ins" in one.text)
        report = service.report(
            session, round, post(ana), by=ben, clause=insult.key, reason="So.", at=NOW
        )
        [measure] = service.answer(
            session, report, by=steward, hide=True, clause=insult.key, reason="So.", at=NOW
        )
        assert (measure.clause.heading, measure.clause.version) == ("No insults", 1)
        with pytest.raises(Invalid):  # a rule that did not bind her
            reported(session, round, ana, ben, 2)

    def test_the_one_in_force_when_it_was_written_and_before_it_the_ground_rules(
        self, session, round, ana
    ):
        made.in_force(session, round, since=NOW - 2 * DAY)

        def rules_at(at):
            return rules.binding(session, round, ana.id, at)

        assert rules_at(NOW - 3 * DAY) == rules.GROUND_RULES
        assert [one.version for one in rules_at(NOW - DAY)] == [1, 1]
