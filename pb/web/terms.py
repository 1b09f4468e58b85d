"""Texts of a round with the words of its glossary explained where they stand."""

from functools import lru_cache
from itertools import count

from flask import Flask, g, url_for
from markupsafe import Markup, escape

from pb import db
from pb.purpose.documents import queries
from pb.purpose.documents.glossing import Words, gloss, term_id
from pb.purpose.documents.models import Kind
from pb.web import filters, guard


def markdown(text: str) -> Markup:
    """Safe HTML from the Markdown that people wrote, with words of the glossary explained."""
    return glossed(filters.markdown(text))


def glossed(text: str | Markup) -> Markup:
    """A text with words of the round's glossary explained; plain text is escaped."""
    html, words = escape(text or ""), _words()
    if words is None:
        return html
    address = url_for("community.documents.show", round=g.round, document=Kind.GLOSSARY)
    if "meanings" not in g:
        g.meanings = count(1)
    return Markup(gloss(str(html), words, address, g.meanings))  # noqa: S704 (safe before, and links of ours)


def _words() -> Words | None:
    """The glossary in force: one statement for each page, whatever it shows."""
    if g.get("round") is None:
        return None
    if "glossary" not in g:
        version = queries.in_force_id(db.session(), g.round, Kind.GLOSSARY, guard.now())
        g.glossary = version and _read(str(db.session().get_bind().url), version)
    return g.glossary


# What was adopted cannot change, so its words are read once in the life of the process.
@lru_cache(maxsize=256)
def _read(database: str, version_id: int) -> Words:
    found = queries.clauses(db.session(), version_id)
    return Words([(clause.heading, clause.text) for clause in found])


def init_app(app: Flask) -> None:
    """Give the templates the filters; `markdown` explains words wherever there is a round."""
    app.jinja_env.filters.update(markdown=markdown, glossed=glossed, term_id=term_id)
