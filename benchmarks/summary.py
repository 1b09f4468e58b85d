"""The tables of one run, as Markdown: printed by tally.py, and part of docs/performance.md."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import ratios
from tools import COMPILED, OTHERS, PORTABLE

Data = dict[str, Any]
KEYS = (("count", "count"), ("total", "file to winners"), ("peak", "peak memory"))


def lines(data: Data) -> Iterator[str]:
    """All that was measured, section by section."""
    yield from _section("Large elections", data.get("eight"), _eight, data)
    everything = [*data.get("eight", []), *data.get("small", [])]
    yield from _section("By size", data.get("small") and everything, _classes, data)
    yield from _section("Most votes first", data.get("greedy"), _greedy, data)
    yield from _section("All files", data.get("archive"), _archive, data)
    yield from _section("A synthetic city", data.get("city"), _city, data)
    yield from _section("What every loser would have needed", data.get("needs"), _needs, data)


def _section(title: str, found: Any, tell, data: Data) -> Iterator[str]:
    if found:
        yield f"## {title}"
        yield ""
        yield from "\n".join(tell(found, data)).rstrip().split("\n")
        yield ""


def _eight(found: Sequence[Data], data: Data) -> Iterator[str]:
    yield "Equal shares by cost with add1. Times: reading + counting; memory: the most at any time."
    yield ""
    yield from _sizes(found)
    yield from _times(found, data)
    yield from _means(found, _others(data))
    if data.get("absent"):
        yield f"Not in the folder: {', '.join(_spaced(name) for name in data['absent'])}."


def _classes(found: Sequence[Data], data: Data) -> Iterator[str]:
    yield "Geometric means over elections of similar size: count · file to winners · peak memory."
    yield "In small ones fixed costs rule."
    yield ""
    others = _others(data)
    heads = ["voters", "elections", *(f"{ours} / {other}" for ours, other in others)]
    yield from _table(heads, _class_rows(found, others))
    yield from _left_out(found, others)


def _class_rows(found: Sequence[Data], others: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
    for name, members in ratios.by_class(found).items():
        means = [[_mean(members, *pair, key) for key, _ in KEYS] for pair in others]
        yield [name, str(len(members)), *map(_three, means)]


def _greedy(found: Sequence[Data], data: Data) -> Iterator[str]:
    others = [pair for pair in _others(data) if pair[1] == OTHERS[0]]
    large = [one for one in found if one["size"]["voters"] >= 10_000]
    yield "By votes or points, on the large elections:"
    yield ""
    yield from _times(large, data)
    yield from _means(large, others)
    yield from _classes(found, {"tools": [n for n in data["tools"] if n != OTHERS[1]]})


def _archive(found: Data, data: Data) -> Iterator[str]:
    yield "Equal shares by cost with add1 for every file, from bytes to winners, one after another:"
    yield ""
    for tool, result in found.items():
        files = result.get("files", 0)
        work = f"{files} {'file' if files == 1 else 'files'} in {_whole(result, data)}"
        yield f"- {tool}: {work}, {memory(result.get('peak'))}{_slowest(result)}."
        for refused in result.get("refused", []):
            yield f"    - not counted: {refused}"


def _slowest(result: Data) -> str:
    if not result.get("slowest"):
        return ""
    name, taken = result["slowest"]
    return f"; the slowest is {_spaced(name.removesuffix('.pb'))} with {seconds(taken)}"


def _city(found: Sequence[Data], data: Data) -> Iterator[str]:
    yield "Equal shares by cost with add1, 500 projects. Written by `benchmarks/city.py`."
    yield ""
    yield from _sizes(found)
    yield from _times(found, data)


def _needs(found: Data, data: Data) -> Iterator[str]:
    yield "Votes, cost and budget for all losers of Łódź 2022, each confirmed by counting again:"
    yield ""
    for tool, result in found.items():
        if "missing" in result:
            yield f"- {tool}: {result['missing']}."
            continue
        work = f"losers: {result.get('losers', 0)}; counts: {result.get('counts', 0):,};"
        yield f"- {tool}: {work} {_whole(result, data)}."


def _whole(result: Data, data: Data) -> str:
    if result["finished"]:
        return seconds(result["total"])
    stopped = f"{seconds(result.get('total', 0))}, not finished"
    return f"{stopped} ({result.get('error') or 'after ' + seconds(data['limit'])})"


def _sizes(found: Sequence[Data]) -> Iterator[str]:
    heads = ["election", "ballots", "different", "projects", "choices", "merged", "repeats"]
    keys = ("voters", "groups", "projects", "approvals", "merged", "repeats")
    rows = ([_name(one), *(_known(one["size"].get(key)) for key in keys)] for one in found)
    yield from _table(heads, rows)


def _known(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _times(found: Sequence[Data], data: Data) -> Iterator[str]:
    """What each tool took, and the ratios election by election."""
    tools = [tool for tool in data["tools"] if any(tool in one["results"] for one in found)]
    rows = ([_name(one), *(_cell(one["results"], tool) for tool in tools)] for one in found)
    yield from _table(["reading + counting, memory", *tools], rows)
    others = _others({"tools": tools})
    if not others:
        return
    yield "How many times more the other tool takes: count · file to winners · peak memory."
    yield ""
    heads = ["election", *(f"{ours} / {other}" for ours, other in others)]
    yield from _table(heads, ([_name(one), *_each(one, others)] for one in found))


def _each(one: Data, others: Sequence[tuple[str, str]]) -> Iterator[str]:
    for pair in others:
        yield _three([ratios.ratio(one["results"], *pair, key) for key, _ in KEYS])


def _three(found: Sequence[float | None]) -> str:
    return " · ".join(map(times, found)) if any(found) else "–"


def _cell(results: Data, tool: str) -> str:
    result = results.get(tool)
    if result is None:
        return "not tried"
    if not result["finished"]:
        return f"{result.get('error') or 'does not finish'}, {memory(result.get('peak'))}"
    words = f"{seconds(result['read'])} + {seconds(result['count'])}, {memory(result['peak'])}"
    why = ratios.verdict(results, tool)
    return f"{words}, {why}" if why else words


def _means(found: Sequence[Data], others: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Geometric means, and why an election is not part of one."""
    rows = [
        [f"{ours} / {other}", *(times(_mean(found, ours, other, key)) for key, _ in KEYS)]
        for ours, other in others
    ]
    yield from _table(["geometric mean", *(word for _, word in KEYS)], rows)
    yield from _left_out(found, others)


