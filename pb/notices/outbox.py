"""The outbox: mail is stored with the thing it tells, and posted afterwards.

A mail server that is down delays messages and loses none; a page never waits for it.
"""

import logging
import re
import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pb.db import upsert
from pb.notices.models import Message

LOG = logging.getLogger(__name__)
# What mail can go to: rarer spellings, in quotes or brackets, are not for people.
NAME = r"[^@\s\[\]<>()\",;:\\]+"
ADDRESS = re.compile(rf"{NAME}@{NAME}\.{NAME}")
# How long to wait after each failure; after the last one the message is given up.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
TAKEN = timedelta(minutes=5)  # a worker that dies while it sends holds a message so long
SMTP_TIMEOUT = 20


class Post(Protocol):
    """A way to send mail."""

    def send(self, mail: EmailMessage) -> None:
        """Send, or raise OSError (smtplib's errors are such)."""


class Smtp:
    """A mail server, as `smtp://user:password@host:587` (STARTTLS if offered) or `smtps:`."""

    def __init__(self, address: str) -> None:
        self.address = urlsplit(address)

    def send(self, mail: EmailMessage) -> None:
        """Send one mail in a connection of its own."""
        there = self.address
        safe = there.scheme == "smtps"
        kind = smtplib.SMTP_SSL if safe else smtplib.SMTP
        port = there.port or (465 if safe else 25)
        with kind(there.hostname or "localhost", port, timeout=SMTP_TIMEOUT) as server:
            server.ehlo()
            if not safe and server.has_extn("starttls"):
                server.starttls()
                server.ehlo()
            if there.username:
                server.login(unquote(there.username), unquote(there.password or ""))
            server.send_message(mail)


class Folder:
    """Mail as files in a folder, for trying things out without a mail server."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def send(self, mail: EmailMessage) -> None:
        """Write one file, which only its owner can read."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / f"{mail['X-Message']}.eml"
        path.touch(mode=0o600)
        path.write_bytes(bytes(mail))


def post_for(smtp_url: str, data_dir: Path) -> Post:
    """The mail server of the settings, or the folder `mail` where there is none."""
    return Smtp(smtp_url) if smtp_url else Folder(data_dir / "mail")


def put(
    session: Session,
    *,
    key: str,
    recipient: str,
    subject: str,
    text: str,
    at: datetime,
    round_id: int | None = None,
) -> None:
    """Put a mail into the outbox, once for every `key`; it holds no choice of any voter."""
    row = {
        "round_id": round_id,
        "key": key,
        "recipient": recipient,
        "subject": subject,
        "text": text,
        "queued_at": at,
        "due_at": at,
        "tries": 0,
    }
    session.execute(upsert(session, Message).values(row).on_conflict_do_nothing())


def send_next(engine: sa.Engine, post: Post, sender: str, now: datetime) -> bool:
    """Send the message that has waited longest, if one is due; whether there was one.

    One that cannot be sent is tried again later, and given up after the last of `WAITS`.
    """
    taken = _take(engine, now)
    if taken is None:
        return False
    try:
        post.send(_mail(taken, sender))
    except Exception as error:  # on odd addresses Python's header parser fails in many ways
        LOG.warning("Message %s was not sent: %s", taken.id, type(error).__name__)
        sent = False
    else:
        sent = True
    with Session(engine) as session, session.begin():
        message = session.get_one(Message, taken.id)
        if sent:
            message.sent_at = now
        given_up = message.tries > len(WAITS)
        message.due_at = None if sent or given_up else now + WAITS[message.tries - 1]
        if sent or given_up:
            message.recipient = message.text = None
    return True


def _take(engine: sa.Engine, now: datetime) -> Message | None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        message = session.scalars(
            select(Message)
            .where(Message.due_at <= now)
            .order_by(Message.due_at, Message.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if message is not None:
            message.tries += 1
            message.due_at = now + TAKEN
        return message


def _mail(message: Message, sender: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.recipient, message.subject
    mail["Date"] = format_datetime(message.queued_at)
    mail["X-Message"] = str(message.id)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text or "")
    return mail
