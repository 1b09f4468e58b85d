"""The official sign-in, against a real provider on loopback."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select

from config import Settings
from pb import db
from pb.app import create_app
from pb.ballots.models import TurnoutMark
from pb.eligibility import entries
from pb.keys import Purpose
from pb.rounds.models import Phase
from tests import make, provider


@pytest.fixture
def official():
    with provider.running() as made:
        yield made


@pytest.fixture
def app(database_url, tmp_path, clock, official):
    """The application with a provider in its settings."""
    settings = Settings(
        DATABASE_URL=database_url,
        DATA_DIR=tmp_path,
        SECRET_KEY="only for tests",
        TOWN_NAME="Testford",
        OIDC_ISSUER=official.issuer,
        OIDC_CLIENT_ID=provider.CLIENT,
        OIDC_CLIENT_SECRET=provider.SECRET,
        OIDC_NAME="TownID",
    )
    app = create_app(settings, clock=clock)
    app.testing = True
    yield app
    db.session.remove()
    app.extensions["engine"].dispose()


@pytest.fixture
def round(session, keys):
    """A round that takes the official sign-in, with A17 on its roll."""
    routes = {"letter-code": {}, "official-sign-in": {}}
    made = make.round_(session, Phase.VOTING, projects={"park": ("town", 1_00)}, routes=routes)
    entries.add_entry(session, made, keys.mac(made.id, Purpose.ROLL, "person", "A17"), None)
    session.commit()
    return made


@pytest.fixture
def path(round):
    return f"/rounds/{round.slug}/vote"


def to_provider(pages, path, **query) -> str:
    """Go off to the provider; returns the address to which the browser is sent."""
    return pages.get(f"{path}/official/go", 303, query_string=query).location


def back(address: str) -> str:
    """The way back as this browser follows it."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def test_who_signs_in_comes_to_the_ballot_of_their_own_entry(session, pages, path, round, official):
    assert "Go to the sign-in" in pages.get(path).text
    assert "TownID does not learn what you choose" in pages.get(f"{path}/official").text
    response = pages.get(back(official.sign_in(to_provider(pages, path))), 303)
    assert response.location == f"{path}/ballot"

    pages.post(f"{path}/send", {"project": "1", "submission": "x"})
    assert session.scalars(select(TurnoutMark.route)).all() == ["official-sign-in"]


def test_the_question_is_protected_in_every_way_that_the_protocol_knows(pages, path, official):
    official.sign_in(to_provider(pages, path))
    [asked] = official.asked
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/official-sign-in/return"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 20 and len(asked["nonce"]) >= 20
    assert asked["scope"] == "openid"


def test_somebody_who_is_not_on_the_list_is_shown_the_way_and_uses_nothing_up(
    session, pages, path, official
):
    official.says = {"sub": "Z99"}
    page = pages.get(back(official.sign_in(to_provider(pages, path))), 404).text
    assert "You are not on the list of voters" in page
    assert "/not-on-the-list" in page
    assert session.scalars(select(TurnoutMark)).all() == []
    pages.get(f"{path}/ballot", 303)


@pytest.mark.parametrize(
    "says",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"nonce": "of another sign-in"},
        {"exp": 1_700_000_000},
        {"sub": ""},
        {"sub": True},
        {"sub": ["A17"]},
    ],
)
def test_a_token_that_is_not_meant_for_us_opens_nothing(pages, path, official, says):
    official.says |= says
    page = pages.get(back(official.sign_in(to_provider(pages, path))), 502).text
    assert "Nothing was used up" in page
    pages.get(f"{path}/ballot", 303)


def test_a_token_with_a_strange_signature_opens_nothing(pages, path, official):
    official.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    pages.get(back(official.sign_in(to_provider(pages, path))), 502)


def test_a_token_without_a_signature_opens_nothing(pages, path, official):
    official.algorithm = "none"
    pages.get(back(official.sign_in(to_provider(pages, path))), 502)


def test_a_token_signed_with_the_public_key_as_a_secret_opens_nothing(pages, path, official):
    official.algorithm = "HS256"
    pages.get(back(official.sign_in(to_provider(pages, path))), 502)


def test_an_answer_to_the_question_of_another_browser_opens_nothing(pages, browse, path, official):
    stolen = back(official.sign_in(to_provider(pages, path)))
    stranger = browse()
    stranger.get(stolen, 409)
    to_provider(stranger, path)
    stranger.get(stolen, 409)


def test_an_answer_works_once(pages, path, official):
    answer = back(official.sign_in(to_provider(pages, path)))
    pages.get(answer, 303)
    pages.get(answer, 409)


def test_somebody_who_thinks_better_of_it_can_try_again(pages, path, official):
    asked = to_provider(pages, path)
    state = asked.partition("state=")[2].partition("&")[0]
    pages.get(f"/official-sign-in/return?error=access_denied&state={state}", 502)
    pages.get(back(official.sign_in(to_provider(pages, path))), 303)


def test_a_provider_that_is_down_is_a_page_and_not_a_fault(pages, path, official):
    official.down = True
    page = pages.get(f"{path}/official/go", 502).text
    assert "try again, or take another way" in page
    official.down = False
    pages.get(back(official.sign_in(to_provider(pages, path))), 303)


def test_a_provider_that_calls_itself_otherwise_is_not_believed(pages, path, official):
    ours, official.issuer = official.issuer, "http://127.0.0.1:1"
    pages.get(f"{path}/official/go", 502)
    official.issuer = ours
    pages.get(back(official.sign_in(to_provider(pages, path))), 303)


def test_the_shared_computer_is_remembered_over_the_way(pages, path, official):
    pages.get(back(official.sign_in(to_provider(pages, path, shared=1))), 303)
    with pages.client.session_transaction() as cookie:
        assert cookie["shared"] is True


def test_the_register_number_stays_out_of_the_cookie_and_the_database(
    session, pages, path, official
):
    pages.get(back(official.sign_in(to_provider(pages, path))), 303)
    with pages.client.session_transaction() as cookie:
        assert "A17" not in str(dict(cookie))


def test_a_round_without_this_route_does_not_take_it(session, pages, official):
    other = make.round_(session, Phase.VOTING, projects={"x": ("town", 1_00)})
    pages.get(f"/rounds/{other.slug}/vote/official", 404)
    pages.get(f"/rounds/{other.slug}/vote/official/go", 404)


def test_after_the_close_the_way_back_opens_nothing(pages, path, official, clock, round):
    answer = back(official.sign_in(to_provider(pages, path)))
    clock.now = round.dates[-1].closes_at
    pages.get(answer, 409)


def test_a_provider_without_encryption_keeps_the_application_from_starting(app, tmp_path):
    settings = Settings(
        DATABASE_URL=f"sqlite:///{tmp_path / 'x.sqlite'}",
        DATA_DIR=tmp_path,
        SECRET_KEY="x",
        OIDC_ISSUER="http://id.example.org",
    )
    with pytest.raises(RuntimeError, match="https"):
        create_app(settings)
    create_app(replace(settings, OIDC_ISSUER="https://id.example.org"))
