"""benchmarks/voting.py on a village: whole journeys, no errors, and a ratio."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "voting.py"
SMALL = ("--seconds", "2", "--projects", "5", "--voters", "20", "--clients", "2", "--json")


def test_the_benchmark_reports_journeys_without_errors(backend):
    command = [sys.executable, SCRIPT, *SMALL, "--database", backend]
    done = subprocess.run(command, capture_output=True, text=True, cwd=SCRIPT.parents[1])
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["database"] == backend
    assert report["errors"] == 0
    assert report["journeys"] > 0
    for measured in ("votes_per_second", "insert_per_second", "cast_per_second"):
        assert report[measured] > 0
