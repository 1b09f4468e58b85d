"""How fast the tally is, and how much memory it takes, beside other tools, in one run.

    python benchmarks/tally.py PABULIB_DIR --json build/tally.json

Every measurement has a process of its own; the tools take turns on each election, several times
where that is quick, and the median counts. With --only a run can be made part by part. pabutools is
installed from PyPI into an environment of its own; the tool of equalshares.net takes part where a
checkout is named by --js-tool. A ratio counts only where both fund the same projects in the same
order. Nothing else should run meanwhile.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import elections
import ratios
from city import write_city
from summary import lines
from tools import COMPILED, ROOT, Tool, equalshares_net, ours, pabutools, say

PARTS = ("eight", "small", "greedy", "archive", "city", "needs")
CITY_SIZES = (1_000, 10_000, 100_000, 1_000_000)
HUGE = 10_000_000
LOSERS_OF = "Poland_Lodz_2022"
Data = dict[str, Any]


class Benchmark:
    """One run: its options, the tools, and what has been measured so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.ours = ours()
        self.tools = [*self.ours, *pabutools(options.env), *equalshares_net(options.js_tool)]
        names = [tool.name for tool in self.tools]
        limits = {"limit": options.limit, "patience": options.patience, "rounds": options.rounds}
        # Parts that were measured before with the same tools are kept: a run may go part by part.
        known = read(options.json)
        self.data: Data = known if known.get("tools") == names else {}
        self.data |= {"machine": machine(), "tools": names, **limits}

    def save(self) -> None:
        """Write down what is known, so that a run cut short is not lost."""
        if self.options.json:
            self.options.json.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(self.data, indent=1, ensure_ascii=False)
            self.options.json.write_text(text + "\n", encoding="utf-8")

    def eight(self) -> None:
        """Equal shares with add1 on the eight large elections."""
        files, self.data["absent"] = elections.large(self.options.folder)
        self._elections("eight", "equal-shares", files)

    def small(self) -> None:
        """Equal shares with add1 on smaller elections of every size."""
        files = elections.small(self.options.folder, self.options.per_class)
        self._elections("small", "equal-shares", files)

    def greedy(self) -> None:
        """Most votes first, on the same elections."""
        files, self.data["absent"] = elections.large(self.options.folder)
        files += elections.small(self.options.folder, self.options.per_class)
        self._elections("greedy", "greedy", files)

    def _elections(self, part: str, job: str, files: Sequence[Path]) -> None:
        self.data[part] = []
        for file in files:
            results = self._turns(job, file, [t for t in self.tools if job in t.jobs])
            self._keep(part, file, results)

    def _keep(self, part: str, file: Path, results: Data) -> None:
        own = ratios.reference(results)
        size = own["size"] if own else elections.declared(file)
        self.data[part].append({"name": file.stem, "size": size, "results": results})
        self.save()

    def _turns(self, job: str, file: Path, tools: Sequence[Tool]) -> Data:
        """The tools in turn, round after round; a slow one is not asked again and again."""
        warm(file)
        runs: dict[str, list[Data]] = {tool.name: [] for tool in tools}
        for _ in range(self.options.rounds):
            for tool in tools:
                before = runs[tool.name]
                spent = sum(run["elapsed"] for run in before)
                if before and (not before[-1]["finished"] or spent > self.options.patience):
                    continue
                before.append(tool.measure(job, file, self.options.limit))
        results = {name: ratios.summed(one) for name, one in runs.items()}
        for name, result in results.items():
            say(f"{job} {file.stem}: {name} {_told(result)}")
        return results

    def archive(self) -> None:
        """Equal shares with add1 for every file of the folder, one after the other."""
        for file in sorted(self.options.folder.glob("*.pb")):
            warm(file)
        self.data["archive"] = self._alone("archive", self.options.folder)

    def needs(self) -> None:
        """What every loser of one large election would have needed."""
        file = self.options.folder / f"{LOSERS_OF}.pb"
        if not file.is_file():
            say(f"needs: left out, there is no {file.name}")
            return
        warm(file)
        compiled = [tool for tool in self.ours if tool.name == COMPILED]
        self.data["needs"] = self._alone("needs", file, compiled or self.ours)

    def _alone(self, job: str, place: Path, tools: Sequence[Tool] = ()) -> Data:
        """A job that only this library has, by each of its paths."""
        found = {}
        for tool in tools or self.ours:
            found[tool.name] = tool.measure(job, place, self.options.limit)
            say(f"{job}: {tool.name} {_told(found[tool.name])}")
        return found

    def city(self) -> None:
        """Synthetic cities of growing size; a tool that was slow is spared the next size."""
        self.data["city"] = []
        tools, files = [t for t in self.tools if "equal-shares" in t.jobs], self.options.work
        files.mkdir(parents=True, exist_ok=True)
        for ballots in (*self.options.city_sizes, *([HUGE] if self.options.huge else [])):
            file = files / f"city-{ballots}.pb"
            say(f"writing a city of {ballots:,} ballots")
            write_city(file, ballots)
            results = self._turns("equal-shares", file, tools)
            self._keep("city", file, results)
            file.unlink()
            tools = [tool for tool in tools if self._may_go_on(results[tool.name])]

    def _may_go_on(self, result: Data) -> bool:
        # Ten times the ballots take at least ten times as long.
        return result["finished"] and result["total"] * 10 < self.options.limit


def read(file: Path | None) -> Data:
    """What an earlier run wrote down, if anything."""
    return json.loads(file.read_text(encoding="utf-8")) if file and file.is_file() else {}


def warm(file: Path) -> None:
    """Read the file once, so that no tool pays for the disk."""
    with file.open("rb") as source:
        while source.read(1 << 20):
            pass


def _told(result: Data) -> str:
    if not result["finished"]:
        return result.get("error") or "does not finish"
    return f"{result.get('total', 0):.4g} s"


def machine() -> dict[str, Any]:
    """What the times depend on, without the name of any machine."""
    model = platform.processor() or platform.machine()
    try:
        known = Path("/proc/cpuinfo").read_text().split("model name")[1]
        model = known.split(":")[1].splitlines()[0].strip()
    except (OSError, IndexError):
        pass
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.system(), "python": python}


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options."""
    build = ROOT / "build"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("PABULIB_DIR"))
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part (again)")
    parser.add_argument("--json", type=Path, help="write all measurements to this file")
    parser.add_argument("--env", type=Path, default=build / "benchmark-env", metavar="DIR")
    parser.add_argument("--js-tool", type=Path, metavar="DIR", help="checkout of the tool")
    parser.add_argument("--work", type=Path, default=build, help="where cities are written")
    parser.add_argument("--huge", action="store_true", help="also a city of 10,000,000 ballots")
    parser.add_argument("--limit", type=float, default=600, help="seconds before giving up")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each tool, if quick")
    parser.add_argument("--patience", type=float, default=30, help="seconds for further rounds")
    parser.add_argument("--per-class", type=int, default=8, help="elections of each small size")
    parser.add_argument("--city-sizes", type=int, nargs="+", default=CITY_SIZES)
    options = parser.parse_args(arguments)
    if options.folder is None or not Path(options.folder).is_dir():
        parser.error("name a folder of Pabulib files, or set PABULIB_DIR")
    options.folder = Path(options.folder)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the tables."""
    options = parsed(arguments)
    benchmark = Benchmark(options)
    for part in PARTS:
        if not options.only or part in options.only:
            getattr(benchmark, part)()
            benchmark.save()
    for line in lines(benchmark.data):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
