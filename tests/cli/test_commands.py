"""The `pb` command as an operator uses it, on a data directory of its own."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

PB = Path(sys.executable).with_name("pb")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def pb(tmp_path):
    """`pb("audit", "verify")` runs the command and returns what it printed."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env["PB_DATA_DIR"] = str(tmp_path)

    def run(*words: str, status: int = 0, typed: str | None = None) -> str:
        result = subprocess.run(
            [str(PB), *words], env=env, capture_output=True, text=True, input=typed, cwd=tmp_path
        )
        assert result.returncode == status, result.stdout + result.stderr
        return result.stdout + result.stderr

    return run


def test_the_demo_town_can_be_built_again_without_harm(pb):
    first, second = pb("demo"), pb("demo")

    assert "commissioner@marlehaven.example" in first
    assert "Building" in first and "Building" not in second
    assert first.partition("Marlehaven")[2] == second.partition("Marlehaven")[2]
    chains = pb("audit", "verify").splitlines()
    assert len(chains) >= 3 and all("intact" in chain for chain in chains)


def test_the_demo_keeps_away_from_a_database_in_use(pb):
    pb("db", "upgrade")
    password = "four long words here"
    pb("account", "add", "ana@example.org", "--name", "Ana", "--password", password)

    assert "in use" in pb("demo", status=2)


def test_a_changed_log_is_found(pb, tmp_path):
    pb("demo")
    with sqlite3.connect(tmp_path / "pb.sqlite") as database:
        database.execute("DROP TRIGGER never_audit_update")
        database.execute("UPDATE audit_entry SET kind = 'other' WHERE chain = 1 AND seq = 5")

    assert "round 1: BROKEN, entry 5 was changed" in pb("audit", "verify", status=1)
    assert "no round" in pb("audit", "verify", "--round", "nowhere", status=2)
    assert "intact" in pb("audit", "verify", "--round", "together-2")


def test_an_officer_account_is_made_once(pb):
    pb("db", "upgrade")
    words = ("account", "add", "olga@example.org", "--name", "Olga", "--officer", "--password")

    assert "Olga can sign in" in pb(*words, "four long words here")
    assert "already an account" in pb(*words, "four long words here", status=2)
    assert "at least 12" in pb(*words[:2], "b@c.de", "--name", "B", "--password", "x", status=2)


def test_flask_offers_the_same_commands(tmp_path):
    env = os.environ | {"PB_DATA_DIR": str(tmp_path)}
    flask = [str(PB.with_name("flask")), "--app", "wsgi", "db"]
    for word in ("upgrade", "current", "check"):
        result = subprocess.run([*flask, word], env=env, capture_output=True, text=True, cwd=ROOT)
        assert result.returncode == 0, result.stderr


def test_counting_starts_without_the_web():
    program = "import sys; from pb.cli import main; main(['rules'], standalone_mode=False)"
    program += "; print([m for m in ('flask', 'sqlalchemy', 'wtforms') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert result.stdout.splitlines()[-1] == "[]", result.stderr
