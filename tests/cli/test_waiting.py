"""The line that a person sees while a long count runs, by a clock that the test turns."""

import io
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from pb.cli import main, waiting
from pb.tally import progress
from tests.tally.test_pabulib import small


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> str:
        """What stands in the line: everything after the last return to its beginning."""
        shown: list[str] = []
        for text in self.getvalue().split("\r"):
            shown[: len(text)] = text
        return "".join(shown).rstrip()


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    return Clock()


def test_a_short_count_shows_nothing(clock):
    terminal = Terminal()
    with waiting.waiting("Counting", terminal, clock):
        clock.now = 0.9
        progress.report(1, 2)
    assert terminal.getvalue() == ""


def test_after_a_second_a_line_says_how_far_the_count_is(clock):
    terminal = Terminal()
    with waiting.waiting("Counting", terminal, clock):
        clock.now = 1.5
        progress.report(1, 2)
        assert terminal.screen == f"Counting  [{'#' * 15}{'-' * 15}]  50 %  1 s"
        clock.now = 1.55
        progress.report(2, 2)
        assert "50 %" in terminal.screen
        clock.now = 12
        progress.report(1234)
        assert terminal.screen == "Counting  step 1,234  12 s"
    assert terminal.screen == ""
    assert "\n" not in terminal.getvalue()


def test_the_line_is_cleared_when_a_count_is_refused(clock):
    terminal = Terminal()
    with pytest.raises(ZeroDivisionError), waiting.waiting("Counting", terminal, clock):
        clock.now = 2
        progress.report(1, 2)
        raise ZeroDivisionError
    assert terminal.screen == ""


def test_a_narrow_terminal_is_enough(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    terminal = Terminal()
    with waiting.waiting("Counting", terminal, clock):
        clock.now = 2
        progress.report(1, 2)
        assert len(terminal.screen) < 20


def test_where_no_person_waits_nothing_is_shown(clock):
    log = io.StringIO()
    with waiting.waiting("Counting", log, clock):
        clock.now = 5
        progress.report(1, 2)
    assert log.getvalue() == ""


@pytest.mark.parametrize(
    "words",
    [
        ["tally", "--rule", "phragmen"],
        ["needs", "--rule", "phragmen", "--margins"],
        ["compare", "--rule", "phragmen", "--rule", "max-welfare"],
    ],
)
def test_the_line_goes_to_the_terminal_and_never_into_the_answer(words, tmp_path, monkeypatch):
    path = tmp_path / "town.pb"
    path.write_text(small(), encoding="utf-8")
    plain = CliRunner().invoke(main, [words[0], str(path), *words[1:]])
    terminal = Terminal()
    monkeypatch.setattr(waiting, "PATIENCE", 0)
    monkeypatch.setattr(waiting, "sys", SimpleNamespace(stderr=terminal))
    shown = CliRunner().invoke(main, [words[0], str(path), *words[1:]])
    assert (plain.exit_code, plain.stderr) == (0, "")
    assert shown.stdout == plain.stdout
    assert terminal.getvalue().startswith("\rCounting")
