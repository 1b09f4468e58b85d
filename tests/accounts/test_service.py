"""Accounts and passwords."""

import pytest

from pb.accounts import passwords, queries, service
from pb.errors import Invalid, Refused
from tests.conftest import NOW

GOOD = "four long words here"


def register(session, email="Ana@Example.org", password=GOOD):
    return service.register(session, email=email, name="Ana", password=password, at=NOW)


def test_an_address_is_one_account_however_it_is_written(session):
    register(session)

    with pytest.raises(Refused, match="already an account"):
        register(session, email=" ana@example.ORG ")


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaa", "password12345", "1234567890123"]
)
def test_a_weak_password_is_refused(session, password):
    with pytest.raises(Invalid):
        register(session, password=password)


def test_the_password_is_stored_as_argon2id(session):
    account = register(session)

    assert account.password_hash.startswith("$argon2id$")
    assert GOOD not in account.password_hash


def test_only_the_right_password_opens_the_account(session):
    account = register(session)

    assert service.authenticate(session, "ana@example.org", GOOD) is account
    assert service.authenticate(session, "ana@example.org", GOOD + "!") is None
    assert service.authenticate(session, "nobody@example.org", GOOD) is None


def test_a_disabled_account_stays_shut(session):
    account = register(session)
    account.disabled_at = NOW

    assert service.authenticate(session, account.email, GOOD) is None
    assert queries.find_by_session(session, account.get_id()) is None


def test_an_account_without_a_password_cannot_sign_in(session):
    register(session, password=None)

    assert service.authenticate(session, "ana@example.org", "") is None
    assert not passwords.verify("nobody has this password", None)


def test_signing_out_everywhere_makes_old_cookies_worthless(session):
    account = register(session)
    cookie = account.get_id()
    assert queries.find_by_session(session, cookie) is account

    service.sign_out_everywhere(session, account)

    assert queries.find_by_session(session, cookie) is None


@pytest.mark.parametrize("cookie", ["", "x", "1", "1.", ".key", "999999.key", "1.wrong"])
def test_a_made_up_cookie_is_nobody(session, cookie):
    register(session)
    assert queries.find_by_session(session, cookie) is None
