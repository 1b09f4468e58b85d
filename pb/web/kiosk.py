"""A computer that is there for voting alone, such as in a library: what its cookie says.

The cookie holds no secret and opens nothing; it only makes pages forget sooner.
"""

from dataclasses import dataclass

from flask import Flask, Response, request, url_for

COOKIE = "pb_kiosk"
KEPT = 90 * 24 * 3600  # seconds; longer than any vote
MINUTES = range(2, 61)
USUAL_MINUTES = 10
AFTER_RECEIPT = 90  # seconds until the next person's turn


@dataclass(frozen=True)
class Kiosk:
    """The round that is voted on at this computer, and when it forgets somebody who went away."""

    slug: str
    minutes: int

    @property
    def start(self) -> str:
        """The address that forgets whoever was here and asks for a code."""
        return url_for("community.kiosk.start", round=self.slug)


def current() -> Kiosk | None:
    """The kiosk that this request comes from."""
    slug, _, minutes = request.cookies.get(COOKIE, "").partition("|")
    if not slug or not minutes.isascii() or not minutes.isdecimal() or len(minutes) > 4:
        return None
    return Kiosk(slug, int(minutes)) if int(minutes) in MINUTES else None


def begin(response: Response, slug: str, minutes: int, *, secure: bool) -> None:
    """Make the browser of this response a kiosk for a round."""
    response.set_cookie(
        COOKIE,
        f"{slug}|{minutes}",
        max_age=KEPT,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def end(response: Response) -> None:
    """Make the browser of this response an ordinary one again."""
    response.delete_cookie(COOKIE)


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"kiosk": current()})
