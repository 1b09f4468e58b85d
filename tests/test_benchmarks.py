"""The scripts of benchmarks/ on files small enough to count by hand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tally.test_pabulib import small

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "benchmarks" / "pabulib_report.py"


def report(*words, status: int = 0) -> str:
    result = subprocess.run([sys.executable, REPORT, *words], capture_output=True, text=True)
    assert result.returncode == status, result.stderr
    return result.stdout if status == 0 else result.stderr


@pytest.fixture
def folder(tmp_path):
    """Two elections: in one the official result is the count, in the other the pool won."""
    other = small("green, play;1", "green, play;0").replace("Pool;;0", "Pool;;1")
    (tmp_path / "Equal.pb").write_text(small(), encoding="utf-8")
    (tmp_path / "Other.pb").write_text(other, encoding="utf-8")
    return tmp_path


def test_the_report_says_what_is_equal_and_what_is_not(folder):
    page = report(folder)
    assert "| greedy | 2 | 2 | 1 | 1 |" in page
    assert "- `Other.pb`: we fund 01; officially funded 2/a. The cause is not known." in page
    assert "`Equal.pb`" not in page
    assert str(folder) not in page


def test_a_known_cause_is_confirmed_by_counting_again(tmp_path):
    """Without the withdrawn park (60) the pool and the path are funded, as the file says."""
    text = small("green, play;1", "green, play;0").replace("Pool;;0", "Pool;;1")
    file = tmp_path / "Poland_Warszawa_2018_Las.pb"
    file.write_text(re.sub(r"\b01\b", "1649", text), encoding="utf-8")
    assert "project 1649, withdrawn after the vote" in report(tmp_path)
    assert "Counted again without: equal." in report(tmp_path)
    file.write_text(re.sub(r"\b01\b", "1649", text.replace("Path;;1", "Path;;0")), encoding="utf-8")
    assert "Counted again without: still not equal." in report(tmp_path)


def test_files_that_cannot_be_compared_are_named(folder):
    (folder / "Unknown.pb").write_text(small(rule="dice"), encoding="utf-8")
    (folder / "Broken.pb").write_text(small("budget;100", "budget;much"), encoding="utf-8")
    page = report(folder)
    assert "| dice | 1 | 1 | – | – |" in page
    assert "- `Unknown.pb`: declares the rule `dice`." in page
    assert "- `Broken.pb`: line 9, field budget: is 'much'" in page


def test_without_files_there_is_no_report(tmp_path):
    assert "no Pabulib files" in report(tmp_path, status=2)
    assert report(status=2).startswith("usage:")
    assert report(tmp_path / "nowhere", status=2).startswith("usage:")


def test_the_page_was_made_by_the_script():
    """The page holds only lines the script can print: the same head, no path of any machine."""
    page = (ROOT / "docs" / "pabulib.md").read_text(encoding="utf-8")
    assert page.startswith("# Official results\n")
    assert "python benchmarks/pabulib_report.py DIR > docs/pabulib.md" in page
    assert not re.search(r"(?:^|[ `(])(?:\.\./|/)\w", page)
