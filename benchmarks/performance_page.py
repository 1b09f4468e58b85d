"""Writes docs/performance.md and its pictures from what tally.py measured.

python benchmarks/tally.py PABULIB_DIR --huge --json build/tally.json
python benchmarks/performance_page.py build/tally.json docs
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ratios
from curves import Series, chart
from summary import lines, memory, seconds

Data = dict[str, Any]
CHOICES = "choices on all ballots together"
PICTURES = {
    "time": ("total", "From the file to the winners", "time", seconds),
    "count": ("count", "The count alone", "time", seconds),
    "memory": ("peak", "Peak memory", "memory", memory),
}


def main(arguments: Sequence[str]) -> int:
    """Write the page and the pictures; 2 where there is nothing to write from."""
    if len(arguments) != 2 or not Path(arguments[0]).is_file():
        print("usage: python benchmarks/performance_page.py FILE.json DOCS", file=sys.stderr)
        return 2
    data = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    docs = Path(arguments[1])
    drawn = pictures(data)
    (docs / "performance").mkdir(parents=True, exist_ok=True)
    for name, picture in drawn.items():
        (docs / "performance" / f"{name}.svg").write_text(picture, encoding="utf-8")
    text = "\n".join(page(data, list(drawn))).rstrip() + "\n"
    (docs / "performance.md").write_text(text, encoding="utf-8")
    return 0


def pictures(data: Data) -> dict[str, str]:
    """The pictures by name; none where no election was counted."""
    drawn = {}
    for name, (key, title, up, written) in PICTURES.items():
        series = [_series(data, tool, key) for tool in data["tools"]]
        series = [one for one in series if one.points]
        if series:
            drawn[name] = chart(title, CHOICES, up, series, written)
    return drawn


def _series(data: Data, tool: str, key: str) -> Series:
    elections = [*data.get("eight", []), *data.get("small", [])]
    line = sorted(_points(data.get("city", []), tool, key))
    return Series(tool, _points(elections, tool, key), line)


def _points(found: Sequence[Data], tool: str, key: str) -> list[tuple[float, float]]:
    return [
        (one["size"]["approvals"], one["results"][tool][key])
        for one in found
        if tool in one["results"] and not ratios.verdict(one["results"], tool)
    ]


def page(data: Data, drawn: Sequence[str]) -> Iterator[str]:
    """The page, line by line."""
    yield "# Performance"
    yield ""
    yield "A count that takes milliseconds is not vanity: what a project would have needed is found"
    yield "by counting thousands of times. These times are from one run on one machine, part by"
    yield "part (`--only`), the cities with `--city-sizes 1000 20000 1000000`; `DIR` is a folder of"
    yield "Pabulib files:"
    yield ""
    yield "    python benchmarks/tally.py DIR --huge --json build/tally.json"
    yield "    python benchmarks/performance_page.py build/tally.json docs"
    yield ""
    yield from _how(data)
    yield from lines(data)
    if drawn:
        yield "## Growth"
        yield ""
        yield "Filled marks on a line are cities from `benchmarks/city.py`, open marks elections;"
        yield "how often add1 repeats a count differs much between these."
        yield ""
    for name in drawn:
        title = PICTURES[name][1]
        yield f"![{title}, by {CHOICES}](performance/{name}.svg)"
        yield ""


def _how(data: Data) -> Iterator[str]:
    machine, versions = data["machine"], _versions(data)
    yield f"- Machine: {machine['cpu']}, {machine['cores']} cores, {machine['system']},"
    yield f"  {machine['python']}. Every tool counts on one core, but the compiled kernel takes a"
    yield "  second one in large elections."
    if versions:
        yield f"- Compared with: {'; '.join(versions)}."
    yield "- Every measurement has a process of its own; the tools take turns on each election, up"
    yield f"  to {data['rounds']} times where that is quick, and the median counts. The clock runs"
    yield "  from opening the file; starting the tool and a first, tiny election come before."
    yield f"- A tool that needs more than {seconds(data['limit'])} does not finish. A ratio counts"
    yield "  only where both tools fund the same projects in the same order; what does not finish"
    yield "  is left out of the means."
    yield "- `pb compiled` uses the small compiled kernel, `pb portable` does not"
    yield "  (`PB_TALLY_PORTABLE=1`); their outcomes have the same digest. pabutools gets its fast"
    yield "  path, with identical ballots merged, and counts in exact fractions too."
    yield "- Ballots that rank or give points count as approvals of what they name."
    yield ""


def _versions(data: Data) -> list[str]:
    found = [*data.get("eight", []), *data.get("small", []), *data.get("greedy", [])]
    results = (result for one in found for result in one["results"].values())
    return sorted({result["version"] for result in results if "version" in result})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
