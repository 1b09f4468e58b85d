"""One request at a time in each process, as long as requests are short.

Python's threads take turns on one processor anyway. Taking turns in the middle of requests costs a
third of all votes a second (docs/performance-voting.md); so they take turns between requests.
"""

from collections.abc import Iterable
from threading import Lock
from typing import Any

PATIENCE = 0.1  # seconds until the others go on without a request that takes long


class Turnstile:
    """A WSGI application that lets one request at a time into another one.

    Where a request takes longer than `patience`, the others take turns without it.
    """

    def __init__(self, application: Any, patience: float = PATIENCE) -> None:
        self.application, self.patience, self._turn = application, patience, Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        turn = self._take()
        try:
            return self.application(environ, start_response)
        finally:
            turn.release()

    def _take(self) -> Lock:
        while not (turn := self._turn).acquire(timeout=self.patience):
            # Who waited just as long may have made the new turnstile already.
            if self._turn is turn:
                self._turn = Lock()
        return turn
