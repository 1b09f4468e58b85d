"""Which elections are measured: the eight large ones, and a few of every smaller size."""

import re
from collections.abc import Sequence
from pathlib import Path

EIGHT = (
    "Poland_Lodz_2022",
    "Poland_Krakow_2024",
    "Poland_Warszawa_2026",
    "Hungary_Budapest_2024",
    "Netherlands_Amsterdam_621",
    "Poland_Warszawa_2020_Praga-Poludnie",
    "Poland_Wroclaw_2015_150_-_500",
    "Poland_Katowice_2020",
)
# Voters below, and what the class is called; the eight large ones are the last class.
CLASSES = ((100, "below 100"), (1_000, "100 to 999"), (10_000, "1,000 to 9,999"))
LARGE = "10,000 and more"
NUMBERS = re.compile(r"^(num_votes|num_projects);\s*(\d+)", re.MULTILINE)
HEAD = 20_000


def size_class(voters: int) -> str:
    """The class of an election with so many voters."""
    return next((name for below, name in CLASSES if voters < below), LARGE)


def declared(file: Path) -> dict[str, int]:
    """The size that a file says it has."""
    with file.open(encoding="utf-8-sig", errors="replace") as source:
        found = {key: int(number) for key, number in NUMBERS.findall(source.read(HEAD))}
    return {"voters": found.get("num_votes", 0), "projects": found.get("num_projects", 0)}


def large(folder: Path) -> tuple[list[Path], list[str]]:
    """The files of the eight that are there, and the names of those that are not."""
    files = [folder / f"{name}.pb" for name in EIGHT]
    return [f for f in files if f.is_file()], [f.stem for f in files if not f.is_file()]


def small(folder: Path, most: int) -> list[Path]:
    """From every smaller class so many files, spread evenly from the smallest to the largest.

    Elections with a single project are no contest, and are not measured.
    """
    classes: dict[str, list[tuple[int, Path]]] = {name: [] for _, name in CLASSES}
    for path in sorted(folder.glob("*.pb")):
        size = declared(path)
        name = size_class(size["voters"])
        if name in classes and size["projects"] > 1:
            classes[name].append((size["voters"], path))
    return [path for files in classes.values() for _, path in _spread(sorted(files), most)]


def _spread(files: Sequence, most: int) -> list:
    if len(files) <= most:
        return list(files)
    last = len(files) - 1
    return [files[round(place * last / max(1, most - 1))] for place in range(most)]
