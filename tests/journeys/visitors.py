"""People at the screen: they read labels, fill in fields and press buttons.

One tells the same story to the application directly, as a browser without scripts would; the other
through Chromium. Neither knows a field name or an address that is not on the page.
"""

import io
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.pages import check

UNSENT = {"submit", "button", "image", "reset", "file"}


class PlainVisitor:
    """A browser without scripts and without a window."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.typed: dict[int, Any] = {}

    def open(self, path: str, status: int = 200) -> None:
        """Go to an address, following redirections."""
        self._take(self.client.get(path, follow_redirects=True), status)

    def _take(self, response, status: int = 200) -> None:
        self.path, self.typed = response.request.path, defaultdict(dict)
        self.bytes = response.data
        response.close()
        if response.mimetype == "text/html":
            self.page = BeautifulSoup(self.bytes, "html.parser")
            check(self.bytes.decode())
        assert response.status_code == status, (response.status_code, self.text[:1500])

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return " ".join(self.page.body.get_text(" ").split())

    def follow(self, link: str) -> None:
        """Follow the link with this text."""
        found = [a for a in self.page.find_all("a", href=True) if _text(a) == link]
        assert found, f"no link “{link}” on {self.path}: {self.text[:1500]}"
        self.open(found[0]["href"])

    def fill(self, label: str, value: str, within: str | None = None) -> None:
        """Type into the field with this label, or choose from its list."""
        field = self._field(label, within)
        if field.name == "select":
            options = {_text(option): option.get("value", "") for option in field("option")}
            value = options.get(value, value)
            assert value in options.values(), f"{value} is not offered: {options}"
        self._form(field)[field["name"], field.get("id")] = value

    def choose(self, label: str, within: str | None = None, on: bool = True) -> None:
        """Tick the box, or pick the option, with this label."""
        field = self._field(label, within)
        assert field.get("type") in ("checkbox", "radio"), label
        form = self._form(field)
        if field["type"] == "radio":
            for other in [key for key in form if key[0] == field["name"]]:
                del form[other]
        form[field["name"], field.get("id")] = field.get("value", "on") if on else None

    def choose_project(self, title: str) -> None:
        """Tick the card of a project on the ballot."""
        label = next(one for one in self.page.find_all("label") if _text(one).startswith(title))
        self.choose(_text(label))

    def attach(self, label: str, name: str, content: bytes) -> None:
        """Choose a file."""
        field = self._field(label, None)
        self._form(field)[field["name"], field.get("id")] = (io.BytesIO(content), name)

    def press(self, button: str, status: int = 200) -> None:
        """Press the button with this text, and go where that leads."""
        found = [b for b in self.page.find_all("button") if _text(b) == button]
        assert found, f"no button “{button}” on {self.path}: {self.text[:1500]}"
        form = found[0].find_parent("form")
        data = self._filled(form)
        if found[0].get("name"):
            data.add(found[0]["name"], found[0].get("value", ""))
        target = found[0].get("formaction") or form["action"]
        if form.get("method") == "post":
            response = self.client.post(target, data=data, follow_redirects=True)
        else:
            response = self.client.get(target, query_string=data, follow_redirects=True)
        self._take(response, status)

    def _form(self, field: Tag) -> dict:
        return self.typed[id(field.find_parent("form"))]

    def _filled(self, form: Tag) -> MultiDict:
        """What a browser would send: what stands in the form, and what was typed over it."""
        typed = self.typed[id(form)]
        radios = {name for name, _ in typed if form.find("input", attrs={"name": name})}
        data = MultiDict()
        for field in form.find_all(["input", "select", "textarea"]):
            key = (field.get("name"), field.get("id"))
            if not key[0] or (field.get("type") in UNSENT and key not in typed):
                continue
            if key in typed:
                value = typed[key]
            elif field.get("type") == "radio" and key[0] in radios:
                value = None
            else:
                value = _standing(field)
            if value is not None:
                data.add(key[0], value)
        return data

    def _field(self, label: str, within: str | None) -> Tag:
        scope = self._scope(within)
        labels = [item for item in scope.find_all("label") if _text(item) == label]
        assert labels, f"no field “{label}” on {self.path}: {self.text[:1500]}"
        return self.page.find(id=labels[0]["for"])

    def _scope(self, within: str | None) -> Tag:
        if within is None:
            return self.page
        for heading in self.page.find_all(["legend", "h2", "h3"]):
            if _text(heading) == within:
                return heading.find_parent(["fieldset", "section"])
        raise AssertionError(f"nothing is called “{within}” on {self.path}: {self.text[:1500]}")


def _text(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def _standing(field: Tag) -> str | None:
    """The value that a field has before anybody touches it; None if it is not sent."""
    if field.name == "textarea":
        return field.get_text().removeprefix("\n")
    if field.name == "select":
        options = field("option")
        chosen = [option for option in options if option.has_attr("selected")] or options[:1]
        return chosen[0].get("value", _text(chosen[0])) if chosen else None
    if field.get("type") in ("checkbox", "radio"):
        return field.get("value", "on") if field.has_attr("checked") else None
    return field.get("value", "")


class WindowVisitor:
    """Somebody in front of Chromium."""

    def __init__(self, page) -> None:
        self.window = page

    @property
    def path(self) -> str:
        return urlsplit(self.window.url).path

    @property
    def text(self) -> str:
        return " ".join(self.window.inner_text("body").split())

    def open(self, path: str, status: int = 200) -> None:
        response = self.window.goto(path)
        assert response.status == status, (path, response.status, self.text[:1500])

    def follow(self, link: str) -> None:
        self.window.get_by_role("link", name=link, exact=True).first.click()

    def fill(self, label: str, value: str, within: str | None = None) -> None:
        field = self._scope(within).get_by_label(label, exact=True).first
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)

    def choose(self, label: str, within: str | None = None, on: bool = True) -> None:
        self._scope(within).get_by_label(label, exact=True).first.set_checked(on)

    def choose_project(self, title: str) -> None:
        self.window.get_by_role("checkbox", name=title).first.check()

    def attach(self, label: str, name: str, content: bytes) -> None:
        field = self.window.get_by_label(label, exact=True).first
        field.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})

    def press(self, button: str, status: int = 200) -> None:
        with self.window.expect_navigation() as navigation:
            self.window.get_by_role("button", name=button, exact=True).first.click()
        assert navigation.value.status == status, (navigation.value.status, self.text[:1500])

    def _scope(self, within: str | None):
        if within is None:
            return self.window
        for role in ("group", "region"):
            found = self.window.get_by_role(role, name=within, exact=True)
            if found.count():
                return found.first
        raise AssertionError(f"nothing is called “{within}” on {self.path}")
