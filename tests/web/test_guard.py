"""Every response is protected, and reading never writes."""

import pytest
import sqlalchemy as sa

from pb import db
from pb.accounts.models import Attempt
from pb.web.guard import public
from pb.web.headers import HEADERS


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/static/app.css", "/static/none.css", "/healthz", "/commission/"]
)
def test_every_answer_has_the_security_headers(app, path):
    with app.test_client().get(path) as response:
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


def test_the_policy_of_pages_allows_nothing_from_elsewhere():
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_pages_are_not_kept_by_caches_and_files_are(app):
    client = app.test_client()

    assert client.get("/").headers["Cache-Control"] == "no-store"
    with client.get("/static/app.css") as response:
        assert "max-age" in response.headers["Cache-Control"]


def test_who_came_encrypted_is_told_to_come_encrypted_always(app):
    client, name = app.test_client(), "Strict-Transport-Security"

    assert "max-age=31536000" in client.get("/", base_url="https://localhost").headers[name]
    assert name not in client.get("/").headers


def test_what_only_leads_on_has_no_page(app):
    answer = app.test_client().get("/commission/")
    assert (answer.status_code, answer.data) == (303, b"")
    assert answer.headers["Content-Length"] == "0"
    assert answer.headers["Location"].startswith("/account/sign-in")


@pytest.mark.own_app
def test_a_view_that_writes_on_get_fails(app):
    """The transaction of a GET request cannot write, whatever the view tries."""

    @public
    def writes():
        db.session().add(Attempt(purpose="test", subject="x", window=0, count=1))
        db.session().commit()
        return "written"

    app.add_url_rule("/writes", "writes", writes)
    app.testing = False

    response = app.test_client().get("/writes")

    assert response.status_code in (500, 503)
    with app.extensions["engine"].connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Attempt)) == 0


@pytest.mark.own_app
def test_an_unexpected_error_is_a_page_without_details(app):
    @public
    def breaks():
        raise ZeroDivisionError("secret detail")

    app.add_url_rule("/breaks", "breaks", breaks)
    app.testing = False

    response = app.test_client().get("/breaks")

    assert response.status_code == 500
    assert "We made a mistake" in response.text
    assert "secret detail" not in response.text


def test_a_form_without_its_token_is_refused_and_explained(app):
    response = app.test_client().post("/account/sign-in", data={"email": "a@b.c"})

    assert response.status_code == 400
    assert "open too long" in response.text
