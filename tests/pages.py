"""A browser without JavaScript, and what every page promises."""

import re
from html.parser import HTMLParser

from flask import Flask
from werkzeug.test import TestResponse

from pb.accounts.models import Account
from pb.web.headers import HEADERS


class Page(HTMLParser):
    """What the tests look at: headings, title, fields, labels, links and forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.title = ""
        self.fields: list[dict[str, str | None]] = []
        self.labels: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.styles = 0
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self._open.append(tag)
        if tag == "h1":
            self.headings.append("")
        if tag in ("input", "select", "textarea") and found.get("type") not in ("hidden", "submit"):
            self.fields.append(found)
        if tag == "label" and found.get("for"):
            self.labels.add(found["for"])
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if found.get("id"):
            self.ids.append(found["id"])
        if "style" in found or tag == "style":
            self.styles += 1

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        if "h1" in self._open and self.headings:
            self.headings[-1] += data
        if self._open[-1:] == ["title"]:
            self.title += data


class Pages:
    """A visitor; `get` and `post` check the promises of every page they bring."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.app = app

    def sign_in(self, account: Account) -> None:
        """Be this person from now on."""
        with self.client.session_transaction() as session:
            session["_user_id"] = account.get_id()
            session["_fresh"] = True

    def get(self, path: str, status: int = 200, **kwargs) -> TestResponse:
        """Open a page."""
        response = self.client.get(path, **kwargs)
        return self._checked(response, status)

    def post(
        self, path: str, data: dict | None = None, status: int = 303, **kwargs
    ) -> TestResponse:
        """Send a form with its token."""
        response = self.client.post(
            path, data={"csrf_token": self.token(), **(data or {})}, **kwargs
        )
        return self._checked(response, status)

    def token(self) -> str:
        """The token that the forms of this visitor carry."""
        response = self.client.get("/account/sign-in")
        return re.search(r'name="csrf_token" value="([^"]+)"', response.text).group(1)

    def _checked(self, response: TestResponse, status: int) -> TestResponse:
        assert response.status_code == status, (response.status_code, _gist(response))
        for name, value in HEADERS.items():
            assert response.headers[name] == value
        if response.mimetype == "text/html" and response.status_code != 303:
            check(response.text)
        return response


def check(html: str) -> Page:
    """What every page promises; returns the page for more questions."""
    page = Page(html)
    assert len(page.headings) == 1, f"one h1, not {page.headings}"
    assert page.title.strip(), "a title"
    assert page.styles == 0, "no style in the page: the security policy forbids it"
    assert len(page.ids) == len(set(page.ids)), f"an id twice: {sorted(page.ids)}"
    for field in page.fields:
        named = (
            field.get("id") in page.labels or "aria-label" in field or "aria-labelledby" in field
        )
        assert named, f"a field without a label: {field}"
    return page


def _gist(response: TestResponse) -> str:
    text = re.sub(r"<[^>]+>", " ", response.text)
    return re.sub(r"\s+", " ", text)[:1500]
