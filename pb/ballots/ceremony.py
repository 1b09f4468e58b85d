"""The key of a ballot box: made, printed on three sheets, tested, and used once, at the count.

The private key exists only for the length of a request. What the server keeps is the box key, which
closes envelopes and opens none.
"""

from collections.abc import Sequence
from datetime import datetime

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb import audit
from pb.accounts.models import Account
from pb.ballots import envelope, shares
from pb.ballots.envelope import Opener
from pb.ballots.models import WaitingSheet
from pb.errors import Invalid, PhaseClosed, Refused
from pb.keys import KeyRing, Purpose
from pb.proposals.ballot import hold_ballot
from pb.rounds import calendar, people, queries
from pb.rounds.changes import log
from pb.rounds.models import ActKind, Phase, Role, Round, Side

TEST = b"A test envelope"


def choose(session: Session, round: Round, encrypted: bool, *, by: Account, at: datetime) -> None:
    """Say whether ballots lie in closed envelopes; a key that was made before is forgotten."""
    hold_ballot(session, round)
    if encrypted == round.encrypted:
        return
    changes = {"encrypted": (round.encrypted, encrypted)}
    round.encrypted, round.box_key, round.box_key_tested_at = encrypted, None, None
    session.flush()
    log(session, round, "round.secrecy", changes, by=by, at=at)


def make_key(session: Session, round: Round, *, by: Account, at: datetime) -> tuple[str, ...]:
    """Make the key of the box; returns the words of its three sheets, which nobody keeps here.

    An earlier key and its sheets are worth nothing afterwards.
    """
    hold_ballot(session, round)
    if not round.encrypted:
        raise Refused("The ballots of this round lie in no envelopes. They need no key.")
    private_key = envelope.new_key()
    round.box_key, round.box_key_tested_at = envelope.box_key(private_key), None
    session.flush()
    _record(session, round, "key.make", {"box_key": round.box_key.hex()}, by, at)
    return shares.split(private_key)


def test_key(
    session: Session, round: Round, sheets: Sequence[str], *, by: Account, at: datetime
) -> None:
    """Open a test envelope with two typed sheets; the ballot can be frozen after that.

    Raises Invalid for sheets that are misspelt or do not belong together.
    """
    hold_ballot(session, round)
    if round.box_key is None:
        raise Refused("There is no key to test yet.")
    read = [shares.read(words) for words in sheets]
    opener = Opener(shares.join(read), round.box_key)
    if opener.open(envelope.close(round.box_key, TEST)) != TEST:
        raise Refused("The test envelope could not be opened. Make a new key.")
    round.box_key_tested_at = at
    session.flush()
    body = {"box_key": round.box_key.hex(), "sheets": sorted(map(shares.number, read))}
    _record(session, round, "key.test", body, by, at)


def missing(round: Round) -> str | None:
    """What the key still lacks before the ballot can be frozen, in a sentence; None if nothing."""
    if not round.encrypted or round.box_key_tested_at is not None:
        return None
    if round.box_key is None:
        return "The ballot box has no key yet. Make it on the page “Key”, with all three holders."
    return "The key was not tested yet. Type two of its sheets on the page “Key”."


def hand_in(
    session: Session, round: Round, words: str, *, by: Account, at: datetime, keys: KeyRing
) -> None:
    """Let one sheet wait, hidden, until somebody else types the second and confirms the count.

    Raises Invalid for a misspelt sheet; refused while another waits, and before the count.
    """
    if not people.roles_at(session, round, by, at) & {Role.COMMISSIONER, Role.AUDITOR}:
        raise Refused("A commissioner or an auditor hands in a key sheet here.")
    require_openable(round, at)
    if queries.open_act(session, round, ActKind.COUNT) is None:
        raise Refused("Nobody has asked for the count yet. A sheet waits only for that.")
    if waiting(session, round, keys) is not None:
        raise Refused("A key sheet waits already. The second is typed by who confirms the count.")
    sheet = shares.read(words)
    box = SecretBox(keys.key(round.id, Purpose.SHEET))
    row = WaitingSheet(
        round_id=round.id,
        number=shares.number(sheet),
        words=bytes(box.encrypt(sheet.mnemonic().encode())),
        handed_by=by.id,
        handed_side=Side.COMMISSION,
        handed_at=at,
    )
    session.merge(row)  # one that cannot be read any more is replaced
    session.flush()
    _record(session, round, "key.hand-in", {"sheet": row.number}, by, at)


def waiting(session: Session, round: Round, keys: KeyRing) -> WaitingSheet | None:
    """The sheet that waits for the second one, if there is one and it can be read."""
    row = session.scalars(select(WaitingSheet).where(WaitingSheet.round_id == round.id)).first()
    return row if row is not None and _words(row, keys) is not None else None


def take_back(session: Session, round: Round, keys: KeyRing) -> bool:
    """Forget the sheet that waits; whether there was one."""
    row = session.get(WaitingSheet, round.id)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    keys.discard(round.id, Purpose.SHEET)
    return True


def opener(session: Session, round: Round, sheets: Sequence[str], keys: KeyRing) -> Opener:
    """What opens the envelopes: the typed sheets, with the one that waits if only one was typed.

    Raises Invalid for sheets that are misspelt or do not belong together.
    """
    typed = [words for words in sheets if words.strip()]
    waits = waiting(session, round, keys)
    if len(typed) < shares.NEEDED and waits is not None:
        typed.append(_words(waits, keys) or "")
    if len(typed) < shares.NEEDED:
        raise Invalid("Two different key sheets are needed to open the box.")
    return Opener(shares.join([shares.read(words) for words in typed]), round.box_key)


def require_openable(round: Round, at: datetime) -> None:
    """Refuse unless the box lies closed and no ballot can come any more."""
    if round.sealed_at is not None:
        raise Refused("The ballot box is sealed already.")
    calendar.require(round, at, Phase.COUNTING)
    if at < calendar.counting_from(round):
        shown = calendar.counting_from(round).astimezone(round.zone)
        raise PhaseClosed(
            "Ballots that were begun before the close may still come in. "
            f"Come back after {shown:%H:%M}."
        )
    if not round.encrypted:
        raise Refused("The ballots of this round lie in no envelopes. No key sheet is needed.")


def _words(row: WaitingSheet, keys: KeyRing) -> str | None:
    """The words of a waiting sheet; None once the key that hides them is gone."""
    try:
        return SecretBox(keys.key(row.round_id, Purpose.SHEET)).decrypt(row.words).decode()
    except (CryptoError, FileNotFoundError):
        return None


def _record(
    session: Session, round: Round, kind: str, body: dict, by: Account, at: datetime
) -> None:
    audit.record(
        session,
        chain=round.id,
        kind=kind,
        at=at,
        actor=by.id,
        side=Side.COMMISSION,
        body=body,
    )
