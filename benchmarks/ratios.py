"""From measurements to ratios: a ratio counts only where both tools funded the same projects."""

import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from elections import size_class
from tools import COMPILED, PORTABLE

TIMES = ("read", "count", "total")


def summed(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Several runs of one tool on one election: medians of times and memory."""
    done = [run for run in runs if run["finished"]]
    if not done:
        kept = {key: runs[-1][key] for key in ("peak", "elapsed", "error") if key in runs[-1]}
        return {"finished": False, "runs": len(runs), **kept}
    numbers = {key: median(run[key] for run in done) for key in (*TIMES, "peak", "elapsed")}
    facts = {
        key: done[0][key] for key in ("winners", "digest", "size", "version") if key in done[0]
    }
    return {"finished": True, "runs": len(done), **numbers, **facts}


def reference(results: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Our own result for an election, whose winners the others must have."""
    for tool in (COMPILED, PORTABLE):
        if results.get(tool, {}).get("finished"):
            return results[tool]
    return None


def verdict(results: dict[str, dict[str, Any]], tool: str) -> str:
    """Why there is no ratio for the tool, or nothing where there is one."""
    result, own = results.get(tool), reference(results)
    if result is None:
        return "not measured"
    if not result["finished"]:
        return result.get("error") or "does not finish"
    if own is None:
        return "nothing to compare with"
    if result["winners"] == own["winners"]:
        return "other digest" if result.get("digest", own["digest"]) != own["digest"] else ""
    same = set(result["winners"]) == set(own["winners"])
    return "other order of winners" if same else "other winners"


def ratio(results: dict[str, dict[str, Any]], ours: str, other: str, key: str) -> float | None:
    """How many times more of `key` the other tool takes; None where the outcomes differ."""
    if verdict(results, ours) or verdict(results, other):
        return None
    return results[other][key] / max(results[ours][key], 1e-9)


def mean(ratios: Iterable[float | None]) -> float | None:
    """The geometric mean of the ratios that there are."""
    known = [one for one in ratios if one is not None]
    return math.exp(math.fsum(map(math.log, known)) / len(known)) if known else None


def by_class(elections: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Elections in their size classes, in order of size."""
    classes: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(elections, key=lambda one: one["size"]["voters"]):
        classes.setdefault(size_class(one["size"]["voters"]), []).append(one)
    return classes
