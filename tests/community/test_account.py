"""Signing in, signing out and making an account, by HTTP."""

import pytest

from pb.accounts import queries, service
from tests.conftest import NOW

PASSWORD = "four long words here"


@pytest.fixture
def ana(session):
    account = service.register(
        session, email="ana@example.org", name="Ana", password=PASSWORD, at=NOW
    )
    session.commit()
    return account


def credentials(password=PASSWORD):
    return {"email": " ANA@example.org ", "password": password}


def test_a_resident_signs_in_and_out(pages, ana):
    assert pages.post("/account/sign-in", credentials()).location == "/"
    assert "Sign out" in pages.get("/").text

    pages.post("/account/sign-out")

    assert "Sign out" not in pages.get("/").text


def test_a_wrong_password_keeps_the_address_and_says_nothing_about_the_account(pages, ana):
    wrong = pages.post("/account/sign-in", credentials("something else!"), 422).text
    unknown = pages.post(
        "/account/sign-in", {"email": "x@example.org", "password": "something else!"}, 422
    ).text

    sentence = "The e-mail address or the password is not right."
    assert sentence in wrong and sentence in unknown
    assert "ANA@example.org" in wrong
    assert "something else!" not in wrong


def test_who_has_to_sign_in_comes_back_to_the_page_and_never_to_a_form_that_is_gone(pages):
    asked = pages.get("/commission/?page=2", 303).location
    assert asked == "/account/sign-in?next=/commission/?page%3D2"
    assert pages.post("/commission/rounds/new", {}).location == "/account/sign-in"


def test_guessing_is_slowed_down_but_nobody_is_locked_out(pages, ana, clock):
    for _ in range(8):
        pages.post("/account/sign-in", credentials("something else!"), 422)

    refused = pages.post("/account/sign-in", credentials(), 429)
    assert int(refused.headers["Retry-After"]) > 0

    clock.now = clock.now.replace(hour=13)
    pages.post("/account/sign-in", credentials())


def test_somebody_who_guesses_far_away_does_not_keep_the_owner_out(pages, ana):
    for _ in range(8):
        pages.post("/account/sign-in", credentials("something else!"), 422)

    pages.post("/account/sign-in", credentials(), environ_base={"REMOTE_ADDR": "198.51.100.7"})


def test_a_net_that_guesses_at_many_accounts_is_slowed_down(pages, ana, clock):
    for n in range(20):
        guess = {"email": f"person{n}@example.org", "password": "something else!"}
        pages.post("/account/sign-in", guess, 422)
    pages.post("/account/sign-in", credentials(), 429)

    clock.now = clock.now.replace(minute=1)
    pages.post("/account/sign-in", credentials())


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", ""]
)
def test_nobody_is_sent_elsewhere_after_signing_in(pages, ana, target):
    response = pages.post(f"/account/sign-in?next={target}", credentials())

    assert response.location == "/"


def test_the_way_back_leads_to_where_somebody_wanted_to_go(pages, ana):
    response = pages.post("/account/sign-in?next=/help/privacy", credentials())

    assert response.location == "/help/privacy"


def test_a_new_account_is_signed_in(pages, session):
    form = {"name": "Ben", "email": "ben@example.org", "password": PASSWORD}
    pages.post("/account/new", form)

    assert "Sign out" in pages.get("/").text
    assert queries.find_by_email(session, "ben@example.org").may_open_rounds is False


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter a name."),
        ("name", "x" * 61, "Use at most 60 characters."),
        ("email", "nonsense", "Enter an e-mail address"),
        ("password", "short", "Use at least 12 characters."),
        ("email", "ana@example.org", "There is already an account"),
    ],
)
def test_a_faulty_account_is_explained_and_nothing_typed_is_lost(
    pages, ana, field, value, sentence
):
    form = {"name": "Ben", "email": "ben@example.org", "password": PASSWORD} | {field: value}
    page = pages.post("/account/new", form, 422).text

    assert sentence in page
    if field != "email":
        assert "ben@example.org" in page


def test_signing_in_starts_a_session_of_its_own(pages, ana):
    with pages.client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["voter"] = {"1": 2}
    pages.post("/account/sign-in", credentials())

    with pages.client.session_transaction() as session:
        assert "planted" not in session
        assert session["voter"] == {"1": 2}


def test_the_cookie_is_out_of_reach_of_scripts(pages, ana):
    response = pages.post("/account/sign-in", credentials())

    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
