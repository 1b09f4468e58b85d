"""What a session holds comes back from its cookie."""

import pytest
from flask import flash, get_flashed_messages, session

from pb.web.guard import public

pytestmark = pytest.mark.own_app
HELD = {"voter": {"7": 12}, "shared": False, "receipt": ["AB-12", None, 3], "name": "Zoë <b>"}


def test_what_a_session_holds_comes_back_with_the_next_request(app):
    @public
    def fill():
        session.update(HELD)
        flash("Saved.", "success")
        return "filled"

    @public
    def tell():
        assert {name: session[name] for name in HELD} == HELD
        [(category, text)] = get_flashed_messages(with_categories=True)
        return f"{category}: {text}"

    app.add_url_rule("/fill", "fill", fill)
    app.add_url_rule("/tell", "tell", tell)
    browser = app.test_client()
    browser.get("/fill")
    assert browser.get("/tell").text == "success: Saved."


def test_a_cookie_signed_by_somebody_else_holds_nothing(app):
    @public
    def tell():
        return str(dict(session))

    app.add_url_rule("/tell", "tell", tell)
    browser = app.test_client()
    with browser.session_transaction() as mine:
        mine["voter"] = {"7": 12}
    assert "voter" in browser.get("/tell").text
    value = browser.get_cookie("pb").value
    browser.set_cookie("pb", value[:-3] + ("aaa" if value[-3:] != "aaa" else "bbb"))
    assert browser.get("/tell").text == "{}"


def test_a_long_session_is_compressed_and_comes_back(app):
    """A browser keeps no cookie of more than 4,096 bytes."""

    @public
    def tell():
        return session.get("typed", "nothing")

    app.add_url_rule("/tell", "tell", tell)
    browser, typed = app.test_client(), "a tap for drinking water " * 200
    with browser.session_transaction() as mine:
        mine["typed"] = typed
    assert len(browser.get_cookie("pb").value) < 1_000
    assert browser.get("/tell").text == typed
