"""The tools that are compared, and how one measurement runs in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory import peak

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PABUTOOLS = "pabutools==1.2.3"
COMPILED, PORTABLE = "pb compiled", "pb portable"
OTHERS = PABUTOOLS_NAME, JS_NAME = "pabutools", "equalshares.net"


@dataclass(frozen=True)
class Tool:
    """What is measured: its name and how it is called; `jobs` are the ones it knows."""

    name: str
    command: tuple[str, ...]
    jobs: frozenset[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    takes_job: bool = True

    def measure(self, job: str, place: Path, limit: float) -> dict[str, Any]:
        """Run the job once; the last line it printed, and whether it finished in time."""
        call = [*self.command, *([job] if self.takes_job else []), str(place)]
        # One seed for all: pabutools merges ballots in an order that depends on it.
        environment = {**os.environ, "PYTHONHASHSEED": "0", **self.environment}
        return run(call, limit, environment)


def run(call: Sequence[str], limit: float, environment: Mapping[str, str]) -> dict[str, Any]:
    """The last line of JSON that a command prints, with `finished`, `elapsed` and any `error`."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            call, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
        try:
            output, _ = process.communicate(timeout=limit)
            most, finished = None, process.returncode == 0
        except subprocess.TimeoutExpired:
            most, finished = peak(process.pid), False
            process.kill()
            output, _ = process.communicate()
        errors.seek(0)
        problem = (errors.read().strip().splitlines() or [""])[-1]
    result = json.loads((output.strip().splitlines() or ["{}"])[-1])
    if most is not None:
        result["peak"] = most
    result |= {"finished": finished, "elapsed": time.perf_counter() - start}
    if not finished and process.returncode > 0:
        result["error"] = problem[:300] or f"exit status {process.returncode}"
    return result


def ours() -> list[Tool]:
    """This library: with the compiled kernel, if it was built, and without."""
    command = (sys.executable, str(HERE / "measure_pb.py"))
    jobs = frozenset({"equal-shares", "greedy", "archive", "needs"})
    environment = {"PYTHONPATH": str(ROOT)}
    tools = [Tool(PORTABLE, command, jobs, {**environment, "PB_TALLY_PORTABLE": "1"})]
    if _is_compiled():
        tools.insert(0, Tool(COMPILED, command, jobs, {**environment, "PB_TALLY_PORTABLE": ""}))
    else:
        say("pb compiled: left out, the kernel is not built here")
    return tools


def _is_compiled() -> bool:
    environment = {**os.environ, "PB_TALLY_PORTABLE": "", "PYTHONPATH": str(ROOT)}
    test = "from measure_pb import is_compiled; import sys; sys.exit(not is_compiled())"
    call = [sys.executable, "-c", test]
    return subprocess.run(call, cwd=HERE, env=environment, capture_output=True).returncode == 0


def pabutools(folder: Path) -> list[Tool]:
    """pabutools in a virtual environment of its own, made when it is not there yet."""
    python = folder / "bin" / "python"
    if not python.exists():
        say(f"making an environment for {PABUTOOLS}")
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PABUTOOLS]
            subprocess.run([python, *install], check=True)
        except (OSError, subprocess.CalledProcessError):
            shutil.rmtree(folder, ignore_errors=True)
            say("pabutools: left out, it could not be installed")
            return []
    command = (str(python), str(HERE / "measure_pabutools.py"))
    return [Tool(PABUTOOLS_NAME, command, frozenset({"equal-shares", "greedy"}))]


def equalshares_net(folder: Path | None) -> list[Tool]:
    """The JavaScript tool of equalshares.net, from a checkout."""
    if folder is None or not (folder / "js" / "methodOfEqualSharesWorker.js").is_file():
        why = "no --js-tool was given" if folder is None else f"it is not in {folder}"
        say(f"equalshares.net: left out, {why}")
        return []
    node = shutil.which("node")
    if node is None:
        say("equalshares.net: left out, there is no node")
        return []
    script = str(HERE / "measure_equalshares_net.cjs")
    command = (node, "--max-old-space-size=16000", script, str(folder))
    return [Tool(JS_NAME, command, frozenset({"equal-shares"}), takes_job=False)]


def say(words: str) -> None:
    """Progress, apart from the results."""
    print(words, file=sys.stderr, flush=True)
