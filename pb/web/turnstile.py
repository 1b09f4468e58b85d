"""One request at a time in each process, as long as requests are short.

Python's threads take turns on one processor anyway. Taking turns in the middle of requests costs a
third of all votes a second (docs/performance-voting.md); so they take turns between requests.
"""

from collections.abc import Iterable
from threading import Lock
from typing import Any

PATIENCE = 0.1  # seconds until a request goes in beside one that takes long


class Turnstile:
    """A WSGI application that lets one request into another at a time, and waits for it briefly."""

    def __init__(self, application: Any, patience: float = PATIENCE) -> None:
        self.application, self.patience, self._turn = application, patience, Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        alone = self._turn.acquire(timeout=self.patience)
        try:
            return self.application(environ, start_response)
        finally:
            if alone:
                self._turn.release()
