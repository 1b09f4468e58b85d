"""The client of an OpenID Connect provider: the official sign-in of a country or a town.

Authlib does the protocol: code flow with PKCE, state, nonce, and signed identity tokens. Here is
only what this project insists on.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, request, session

from pb.errors import NotFound, Refused

TIMEOUT = 10  # seconds until a provider that does not answer is given up
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Signatures that only the provider can make: neither none nor one with a shared secret.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
TRY_AGAIN = (
    "The official sign-in did not work. Nothing was used up: try again, or take another way."
)


class SignInFailed(Refused):
    """The provider did not say who this is; the person can try again."""

    status = 502


def init_app(app: Flask) -> None:
    """Make the client, if the settings name a provider; RuntimeError for one without encryption."""
    issuer = app.config["OIDC_ISSUER"]
    if not issuer:
        return
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise RuntimeError("PB_OIDC_ISSUER must start with https:")
    # Only where it is used: the package is an extra.
    from authlib.integrations.flask_client import OAuth

    app.extensions["official"] = OAuth(app).register(
        "official",
        client_id=app.config["OIDC_CLIENT_ID"],
        client_secret=app.config["OIDC_CLIENT_SECRET"],
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT,
        },
    )


def available() -> bool:
    """Whether there is a provider."""
    return "official" in current_app.extensions


def begin(redirect_uri: str, **remembered: Any) -> str:
    """The address at the provider to go to; what is remembered comes back from `finish`."""
    client = _client()
    try:
        _load(client)
        made = client.create_authorization_url(redirect_uri)
    except _failures() as error:
        raise _failed(error) from None
    client.save_authorize_data(redirect_uri=redirect_uri, **made)
    session["official"] = {**remembered, "state": made["state"]}
    return made["url"]


def finish() -> tuple[str, dict[str, Any]]:
    """Who came back from the provider (the claim of the settings), and what was remembered.

    Raises Refused unless the answer is to a question from this browser, and SignInFailed unless
    its identity token is signed by the provider, meant for us, fresh, and made for this sign-in.
    """
    client, remembered = _client(), session.pop("official", None)
    if remembered is None or request.args.get("state") != remembered.pop("state"):
        raise Refused(TRY_AGAIN)  # nobody asked the provider from this browser
    config = current_app.config
    try:
        _load(client)
        token = client.authorize_access_token(
            claims_options={
                "iss": {"essential": True, "value": config["OIDC_ISSUER"]},
                "aud": {"essential": True, "value": config["OIDC_CLIENT_ID"]},
            }
        )
    except _failures() as error:
        raise _failed(error) from None
    who = token.get("userinfo", {}).get(config["OIDC_CLAIM"])
    if not isinstance(who, str | int) or isinstance(who, bool) or not str(who).strip():
        current_app.logger.warning("the identity token has no claim %s", config["OIDC_CLAIM"])
        raise SignInFailed(TRY_AGAIN)
    return str(who), remembered


def _client() -> Any:
    if not available():
        raise NotFound("There is no official sign-in here now. Take another way to vote.")
    return current_app.extensions["official"]


def _load(client: Any) -> None:
    """Fetch the provider's own description once, and hold it to what we insist on."""
    metadata = client.load_server_metadata()
    if metadata.get("issuer") != current_app.config["OIDC_ISSUER"]:
        metadata.pop("_loaded_at")  # ask again next time
        raise ValueError("the provider calls itself otherwise than PB_OIDC_ISSUER")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    accepted = [one for one in offered if one in SIGNATURES]
    if not accepted:
        raise ValueError("the provider signs in no way that only it can")
    metadata["id_token_signing_alg_values_supported"] = accepted


def _failures() -> tuple[type[Exception], ...]:
    """Everything that a provider, the network, or a stranger with a made-up address can cause."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    return (
        AuthlibBaseError,
        JoseError,
        RequestException,
        ValueError,
        KeyError,
        TypeError,
        RuntimeError,
    )


def _failed(error: Exception) -> SignInFailed:
    # Our own server's log, and no token in it: only the kind of the fault.
    current_app.logger.warning("official sign-in failed: %s", type(error).__name__)
    return SignInFailed(TRY_AGAIN)
