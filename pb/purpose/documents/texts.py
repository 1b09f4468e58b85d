"""How long the parts of a document may be."""

from pb.errors import Invalid
from pb.texts import clean

HEADING = 120  # characters
TEXT = 2000
COMMENT = 1500
REASON = 500
MOST_CLAUSES = 200  # of one version


def fitting(text: str | None, most: int, missing: str | None) -> str:
    """The text, cleaned; raises Invalid if it is too long, or empty where it is asked for."""
    cleaned = clean(text)
    if missing and not cleaned:
        raise Invalid(missing)
    if len(cleaned) > most:
        raise Invalid(f"Use at most {most:,} characters. Now it is {len(cleaned):,}.")
    return cleaned
