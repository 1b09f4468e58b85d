"""Getting to the ballot without a letter."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pb.accounts.limits import MAIL_NET, MAIL_TO
from pb.ballots.models import LiveBallot, TurnoutMark
from pb.eligibility import batches, contacts, queries, service
from pb.eligibility.models import RollEntry
from pb.notices.models import Message
from pb.rounds.models import Phase, Role
from tests import make
from tests.conftest import NOW

AREAS = {"north": 5_000_00, "town": 80_000_00}
PROJECTS = {"park": ("town", 11_111_00), "bench": ("north", 1_333_00)}
ROUTES = {
    "letter-code": {},
    "email-link": {},
    "desk": {"where": "Town Hall, room 3"},
    "self-declaration": {"least_age": 16, "per_net": 3},
}
BORN = {"born": ["31", "3", "1980"]}
ANA = {"name": "Ana Núñez", "area": "north", "here": "y", **BORN}


@pytest.fixture
def round(session):
    return make.round_(session, Phase.VOTING, areas=AREAS, projects=PROJECTS, routes=ROUTES)


@pytest.fixture
def path(round):
    return f"/rounds/{round.slug}/vote"


@pytest.fixture
def ana(session, round, keys):
    """Somebody from the north whose address the town knows."""
    entry = make.entry(session, round, "north")
    contacts.add_contact(session, round, entry, "ana@example.org", keys=keys)
    session.commit()
    return entry


@pytest.fixture
def mailed(session, path):
    """The pages of all links that were mailed, as paths."""

    def mailed() -> list[str]:
        texts = session.scalars(select(Message.text).order_by(Message.id)).all()
        session.rollback()
        return [found for text in texts for found in re.findall(rf"({path}/link/\S+)", text)]

    return mailed


def marks(session) -> list[str]:
    session.rollback()
    found = session.scalars(select(TurnoutMark.route)).all()
    session.rollback()
    return list(found)


def send(pages, path) -> None:
    pages.post(f"{path}/send", {"project": "1", "submission": "x"})


def test_every_way_is_shown_with_its_strength(pages, path):
    page = pages.get(path).text
    assert re.findall(r'app-panel__title">([^<]+?) ?<', page) == [
        "A link by e-mail",
        "At the town’s desk",
        "A declaration of your own",
    ]
    assert page.count("Weak") == 2 and page.count("Strong") == 1
    assert "Town Hall, room 3" in page
    assert "Lost your code?" in page and "We cannot show it again" in page
    public = pages.get(path.removesuffix("/vote")).text
    assert "How people get to their ballot" in public and "Medium" in public


def test_only_the_offered_ways_are_there(session, pages):
    other = make.round_(session, Phase.VOTING, projects={"x": ("town", 1_00)})
    there = f"/rounds/{other.slug}/vote"
    assert "Other ways" not in pages.get(there).text
    for way in ("email", "email/sent", "link/x", "declaration"):
        pages.get(f"{there}/{way}", 404)
    pages.post(f"{there}/email", {"email": "ana@example.org"}, 404)
    pages.post(f"{there}/link/x", {}, 404)
    pages.post(f"{there}/declaration", ANA, 404)


class TestLinks:
    def test_a_link_leads_to_the_ballot_and_counts_as_its_route(
        self, session, pages, path, ana, mailed
    ):
        sent = pages.post(f"{path}/email", {"email": "Ana@Example.org"})
        assert "If this address is on the list" in pages.get(sent.location).text
        [link] = mailed()
        page = pages.get(link).text
        assert "You vote for North" in page
        assert pages.post(link, {}).location == f"{path}/ballot"
        send(pages, path)
        assert marks(session) == ["email-link"]

    def test_programs_that_open_links_in_mail_do_not_use_them_up(
        self, pages, browse, path, ana, mailed
    ):
        pages.post(f"{path}/email", {"email": "ana@example.org"})
        [link] = mailed()
        for _ in range(3):
            browse().get(link)
        pages.post(link, {})

    def test_the_answer_is_the_same_for_a_stranger(self, pages, browse, path, ana, mailed):
        known = pages.post(f"{path}/email", {"email": "ana@example.org"})
        unknown = browse().post(f"{path}/email", {"email": "zoe@example.org"})
        assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
        assert len(mailed()) == 1

    def test_a_used_link_says_so_kindly(self, pages, browse, path, ana, mailed):
        pages.post(f"{path}/email", {"email": "ana@example.org"})
        [link] = mailed()
        pages.post(link, {})
        other = browse()
        assert "This link does not work" in other.get(link, 404).text
        assert "used already" in other.post(link, {}, 409).text
        other.get(f"{path}/ballot", 303)

    def test_code_and_link_of_one_person_are_one_vote(
        self, session, pages, browse, path, round, ana, mailed, keys
    ):
        clerk = make.appointed(session, round, Role.CLERK)
        [issued] = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys, entries=[ana])
        session.commit()
        pages.post(path, {"code": issued.printed})
        send(pages, path)
        pages.post(f"{path}/email", {"email": "ana@example.org"})
        other = browse()
        other.post(mailed()[0], {})
        send(other, path)
        assert marks(session) == ["email-link"]
        assert session.scalar(select(func.count()).select_from(LiveBallot)) == 1

    def test_an_address_gets_three_mails_an_hour(self, pages, path, ana, clock, mailed):
        form = {"email": "ana@example.org"}
        for _ in range(MAIL_TO.tries):
            pages.post(f"{path}/email", form)
        slowed = pages.post(f"{path}/email", form, 429, environ_base={"REMOTE_ADDR": "192.0.2.1"})
        assert int(slowed.headers["Retry-After"]) > 0 and 'value="ana@example.org"' in slowed.text
        clock.now += timedelta(seconds=int(slowed.headers["Retry-After"]))
        pages.post(f"{path}/email", form)
        assert len(mailed()) == MAIL_TO.tries + 1

    def test_a_net_asks_for_twenty_an_hour(self, pages, path):
        for n in range(MAIL_NET.tries):
            pages.post(f"{path}/email", {"email": f"person{n}@example.org"})
        pages.post(f"{path}/email", {"email": "one-more@example.org"}, 429)

    @pytest.mark.parametrize("email", ["", "ana", "x" * 300 + "@example.org"])
    def test_what_is_no_address_is_said_beside_the_field(self, pages, path, email):
        assert "govuk-error-message" in pages.post(f"{path}/email", {"email": email}, 422).text


class TestDeclarations:
    def test_a_declaration_shows_a_code_once_and_leads_to_the_ballot(
        self, session, pages, browse, path
    ):
        page = pages.post(f"{path}/declaration", ANA, 200)
        [code] = re.findall(r'id="own-code"[^>]*>([^<]+)<', page.text)
        assert page.headers["Cache-Control"] == "no-store"
        assert "Your number on the list: <strong>1</strong>" in page.text
        send(pages, path)
        again = browse()
        again.post(path, {"code": code})
        send(again, path)
        assert marks(session) == ["self-declaration"]

    def test_the_same_person_again_is_told_kindly_and_nothing_typed_is_lost(
        self, session, pages, browse, path
    ):
        pages.post(f"{path}/declaration", ANA, 200)
        page = browse().post(f"{path}/declaration", ANA | {"name": "nunez ANA"}, 409).text
        assert "has declared this already" in page and 'value="nunez ANA"' in page
        assert session.scalar(select(func.count()).select_from(RollEntry)) == 1

    @pytest.mark.parametrize(
        ("changed", "status", "sentence"),
        [
            ({"name": ""}, 422, "Enter your name."),
            ({"here": ""}, 422, "Tick the box if this is true."),
            ({"area": ""}, 422, "Choose where you live."),
            ({"area": "mars"}, 422, "Not a valid choice"),
            ({"born": ["31", "2", "1980"]}, 422, "Enter your day of birth"),
            ({"born": ["", "", ""]}, 422, "Enter your day of birth"),
            ({"born": ["", "5", "1980"]}, 422, "Enter your day of birth"),
            ({"born": ["1", "4", "2015"]}, 409, "16 or older"),
        ],
    )
    def test_a_faulty_declaration_is_explained(self, pages, path, changed, status, sentence):
        form = {name: value for name, value in (ANA | changed).items() if value}
        page = pages.post(f"{path}/declaration", form, status).text
        assert sentence in page
        if status == 422:
            [field] = changed
            assert re.search(rf'id="{field}-error"[^>]*>(<[^>]+>|[^<])*{sentence}', page), (
                "beside it"
            )

    def test_a_net_makes_so_many_declarations_a_day(self, pages, path, clock):
        for n in range(3):
            pages.post(f"{path}/declaration", ANA | {"name": f"Person {'ABC'[n]}"}, 200)
        slowed = pages.post(f"{path}/declaration", ANA | {"name": "Person D"}, 429)
        assert "Nothing is locked" in slowed.text
        elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
        pages.post(f"{path}/declaration", ANA | {"name": "Person D"}, 200, environ_base=elsewhere)

    def test_declarations_of_one_round_use_up_none_of_another(self, session, pages, path):
        for n in range(3):
            pages.post(f"{path}/declaration", ANA | {"name": f"Person {'ABC'[n]}"}, 200)
        pages.post(f"{path}/declaration", ANA | {"name": "Person D"}, 429)
        other = make.round_(session, Phase.VOTING, areas=AREAS, projects=PROJECTS, routes=ROUTES)
        pages.post(f"/rounds/{other.slug}/vote/declaration", ANA, 200)

    def test_trying_out_names_counts_too(self, pages, path):
        pages.post(f"{path}/declaration", ANA, 200)
        for _ in range(2):
            pages.post(f"{path}/declaration", ANA, 409)
        pages.post(f"{path}/declaration", ANA, 429)


def test_a_code_that_the_desk_replaced_counts_as_the_desk(session, pages, path, round, ana, keys):
    clerk = make.appointed(session, round, Role.CLERK)
    issued = service.replace_code(session, round, ana, reason="Lost", by=clerk, at=NOW, keys=keys)
    session.commit()
    pages.post(path, {"code": issued.printed})
    send(pages, path)
    assert marks(session) == ["desk"]


def test_a_first_code_from_the_desk_counts_as_the_desk(session, pages, browse, path, round, ana):
    clerk = browse(make.appointed(session, round, Role.CLERK))
    sent = {"number": "1", "codes": "0", "identity": "y"}
    slip = clerk.post(f"/commission/rounds/{round.slug}/desk/code", sent, 200).text
    [code] = re.findall(r'<code class="app-code"[^>]*>([^<]+)<', slip)
    pages.post(path, {"code": code})
    send(pages, path)
    assert marks(session) == ["desk"]


def test_a_code_that_is_taken_back_ends_the_session_that_it_opened(
    session, pages, path, round, ana, keys
):
    clerk = make.appointed(session, round, Role.CLERK)
    [issued] = service.issue_codes(session, round, by=clerk, at=NOW, keys=keys)
    session.commit()
    pages.post(path, {"code": issued.printed})
    pages.get(f"{path}/ballot", 200)
    [batch] = queries.batches(session, round)
    batches.revoke_lost(session, round, batch, voted=0, reason="Stolen", by=clerk, at=NOW)
    session.commit()
    assert pages.get(f"{path}/ballot", 303).location == path
    pages.post(f"{path}/send", {"project": "1", "submission": "x"})
    assert marks(session) == []


def test_a_replaced_code_ends_the_session_that_a_link_opened(
    session, pages, path, round, ana, mailed, keys
):
    pages.post(f"{path}/email", {"email": "ana@example.org"})
    pages.post(mailed()[0], {})
    clerk = make.appointed(session, round, Role.CLERK)
    entry = session.get_one(RollEntry, ana.id)
    service.replace_code(session, round, entry, reason="Lost", by=clerk, at=NOW, keys=keys)
    session.commit()
    assert pages.get(f"{path}/ballot", 303).location == path
