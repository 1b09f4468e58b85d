"""A steward writes a draft, clause by clause, where everybody can read along."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.errors import Invalid, Refused
from pb.purpose.documents import queries, starters, texts
from pb.purpose.documents.models import Clause, ClauseComment, Kind, Version
from pb.purpose.documents.steps import hold, record, require_steward
from pb.purpose.documents.voting import settle
from pb.rounds.models import Round, Side


def begin(
    session: Session,
    round: Round,
    kind: Kind,
    *,
    by: Account,
    at: datetime,
    from_template: bool = False,
) -> Version:
    """Begin a draft: from the version in force, or from the open template, or empty.

    Refused while there is another draft, or a vote.
    """
    require_steward(session, round.id, by, at)
    session.refresh(round, with_for_update={"of": Round})  # two stewards begin one after the other
    open_one = queries.open_version(session, round, kind)
    if open_one is not None and open_one.voted_at(at):
        settle(session, open_one, at=at)
    elif open_one is not None:
        what = "a draft" if open_one.is_draft else "a vote on a new version"
        raise Refused(f"There is {what} of this document already.")
    base = queries.in_force(session, round, kind, at)
    version = _new(session, round, kind, by, at, base)
    if base is not None:
        _fill(session, version, ((clause.heading, clause.text) for clause in base.clauses))
    elif from_template:
        _fill(session, version, starters.STARTERS[kind])
    record(session, version, "document.draft", at, by)
    return version


def _new(
    session: Session, round: Round, kind: Kind, by: Account, at: datetime, base: Version | None
) -> Version:
    last = select(func.max(Version.number)).where(
        Version.round_id == round.id, Version.kind == kind
    )
    version = Version(
        round_id=round.id,
        kind=kind,
        number=(session.scalar(last) or 0) + 1,
        based_on_id=base.id if base else None,
        drafted_by=by.id,
        drafted_side=Side.COMMUNITY,
        drafted_at=at,
        revision=1,
    )
    session.add(version)
    session.flush()
    return version


def _fill(session: Session, version: Version, clauses: Iterable[tuple[str, str]]) -> None:
    session.add_all(
        Clause(version_id=version.id, number=number, heading=heading, text=text)
        for number, (heading, text) in enumerate(clauses, 1)
    )
    session.flush()
    session.refresh(version)


def add_clause(
    session: Session, version: Version, *, heading: str, text: str, by: Account, at: datetime
) -> Clause:
    """Put a clause at the end of a draft; raises Invalid for texts that do not fit."""
    _hold_draft(session, version, by, at)
    if len(version.clauses) >= texts.MOST_CLAUSES:
        raise Refused(f"One document has at most {texts.MOST_CLAUSES} clauses.")
    clause = Clause(
        version_id=version.id,
        number=max((one.number for one in version.clauses), default=0) + 1,
        **_fields(version, heading, text, None),
    )
    session.add(clause)
    return _changed(session, version, clause, "document.clause", by, at)


def revise_clause(
    session: Session,
    version: Version,
    clause: Clause,
    *,
    heading: str,
    text: str,
    by: Account,
    at: datetime,
    revision: int | None = None,
) -> Clause:
    """Change a clause of a draft; `revision` is the draft's that was on the screen.

    Raises Stale if somebody changed the draft in between.
    """
    _hold_draft(session, version, by, at, revision)
    for name, value in _fields(version, heading, text, clause).items():
        setattr(clause, name, value)
    return _changed(session, version, clause, "document.clause", by, at)


def remove_clause(
    session: Session, version: Version, clause: Clause, *, by: Account, at: datetime
) -> None:
    """Take a clause out of a draft; what people said about it stays readable."""
    _hold_draft(session, version, by, at)
    said = session.scalar(
        select(ClauseComment.id).where(ClauseComment.clause_id == clause.id).limit(1)
    )
    number = clause.id
    if said is None:
        session.delete(clause)
    else:
        clause.removed = True
    version.revision += 1
    session.flush()
    _renumber(session, version)
    record(session, version, "document.clause-out", at, by, clause=number)


def move_up(
    session: Session, version: Version, clause: Clause, *, by: Account, at: datetime
) -> None:
    """Put a clause of a draft before the one above it."""
    _hold_draft(session, version, by, at)
    order = list(version.clauses)
    place = order.index(clause)
    if place > 0:
        above = order[place - 1]
        above.number, clause.number = clause.number, above.number
        _changed(session, version, clause, "document.clause", by, at)


def withdraw(session: Session, version: Version, *, by: Account, at: datetime) -> None:
    """Throw a draft away; a version that people vote on stays."""
    _hold_draft(session, version, by, at)
    version.withdrawn_at = at
    session.flush()
    record(session, version, "document.withdraw", at, by)


def _hold_draft(
    session: Session, version: Version, by: Account, at: datetime, revision: int | None = None
) -> None:
    require_steward(session, version.round_id, by, at)
    hold(session, version, revision)
    require_draft(version)


def require_draft(version: Version) -> None:
    """Refuse a change of what is no draft any more."""
    if version.withdrawn_at is not None:
        raise Refused("This draft was thrown away.")
    if not version.is_draft:
        raise Refused("The vote on this version has opened. Its text cannot change any more.")


def _fields(version: Version, heading: str, text: str, clause: Clause | None) -> dict[str, str]:
    term = version.kind is Kind.GLOSSARY
    missing = "Enter the word." if term else "Give the clause a heading."
    fields = {
        "heading": texts.fitting(heading, texts.HEADING, missing),
        "text": texts.fitting(
            text, texts.TEXT, "Say what it means." if term else "Write what the clause says."
        ),
    }
    same = (one for one in version.clauses if one is not clause)
    if any(one.heading.casefold() == fields["heading"].casefold() for one in same):
        what = "This word is in the glossary already." if term else "Another clause is called so."
        raise Invalid(what)
    return fields


def _changed(
    session: Session, version: Version, clause: Clause, kind: str, by: Account, at: datetime
) -> Clause:
    version.revision += 1
    session.flush()
    session.expire(version, ["clauses"])
    record(session, version, kind, at, by, clause=clause.id)
    return clause


def _renumber(session: Session, version: Version) -> None:
    session.expire(version, ["clauses", "all_clauses"])
    for number, clause in enumerate(version.clauses, 1):
        clause.number = number
    session.flush()
