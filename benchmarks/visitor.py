"""A voter's browser in a few lines: light enough to leave the machine to the server.

It speaks HTTP/1.1 over one connection, keeps the cookie, and finds on a page what it has to send.
"""

import re
import socket
from dataclasses import dataclass
from urllib.parse import urlencode

TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
SUBMISSION = re.compile(rb'name="submission" value="([^"]+)"')
RECEIPT = re.compile(rb"\b((?:[0-9A-Z]{4}-){4}[0-9A-Z])\b")


class Broken(Exception):
    """The server did not answer, or with something else than it should."""


@dataclass(frozen=True)
class Answer:
    """Status, the head in lower case, and the page."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name:
                return value.strip()
        return None


class Visitor:
    """One voter in one browser."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self.port, self.timeout = port, timeout
        self.cookie = b""
        self.others: dict[bytes, bytes] = {}  # cookies besides the session
        self.token = b""
        self._socket: socket.socket | None = None

    def get(self, path: str, known: str = "") -> Answer:
        """Ask for a page; with the tag that is known, the answer may be 304."""
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        head += f'If-None-Match: "{known}"\r\n' if known else ""
        return self._ask(head.encode(), b"")

    def post(self, path: str, fields: list[tuple[str, str]]) -> Answer:
        """Send a form with the token of the page before."""
        body = urlencode([("csrf_token", self.token.decode()), *fields]).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\n"
        return self._ask(head.encode(), body)

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def _ask(self, head: bytes, body: bytes) -> Answer:
        every = {b"pb": self.cookie} if self.cookie else {}
        pairs = b"; ".join(name + b"=" + value for name, value in (every | self.others).items())
        cookie = b"Cookie: " + pairs + b"\r\n" if pairs else b""
        try:
            if self._socket is None:
                self._connect()
            self._socket.sendall(head + cookie + b"\r\n" + body)
            answer = self._read()
        except OSError as error:
            self.close()
            raise Broken(str(error)) from error
        self._remember(answer)
        return answer

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _read(self) -> Answer:
        found = b""
        while b"\r\n\r\n" not in found:
            found += self._more()
        head, _, body = found.partition(b"\r\n\r\n")
        answer = Answer(int(head[9:12]), head, b"")
        length = int(answer.header(b"content-length") or 0)
        parts, got = [body], len(body)
        while got < length:
            parts.append(self._more())
            got += len(parts[-1])
        if (answer.header(b"connection") or b"").lower() == b"close":
            self.close()
        return Answer(answer.status, head, b"".join(parts))

    def _more(self) -> bytes:
        found = self._socket.recv(262_144)
        if not found:
            raise Broken("the server hung up")
        return found

    def _remember(self, answer: Answer) -> None:
        for line in answer.head.split(b"\r\n"):
            if line.lower().startswith(b"set-cookie: pb="):
                self.cookie = line[15:].partition(b";")[0]
            elif line.lower().startswith(b"set-cookie: "):
                name, _, value = line[12:].partition(b";")[0].partition(b"=")
                self.others[name] = value
        if token := TOKEN.search(answer.body):
            self.token = token[1]


@dataclass(frozen=True)
class Voted:
    """What a voter holds in hand after sending: the receipt that the page showed."""

    receipt: str
    submission: str


def enter(visitor: Visitor, slug: str, code: str) -> None:
    """Go in with a code."""
    expect(visitor.get(f"/rounds/{slug}/vote"), 200)
    expect(visitor.post(f"/rounds/{slug}/vote", [("code", code)]), 303)


def vote(visitor: Visitor, slug: str, choices: list[tuple[str, str]]) -> Voted:
    """From the empty ballot to the receipt; raises Broken where the server does not play along."""
    expect(visitor.get(f"/rounds/{slug}/vote/ballot"), 200)
    checked = expect(visitor.post(f"/rounds/{slug}/vote/check", choices), 200)
    found = SUBMISSION.search(checked.body)
    submission = found[1].decode() if found else ""
    sent = [("submission", submission), *choices]
    expect(visitor.post(f"/rounds/{slug}/vote/send", sent), 303)
    shown = expect(visitor.get(f"/rounds/{slug}/vote/receipt"), 200)
    return Voted(receipt_on(shown.body), submission)


def receipt_on(page: bytes) -> str:
    found = RECEIPT.search(page)
    if not found:
        raise Broken("a page without a receipt")
    return found[1].decode()


def expect(answer: Answer, status: int) -> Answer:
    if answer.status != status:
        told = answer.body.partition(b'role="alert"')[2] or answer.body
        text = re.sub(rb"(<[^>]+>|\s)+", b" ", told)[:300]
        raise Broken(f"{answer.status} instead of {status}: {text!r}")
    return answer
