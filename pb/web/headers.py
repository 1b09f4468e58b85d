"""Security headers of every response."""

from http.client import SEE_OTHER
from wsgiref.headers import Headers

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def add(response: Response) -> Response:
    """Put the headers on a response; pages are not kept by caches, files of the site are.

    What only leads on has no page: browsers never show it, and it would go out on its own.
    """
    response.headers.extend(HEADERS)  # no view sets one of them
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if response.status_code == SEE_OTHER:
        response.set_data(b"")
    return response


def add_to_file(headers: Headers, path: str, url: str) -> None:
    """The same headers for files of the site, which are served before the application."""
    for name, value in HEADERS.items():
        headers[name] = value


def init_app(app: Flask) -> None:
    app.after_request(add)
