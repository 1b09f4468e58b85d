"""One line of layers, from the doors down to the database; see docs/architecture.md."""

import ast
import configparser
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent


def layers() -> list[set[str]]:
    """The rows of the line in setup.cfg, from the top; parts in parentheses may not exist yet."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    rows = settings["importlinter:contract:line"]["layers"].split("\n")
    return [set(re.findall(r"pb\.(\w+)", row)) for row in rows if row.strip()]


LAYERS = layers()
RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}
WEB = {"app", "cli", "demo", "community", "commission", "api", "web"}
WEB_LIBRARIES = {"flask", "flask_login", "flask_wtf", "wtforms", "werkzeug", "jinja2"}


def modules() -> list[Path]:
    return sorted((ROOT / "pb").rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(ROOT / "pb").parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, full module name) of every import; `from pb import x` counts as pb.x."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "pb":
            found += [(node.lineno, f"pb.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            found.append((node.lineno, node.module))
    return found


def test_imports_go_down_only():
    wrong = []
    for path in modules():
        here = part(path)
        if here == "__init__":
            continue
        for line, name in imports(path):
            if not name.startswith("pb."):
                continue
            there = name.split(".")[1]
            if there in ("__version__", here):
                continue
            allowed = RANK[there] > RANK[here] or here in ("app", "cli", "demo")
            if not allowed:
                wrong.append(f"{path.relative_to(ROOT)}:{line} {here} may not import {there}")
    assert not wrong, "\n".join(wrong)


def test_every_part_has_its_place_in_the_line():
    assert {part(path) for path in modules()} - {"__init__"} <= set(RANK)


def test_only_the_doors_know_the_web():
    wrong = []
    for path in modules():
        for line, name in imports(path):
            if name.split(".")[0] not in WEB_LIBRARIES or part(path) in WEB:
                continue
            # The one exception: what Flask-Login asks of an account.
            if name == "flask_login" and path.name == "models.py" and part(path) == "accounts":
                continue
            wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_the_tally_stands_alone():
    for path in (ROOT / "pb" / "tally").rglob("*.py"):
        for line, name in imports(path):
            assert not name.startswith("pb.") or name.startswith("pb.tally"), f"{path}:{line}"
            assert name.split(".")[0] not in {"sqlalchemy", "flask", "click"}, f"{path}:{line}"


def calls(path: Path) -> list[tuple[int, str]]:
    """(line, attribute) of every method that is called."""
    return [
        (node.lineno, node.func.attr)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def test_domains_never_commit():
    """A service flushes; the view or the command commits, where everybody can see it."""
    doors = WEB | {"db"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        if part(path) not in doors
        for line, name in calls(path)
        if name == "commit"
    ]
    assert not wrong, wrong


def test_queries_are_written_with_select():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        for line, name in calls(path)
        if name == "query"
    ]
    assert not wrong, wrong


def test_time_and_randomness_come_in_as_arguments():
    """Below the doors nothing reads the clock."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in modules()
        if part(path) not in WEB
        for line, name in calls(path)
        if name in ("utcnow", "today") or (name == "now" and "datetime" in path.read_text())
    ]
    assert not wrong, wrong


def test_no_two_tables_share_the_name_of_their_class():
    """Relationships name classes, and cannot tell two of one name apart."""
    named = Counter(
        node.name
        for path in (ROOT / "pb").rglob("models.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Base" for base in node.bases)
    )
    assert "Round" in named
    assert [name for name, times in named.items() if times > 1] == []
