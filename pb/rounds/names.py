"""Checking the names that a set-up is made of: of rounds, addresses, currencies and zones."""

import hashlib
import re
import unicodedata
from zoneinfo import available_timezones

from babel.numbers import is_currency

from pb.errors import Invalid

LONGEST_NAME = 100


def slug_for(name: str) -> str:
    """The part of an address that a name suggests; may be empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def checked_name(name: str) -> str:
    """The name without needless blanks; refuses (Invalid) an empty or endless one."""
    name = " ".join(name.split())
    if not name:
        raise Invalid("Enter a name for the round.")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"Use at most {LONGEST_NAME} characters for the name.")
    return name


def check_currency(currency: str) -> None:
    """Refuse (Invalid) a currency that does not exist."""
    if not is_currency(currency):
        raise Invalid(f"There is no currency “{currency}”. Write three letters, such as EUR.")


def check_time_zone(name: str) -> None:
    """Refuse (Invalid) a zone that does not exist, and name the ones that may be meant."""
    known = available_timezones()
    if name in known:
        return
    wanted = name.strip().replace(" ", "_").lower()
    similar = sorted(zone for zone in known if wanted and wanted in zone.lower())[:3]
    meant = f" Did you mean {' or '.join(similar)}?" if similar else ""
    raise Invalid(f"There is no time zone “{name}”. Write it like Europe/Amsterdam.{meant}")


def fingerprint(text: str) -> str:
    """SHA-256 of a text, as hex with its name."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
