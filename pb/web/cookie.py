"""The session in a signed cookie, as Flask has it; its signer is put together once."""

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface


class SignedCookie(SecureCookieSessionInterface):
    """Flask's sessions. Theirs makes the signer anew twice in each request."""

    def __init__(self) -> None:
        self._signer: Any = None

    def get_signing_serializer(self, app: Flask) -> Any:
        """What signs the cookie of the application, whose secret key does not change."""
        self._signer = self._signer or super().get_signing_serializer(app)
        return self._signer
