"""Somebody whose visit ended while they chose: the code is asked for again, and nothing is lost."""

import re
from typing import Any

from flask import redirect, render_template, request, session, url_for

from pb.community import voter
from pb.community.ballot_forms import EnterForm
from pb.community.filled import MOST_PICKS
from pb.policy import Permission, open_in
from pb.rounds.models import Round
from pb.web import guard, kiosk

CHOICE = re.compile(r"project|(?:points|rank)-\d{1,9}", re.ASCII)
LONGEST = 20  # characters of one field, as the ballot reads them


def carried() -> list[tuple[str, str]]:
    """The choices that came with this form; none where the next one may be a stranger."""
    if kiosk.current() is not None or session.get("shared"):
        return []
    found = (
        (name, text[:LONGEST])
        for name, text in request.form.items(multi=True)
        if CHOICE.fullmatch(name) and text.strip()
    )
    return [field for _, field in zip(range(MOST_PICKS), found, strict=False)]


def ask(round: Round) -> Any:
    """The field for the code with the choices of the form behind it, or just the field.

    A form of another site could bring choices that nobody here made, so they stay outside. Who
    wants to leave has left, also where the visit had ended.
    """
    if request.endpoint == "community.ballots.leave":
        voter.close_session()
    choices = carried() if request.method == "POST" and _from_here() else []
    if not choices or not open_in(Permission.BALLOT_CAST, guard.phase()):
        return redirect(url_for("community.ballots.enter", round=round), 303)
    page = render_template(
        "community/ballots/enter.html",
        form=EnterForm(),
        entry=None,
        carried=choices,
        ended=True,
        here=guard.voter_entry(round),
    )
    return page, 403


def _from_here() -> bool:
    """Whether the form was sent from a page of this site, as the browser tells."""
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told == "same-origin"
    sent_from = request.origin or request.referrer or ""
    return f"{sent_from.rstrip('/')}/".startswith(request.host_url)
