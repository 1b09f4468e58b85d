"""What the documentation shows at a prompt is what the command prints."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pb.cli import main
from pb.tally.rules import load_rules

ROOT = Path(__file__).parent.parent
PROMPT = re.compile(r"^```console\n\$ pb ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = [
    pytest.param(command, text, id=f"{page.stem}: {command}")
    for page in sorted((ROOT / "docs").rglob("*.md"))
    for command, text in PROMPT.findall(page.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("command", "text"), SHOWN)
def test_a_command_in_the_documentation_prints_what_stands_below_it(command, text, monkeypatch):
    monkeypatch.chdir(ROOT)
    expected, _, rest = text.rpartition("...\n")
    assert expected and not rest, "an example ends with a line of three dots"

    result = CliRunner().invoke(main, command.split())

    assert result.exit_code == 0, result.output
    assert result.output.startswith(expected)


@pytest.mark.parametrize("rule", sorted(load_rules()))
def test_every_rule_is_counted_on_its_own_page(rule):
    page = (ROOT / "docs" / "rules" / f"{rule}.md").read_text(encoding="utf-8")
    assert any(f"--rule {rule}" in command for command, _ in PROMPT.findall(page))
