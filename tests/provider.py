"""An OpenID Connect provider of our own, on loopback: what it says is what a test wants to try.

It follows the code flow with PKCE as real ones do, and signs with RS256.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "pb-test", "a secret of the provider"


class Provider:
    """Knows one person at a time; `says` is merged into the claims of the next identity token."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.signs_with = self.key
        self.algorithm = "RS256"
        self.issuer = ""
        self.says: dict[str, object] = {"sub": "A17"}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.down = False

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        pages = {
            "/.well-known/openid-configuration": self.describe,
            "/keys": lambda environ: {"keys": [self.key.as_dict(private=False)]},
            "/token": self.token,
        }
        if self.down:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"down"]
        answer = pages[path](environ)
        status = "400 Bad Request" if "error" in answer else "200 OK"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def describe(self, environ) -> dict:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def sign_in(self, address: str) -> str:
        """Do what the person does at the provider; returns the way back with a code."""
        asked = {name: values[0] for name, values in parse_qs(address.partition("?")[2]).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, environ) -> dict:
        """Exchange a code once, for whoever knows its verifier, our secret, and the way back."""
        size = int(environ["CONTENT_LENGTH"])
        sent = {
            name: v[0] for name, v in parse_qs(environ["wsgi.input"].read(size).decode()).items()
        }
        asked = self.codes.pop(sent["code"], None)
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        hashed = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
        if (
            asked is None
            or environ.get("HTTP_AUTHORIZATION") != f"Basic {known}"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != sent["redirect_uri"]
        ):
            return {"error": "invalid_grant"}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self._signed(asked)}

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 300} | self.says
        head = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm == "RS256":
            return jwt.encode(head, claims, self.signs_with, algorithms=["RS256"])
        # What no honest provider sends, so no library makes it.
        text = b".".join(_in_base64(json.dumps(part).encode()) for part in (head, claims))
        public = self.key.as_pem(private=False)
        seal = hmac.digest(public, text, "sha256") if self.algorithm == "HS256" else b""
        return b".".join((text, _in_base64(seal))).decode()


def _in_base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args) -> None:
        pass


@contextmanager
def running() -> Iterator[Provider]:
    """The provider on a free port of loopback."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider, handler_class=_Quiet)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
