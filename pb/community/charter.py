"""The charter at the door of every form: who writes for the first time accepts it once.

A page that takes a text prints `charter_box(charter_asked(round))` inside its form
(`templates/components/charter.html`), and its view calls `require(round)` before it stores
anything, where a `Refused` shows the form again.
"""

from dataclasses import dataclass

from flask import request

from pb import db
from pb.errors import Refused
from pb.purpose.documents import queries, service
from pb.purpose.documents.models import Kind, Version
from pb.rounds.models import Round
from pb.web import guard


class NotAccepted(Refused):
    """The charter in force was not accepted yet."""

    status = 422


@dataclass(frozen=True)
class Asked:
    """The version to accept, and whether the box was ticked in the form that came back."""

    version: Version
    ticked: bool


def needs_acceptance(round: Round) -> Version | None:
    """The charter in force, unless this person has accepted it; None where there is none."""
    account = guard.viewer().account
    if account is None:
        return None
    current = queries.in_force(db.session(), round, Kind.CHARTER, guard.now())
    if current is None or queries.has_accepted(db.session(), current, account.id):
        return None
    return current


def asked(round: Round) -> Asked | None:
    """What the box at a form has to ask, if anything."""
    version = needs_acceptance(round)
    return version and Asked(version, request.form.get("charter") == str(version.id))


def require(round: Round) -> None:
    """Accept the charter where its box came ticked with the form; else raise NotAccepted.

    Does nothing where there is no charter, or this person has accepted it.
    """
    found = asked(round)
    if found is None:
        return
    if not found.ticked:
        raise NotAccepted("Tick that you accept the charter of this round, then send it again.")
    service.accept(db.session(), round, guard.me(), found.version, at=guard.now())
