"""What exists is documented, and what is documented exists."""

import re
from pathlib import Path

import click
import pytest

from pb.cli import main
from pb.tally.rules import load_rules

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("rule", sorted(load_rules()))
def test_every_rule_has_a_page(rule):
    page = text(f"docs/rules/{rule}.md")
    for parameter in load_rules()[rule].params.__dataclass_fields__:
        name = parameter.replace("_", "-")
        assert f"`{name}" in page, f"docs/rules/{rule}.md does not explain {name}"


def test_every_setting_is_explained():
    read = set(re.findall(r'env(?:\.get)?[\(\[]"([A-Z_]+)"', text("config.py")))
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", text("docs/settings.md"), re.MULTILINE))
    assert read == explained


def test_every_command_is_explained():
    commands = text("docs/commands.md")
    context = click.Context(main)
    for name in main.list_commands(context):
        assert f"`pb {name}" in commands, f"docs/commands.md does not explain pb {name}"


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text(page)):
        assert (ROOT / page).parent.joinpath(target).exists(), f"{page} links to {target}"


def test_the_readme_names_the_test_command_that_ci_runs():
    assert "make test" in text("README.md")
    assert "make test" in text(".ci/run")
