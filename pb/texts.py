"""Texts as they are stored, whoever wrote them."""

import unicodedata


def clean(text: str | None) -> str:
    """One kind of line end, no blanks around it, no null characters."""
    return (text or "").replace("\r\n", "\n").replace("\x00", "").strip()


def one_line(text: str | None) -> str:
    """A text on one line: one blank between words, no control characters."""
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text or "")
    return " ".join(plain.split())
