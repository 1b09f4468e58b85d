"""The day of the result as an entry for a calendar (iCalendar, RFC 5545)."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, url_for

from pb.errors import NotFound
from pb.policy import Permission
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("calendar_entry", __name__)
LINE = 73  # bytes; a longer line goes on in the next one


@bp.get("/rounds/<round:round>/result-day.ics")
@requires(Permission.ROUND_READ)
def result_day(round: Round):
    """The day on which the result is expected."""
    span = calendar.span(round, Phase.RESULTS)
    if span is None:
        raise NotFound("The day of the result is not fixed yet.")
    base = current_app.config["BASE_URL"]
    address = f"{base}{url_for('community.rounds.show', round=round)}"
    text = entry(
        uid=f"result-{round.id}@{base.partition('://')[2] or 'pb'}",
        title=f"Result of “{round.name}”",
        address=address,
        day=span.opens_at.astimezone(round.zone),
        at=guard.now(),
    )
    headers = {"Content-Disposition": f'attachment; filename="{round.slug}-result.ics"'}
    return Response(text, content_type="text/calendar; charset=utf-8", headers=headers)


def entry(*, uid: str, title: str, address: str, day: datetime, at: datetime) -> str:
    """A whole day in a calendar; `at` (UTC) is when the entry was made."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//pb//participatory budget//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(title)}",
        f"DESCRIPTION:{_escaped(address)}",
        f"URL:{address}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.splitlines())


def _folded(line: str) -> str:
    """A line in pieces that are short enough; no letter is cut in two."""
    pieces, piece = [], ""
    for letter in line:
        if len(f"{piece}{letter}".encode()) > LINE:
            pieces.append(piece)
            piece = ""
        piece += letter
    return "\r\n ".join([*pieces, piece])
