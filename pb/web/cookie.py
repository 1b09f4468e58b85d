"""The session in a signed cookie, as Flask has it, with less ado: every request passes here."""

import json
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Serializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

SHORT = 1_000  # bytes; what is longer is compressed, because a cookie holds no more than 4,096


class PlainJSON:
    """JSON without Flask's tags for other types: a session holds text, numbers, lists and dicts."""

    dumps = json.JSONEncoder(separators=(",", ":")).encode
    loads = staticmethod(json.loads)


class Signing(URLSafeTimedSerializer):
    """What signs the cookie; a short one is not compressed, which takes longer than to sign it."""

    def dump_payload(self, obj: Any) -> bytes:
        plain = Serializer.dump_payload(self, obj)
        return base64_encode(plain) if len(plain) <= SHORT else super().dump_payload(obj)


class SignedCookie(SecureCookieSessionInterface):
    """Flask's sessions; what signs them is made once, and not twice in each request."""

    def __init__(self) -> None:
        self._signing: Signing | None = None

    def get_signing_serializer(self, app: Flask) -> Signing:
        """What signs the cookie of the application, whose secret keys do not change."""
        if self._signing is None:
            self._signing = Signing(
                [*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key],
                salt=self.salt,
                serializer=PlainJSON,
                signer_kwargs={
                    "key_derivation": self.key_derivation,
                    "digest_method": self.digest_method,
                },
            )
        return self._signing