def _left_out(found: Sequence[Data], others: Sequence[tuple[str, str]]) -> Iterator[str]:
    out = set()
    for one in found:
        for tool in dict.fromkeys(name for pair in others for name in pair):
            why = ratios.verdict(one["results"], tool)
            out |= {f"- {_name(one)}: no ratio with {tool}: {why}."} if why else set()
    yield from sorted(out)
    if out:
        yield ""


def _mean(found: Iterable[Data], ours: str, other: str, key: str) -> float | None:
    return ratios.mean(ratios.ratio(one["results"], ours, other, key) for one in found)


def _others(data: Data) -> list[tuple[str, str]]:
    """Each of our paths with each other tool that took part."""
    own = [tool for tool in (COMPILED, PORTABLE) if tool in data["tools"]]
    return [(ours, other) for other in OTHERS if other in data["tools"] for ours in own]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    rows = list(rows)
    if not rows:
        return
    yield f"| {' | '.join(heads)} |"
    yield f"|---|{'---:|' * (len(heads) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _name(one: Data) -> str:
    return _spaced(one["name"])


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def seconds(number: float) -> str:
    """A time in words, with three digits."""
    if number >= 99.95:
        return f"{number:,.0f} s"
    unit, scale = ("s", 1) if number >= 1 else ("ms", 1e3) if number >= 1e-3 else ("µs", 1e6)
    return f"{number * scale:.3g} {unit}"


def memory(number: float | None) -> str:
    """Bytes in words."""
    return "memory unknown" if number is None else f"{number / 1e6:,.0f} MB"


def times(ratio: float | None) -> str:
    """A ratio in words."""
    if ratio is None:
        return "–"
    return f"{ratio:,.0f} ×" if ratio >= 99.95 else f"{ratio:.3g} ×"
