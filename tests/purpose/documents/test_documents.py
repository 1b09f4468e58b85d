"""A document is drafted in the open, put to the vote, and in force from the close of the vote."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from pb.accounts.models import Account
from pb.audit.models import Entry
from pb.errors import Invalid, Refused
from pb.notices.models import Note
from pb.purpose.documents import queries, service, starters
from pb.purpose.documents.models import Choice, DocumentVote, Kind, Reply
from pb.rounds.models import Phase, Role, Seat, Side
from tests import make
from tests.conftest import NOW
from tests.purpose.documents import made


@pytest.fixture
def round(session):
    return make.round_(session, Phase.PURPOSE)


@pytest.fixture
def stella(session, round):
    return make.appointed(session, round, Role.STEWARD, "Stella")


@pytest.fixture
def ana(session):
    return make.account(session, "Ana")


class TestDrafts:
    def test_begin_with_the_open_template_only_where_that_is_asked_for(
        self, session, round, stella
    ):
        principles = service.begin(session, round, Kind.PRINCIPLES, by=stella, at=NOW)
        charter = service.begin(session, round, Kind.CHARTER, by=stella, at=NOW, from_template=True)

        assert principles.clauses == []
        texts = [(clause.heading, clause.text) for clause in charter.clauses]
        assert texts == list(starters.STARTERS[Kind.CHARTER])

    def test_begin_with_the_clauses_of_the_version_in_force(self, session, round, stella):
        before = made.in_force(session, round)

        version = service.begin(session, round, Kind.CHARTER, by=stella, at=NOW, from_template=True)

        assert version.number == 2
        assert version.based_on_id == before.id
        assert [clause.heading for clause in version.clauses] == [c[0] for c in made.CHARTER]
        assert not {c.id for c in version.clauses} & {c.id for c in before.clauses}

    def test_are_written_by_stewards_only(self, session, round, ana):
        version = made.draft(session, round)

        with pytest.raises(Refused, match="Only a steward"):
            service.begin(session, round, Kind.GLOSSARY, by=ana, at=NOW)
        with pytest.raises(Refused, match="Only a steward"):
            service.add_clause(session, version, heading="A", text="B", by=ana, at=NOW)
        with pytest.raises(Refused, match="Only a steward"):
            service.open_vote(session, version, by=ana, at=NOW)

    def test_exist_once_for_each_document(self, session, round, stella):
        made.draft(session, round)

        with pytest.raises(Refused, match="a draft of this document already"):
            service.begin(session, round, Kind.CHARTER, by=stella, at=NOW)
        assert service.begin(session, round, Kind.PURPOSE, by=stella, at=NOW).number == 1

    def test_can_be_begun_again_after_one_was_thrown_away(self, session, round, stella):
        first = made.draft(session, round)

        service.withdraw(session, first, by=stella, at=NOW)

        assert service.begin(session, round, Kind.CHARTER, by=stella, at=NOW).number == 2
        assert [one.number for one in queries.versions(session, round)] == [2]

    def test_grow_clause_by_clause_and_keep_their_order(self, session, round, stella):
        version = made.draft(session, round)
        third = service.add_clause(
            session, version, heading="Say sorry", text="It helps.", by=stella, at=NOW
        )

        service.move_up(session, version, third, by=stella, at=NOW)
        service.remove_clause(session, version, version.clauses[0], by=stella, at=NOW)
        service.revise_clause(
            session, version, third, heading="Say sorry", text="Soon.", by=stella, at=NOW
        )

        found = [(c.number, c.heading, c.text) for c in version.clauses]
        assert found == [(1, "Say sorry", "Soon."), (2, *made.CHARTER[1])]

    def test_are_not_overwritten_from_an_old_page(self, session, round, stella):
        version = made.draft(session, round)
        seen, clause = version.revision, version.clauses[0]
        service.add_clause(session, version, heading="A", text="B", by=stella, at=NOW)

        with pytest.raises(service.Stale):
            service.revise_clause(
                session, version, clause, heading="X", text="Y", by=stella, at=NOW, revision=seen
            )

    def test_have_no_clause_twice(self, session, round, stella):
        version = made.draft(session, round)

        with pytest.raises(Invalid, match="is called so"):
            service.add_clause(session, version, heading="no INSULTS", text="B", by=stella, at=NOW)


class TestComments:
    def test_come_from_both_sides(self, session, round, ana):
        version = made.draft(session, round)
        olga = make.appointed(session, round, Role.COMMISSIONER)

        ours = service.comment(session, version, version.clauses[0], "Yes!", by=ana, at=NOW)
        theirs = service.comment(session, version, version.clauses[0], "Hm.", by=olga, at=NOW)

        assert (ours.author_side, theirs.author_side) == (Side.COMMUNITY, Side.COMMISSION)

    def test_keep_a_draft_from_the_vote_until_each_has_its_answer(
        self, session, round, stella, ana
    ):
        version = made.draft(session, round)
        comment = service.comment(session, version, version.clauses[0], "Why?", by=ana, at=NOW)

        with pytest.raises(Refused, match="A comment waits for an answer"):
            service.open_vote(session, version, by=stella, at=NOW)
        with pytest.raises(Invalid, match="Say why"):
            service.reply(session, comment, Reply.NOT_TAKEN_UP, " ", by=stella, at=NOW)
        service.reply(session, comment, Reply.NOT_TAKEN_UP, "It is law.", by=stella, at=NOW)
        service.open_vote(session, version, by=stella, at=NOW)

        [told] = session.scalars(
            sa.select(Note).where(
                Note.account_id == ana.id, Note.key.startswith("document-comment")
            )
        )
        assert told.path.endswith(f"#clause-{comment.clause_id}")

    def test_stay_when_their_clause_is_taken_out(self, session, round, stella, ana):
        version = made.draft(session, round)
        clause = version.clauses[0]
        service.comment(session, version, clause, "Please drop it.", by=ana, at=NOW)

        service.remove_clause(session, version, clause, by=stella, at=NOW)

        assert [one.heading for one in version.clauses] == ["No insults"]
        assert [one.text for one in queries.comments(session, version)[clause.id]] == [
            "Please drop it."
        ]

    def test_end_when_the_vote_opens(self, session, round, ana):
        version = made.voting(session, made.draft(session, round), NOW)

        with pytest.raises(Refused, match="cannot change any more"):
            service.comment(session, version, version.clauses[0], "Wait!", by=ana, at=NOW)


class TestVotes:
    def test_follow_the_terms_of_the_round(self, session, round, stella):
        version = made.draft(session, round)
        service.set_terms(session, round, days=3, votes_needed=2)

        service.open_vote(session, version, by=stella, at=NOW)

        assert version.vote_closes_at == NOW + timedelta(days=3)
        assert version.votes_needed == 2

    def test_terms_have_their_limits(self, session, round):
        with pytest.raises(Invalid):
            service.set_terms(session, round, days=0, votes_needed=2)
        with pytest.raises(Invalid):
            service.set_terms(session, round, days=7, votes_needed=0)

    def test_may_be_changed_until_the_close_and_count_once(self, session, round, ana):
        version = made.voting(session, made.draft(session, round), NOW)

        service.vote(session, version, Choice.NO, by=ana, at=NOW)
        service.vote(session, version, Choice.YES, by=ana, at=NOW + timedelta(days=6))

        close = version.vote_closes_at
        assert queries.tallies(session, [version], close - timedelta(seconds=1)) == {}
        assert queries.tallies(session, [version], close)[version.id] == queries.Tally(1, 0, 0, 1)
        with pytest.raises(Refused, match="over"):
            service.vote(session, version, Choice.NO, by=ana, at=close)

    def test_belong_to_the_community(self, session, round):
        version = made.voting(session, made.draft(session, round), NOW)
        olga = make.appointed(session, round, Role.COMMISSIONER)

        with pytest.raises(Refused, match="Nobody sits on both sides"):
            service.vote(session, version, Choice.YES, by=olga, at=NOW)
        with pytest.raises(DatabaseError):
            session.execute(
                sa.insert(DocumentVote).values(
                    version_id=version.id,
                    account_id=olga.id,
                    round_id=round.id,
                    side=Side.COMMISSION,
                    choice=Choice.YES,
                    at=NOW,
                )  # fmt: skip
            )
        session.rollback()

    @pytest.mark.parametrize(
        ("yes", "no", "abstain", "adopted"),
        [(3, 2, 0, True), (2, 2, 1, False), (3, 1, 0, False), (1, 0, 4, True), (0, 0, 5, False)],
    )
    def test_adopt_with_more_yes_than_no_and_enough_votes(
        self, session, round, yes, no, abstain, adopted
    ):
        version = made.voting(session, made.draft(session, round), NOW - timedelta(days=8))
        version_id, needed = version.id, 5
        assert queries.Tally(yes, no, abstain, needed).adopted is adopted
        cast = [Choice.YES] * yes + [Choice.NO] * no + [Choice.ABSTAIN] * abstain
        for choice in cast:
            made.vote(session, version, choice)
        # The database's own sum has to agree, with one vote needed as here.
        expected = version_id if yes > no else None
        assert queries.in_force_id(session, round, Kind.CHARTER, NOW) == expected

    def test_too_few_do_not_adopt(self, session, round, stella):
        version = made.draft(session, round)
        service.set_terms(session, round, days=7, votes_needed=2)
        service.open_vote(session, version, by=stella, at=NOW)
        service.vote(session, version, Choice.YES, by=stella, at=NOW)
        later = NOW + timedelta(days=8)

        assert queries.in_force(session, round, Kind.CHARTER, later) is None

        ana = make.account(session)
        service.vote(session, version, Choice.ABSTAIN, by=ana, at=NOW)
        assert queries.in_force(session, round, Kind.CHARTER, later) is version


class TestInForce:
    def test_is_what_the_vote_decided_from_its_close(self, session, round):
        version = made.voting(session, made.draft(session, round), NOW)
        made.vote(session, version)
        close = version.vote_closes_at

        assert queries.in_force(session, round, Kind.CHARTER, close - timedelta(seconds=1)) is None
        assert queries.in_force(session, round, Kind.CHARTER, close) is version
        assert queries.in_force(session, round, Kind.PURPOSE, close) is None

    def test_on_any_day_is_the_version_of_that_day(self, session, round):
        old = made.in_force(session, round, since=NOW - timedelta(days=30))
        new = made.in_force(session, round, number=2, since=NOW - timedelta(days=2))

        on = {
            days: queries.in_force(session, round, Kind.CHARTER, NOW - timedelta(days=days))
            for days in (31, 20, 1)
        }

        assert on == {31: None, 20: old, 1: new}
        assert queries.all_in_force(session, round, NOW) == {Kind.CHARTER: new}

    def test_is_told_once_to_those_concerned_and_to_the_log(self, app, session, round, ana):
        version = made.voting(session, made.draft(session, round), NOW - timedelta(days=8))
        session.add(Seat(round_id=round.id, account_id=ana.id, side=Side.COMMUNITY))
        made.vote(session, version)
        [voter] = session.scalars(sa.select(DocumentVote.account_id))
        for _ in range(2):
            for late in queries.settled_late(session, NOW):
                service.settle(session, late, at=NOW)

        kinds = sa.select(Entry.kind).where(Entry.chain == round.id)
        assert session.scalars(kinds).all() == ["document.adopt"]
        told = set(session.scalars(sa.select(Note.account_id)))
        assert told == {voter, version.drafted_by}
        assert session.get_one(Account, ana.id).id not in told


class TestTheDatabaseRefuses:
    """What the code should never try."""

    def refuses(self, session, statement, sentence):
        with pytest.raises(DatabaseError, match=sentence):
            session.execute(sa.text(statement))
        session.rollback()

    def test_changes_of_a_version_that_people_vote_on(self, session, round):
        made.voting(session, made.draft(session, round), NOW)
        for statement in (
            "UPDATE document_clause SET text = 'other'",
            "DELETE FROM document_clause",
            "INSERT INTO document_clause (version_id, number, heading, text, removed)"
            " SELECT version_id, 9, 'x', 'x', removed FROM document_clause",
            "UPDATE document_version SET votes_needed = 99",
            "UPDATE document_version SET vote_closes_at = NULL, vote_opens_at = NULL,"
            " votes_needed = NULL",
            "DELETE FROM document_version",
        ):
            self.refuses(session, statement, "vote on this version has opened")

    def test_votes_after_the_close_and_votes_taken_away(self, session, round):
        version = made.in_force(session, round)
        late = version.vote_closes_at

        with pytest.raises(DatabaseError, match="vote is not open"):
            made.vote(session, version, Choice.NO, at=late)
        session.rollback()
        self.refuses(session, "DELETE FROM document_vote", "A vote stays")

    def test_telling_twice(self, session, round):
        made.in_force(session, round)

        self.refuses(session, "UPDATE document_version SET settled_at = NULL", "has opened")

    def test_acceptance_of_what_is_no_charter_in_force(self, session, round, ana):
        version = made.in_force(session, round, Kind.PURPOSE)
        make.seat(session, round, ana, Side.COMMUNITY)

        self.refuses(
            session,
            "INSERT INTO charter_acceptance (version_id, account_id, round_id, side, at) VALUES"
            f" ({version.id}, {ana.id}, {round.id}, 'community', '2026-05-04 12:00:00.000000+00')",
            "no charter in force",
        )


class TestAcceptance:
    def test_binds_to_the_version_that_was_accepted(self, session, round, ana):
        old = made.in_force(session, round, since=NOW - timedelta(days=10))
        assert queries.accepted_charter(session, round, ana.id) is None

        service.accept(session, round, ana, old, at=NOW)
        service.accept(session, round, ana, old, at=NOW)
        session.commit()
        new = made.in_force(session, round, number=2, since=NOW + timedelta(days=1))

        later = NOW + timedelta(days=2)
        assert queries.accepted_charter(session, round, ana.id) is old
        assert not queries.has_accepted(session, new, ana.id)
        with pytest.raises(Refused, match="changed in the meantime"):
            service.accept(session, round, ana, old, at=later)

    def test_is_for_both_sides(self, session, round, ana):
        version = made.in_force(session, round)
        olga = make.appointed(session, round, Role.COMMISSIONER)

        service.accept(session, round, ana, version, at=NOW)
        service.accept(session, round, olga, version, at=NOW)

        assert queries.accepted_by_side(session, version) == {
            Side.COMMUNITY: 1,
            Side.COMMISSION: 1,
        }
