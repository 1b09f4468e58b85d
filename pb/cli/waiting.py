"""One line on stderr while a person waits for a long count; nothing for programs and files."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from pb.tally import progress

PATIENCE = 1.0  # seconds before anything is shown
PAUSE = 0.1  # seconds between two changes of the line
CELLS = 30


@contextmanager
def waiting(
    label: str, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Show how far the counts inside have come, where the stream is a terminal."""
    stream = sys.stderr if stream is None else stream
    if not stream.isatty():
        yield
        return
    line = _Line(label, stream, clock)
    with progress.heard_by(line.show):
        try:
            yield
        finally:
            line.clear()


class _Line:
    """A line that is written again and again in the same place, and is gone in the end."""

    def __init__(self, label: str, stream: TextIO, clock: Callable[[], float]) -> None:
        self.label, self.stream, self.clock = label, stream, clock
        self.start = clock()
        self.next, self.width = self.start + PATIENCE, 0

    def show(self, done: int, total: int | None) -> None:
        """Write how much is done, unless it is too early."""
        now = self.clock()
        if now < self.next:
            return
        self.next = now + PAUSE
        text = f"{self.label}  {_amount(done, total)}  {int(now - self.start)} s"
        # A line as wide as the terminal would break, and its beginning could not be reached.
        self._write(text[: shutil.get_terminal_size().columns - 1])

    def clear(self) -> None:
        """Leave the place empty, if anything was written there."""
        if self.width:
            self._write("")
            self.stream.write("\r")
            self.stream.flush()

    def _write(self, text: str) -> None:
        self.stream.write(f"\r{text.ljust(self.width)}")
        self.stream.flush()
        self.width = len(text)


def _amount(done: int, total: int | None) -> str:
    if not total:
        return f"step {done:,}"
    full = CELLS * done // total
    return f"[{'#' * full}{'-' * (CELLS - full)}] {100 * done // total:>3} %"
