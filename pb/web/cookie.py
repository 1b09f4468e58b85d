"""The session in a signed cookie, as Flask has it, with less ado: every request passes here."""

import json
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface


class PlainJSON:
    """JSON without Flask's tags for other types: a session holds text, numbers, lists and dicts."""

    dumps = json.JSONEncoder(separators=(",", ":")).encode
    loads = staticmethod(json.loads)


class SignedCookie(SecureCookieSessionInterface):
    """Flask's sessions; what signs them is made once, and not twice in each request."""

    serializer = PlainJSON

    def __init__(self) -> None:
        self._signer: Any = None

    def get_signing_serializer(self, app: Flask) -> Any:
        """What signs the cookie of the application, whose secret key does not change."""
        self._signer = self._signer or super().get_signing_serializer(app)
        return self._signer
