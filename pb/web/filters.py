"""How pages write money, times and texts."""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import nh3
from babel.dates import format_date, format_datetime
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_currency_symbol,
)
from flask import Flask, g, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup

from pb.web import guard

LOCALE = "en_GB"
MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
TAGS = {"p", "strong", "em", "ul", "ol", "li", "a", "blockquote", "h2", "h3", "h4", "br", "code"}


def money(amount: int | Fraction, currency: str | None = None) -> str:
    """An amount in minor units as people write it; cents only where there are any."""
    return _written(amount, currency or g.round.currency)


# A ballot shows a hundred amounts, and shows the same ones to every voter.
@lru_cache(maxsize=8192)
def _written(amount: int | Fraction, currency: str) -> str:
    places = get_currency_precision(currency)
    value = Decimal(round(amount)) / 10**places
    symbol = get_currency_symbol(currency, locale=LOCALE)
    gap = "\xa0" if symbol[-1].isalpha() else ""
    digits = f"#,##0.{'0' * places}" if value % 1 else "#,##0"
    return format_currency(value, currency, f"¤{gap}{digits}", locale=LOCALE, currency_digits=False)


def number(value: int | Fraction) -> str:
    """A whole number with thousands, or a fraction with two places."""
    return format_decimal(Decimal(value.numerator) / value.denominator, "#,##0.##", locale=LOCALE)


def percent(part: int, whole: int) -> str:
    """A share with one decimal; a dash where there is nothing to share."""
    return format_percent(part / whole, "0.0%", locale=LOCALE) if whole else "–"


def _local(at: datetime) -> datetime:
    zone = g.round.zone if g.get("round") else ZoneInfo("UTC")
    return at.astimezone(zone)


def moment(at: datetime) -> Markup:
    """A day and time in the round's zone, for people and for machines."""
    text = format_datetime(_local(at), "d MMMM y, HH:mm", locale=LOCALE)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), text)


def day(at: datetime | date) -> Markup:
    """A day; of a moment, the day in the round's zone."""
    shown = _local(at) if isinstance(at, datetime) else at
    text = format_date(shown, "d MMMM y", locale=LOCALE)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), text)


def markdown(text: str) -> Markup:
    """Safe HTML from the Markdown that people wrote."""
    html = nh3.clean(
        MARKDOWN.render(text or ""),
        tags=TAGS,
        attributes={"a": {"href"}},
        link_rel="nofollow noopener ugc",
        url_schemes={"http", "https", "mailto"},
    )
    return Markup(html)  # noqa: S704 (cleaned one line above)


@cache
def _fingerprint(path: Path, changed: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def init_app(app: Flask) -> None:
    """Give the templates their filters and questions."""

    def asset(name: str) -> str:
        """The address of a file of the site; a new address whenever it changes."""
        path = Path(app.static_folder) / name
        return url_for("static", filename=name, v=_fingerprint(path, path.stat().st_mtime))

    app.jinja_env.filters.update(
        money=money, number=number, moment=moment, day=day, markdown=markdown
    )
    app.jinja_env.globals.update(
        asset=asset, percent=percent, allows=guard.allows, now=guard.now, phase=guard.phase
    )
