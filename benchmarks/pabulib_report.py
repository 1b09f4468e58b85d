"""Official results against ours: counts every Pabulib file of a folder by its declared rule.

Prints docs/pabulib.md:

    python benchmarks/pabulib_report.py DIR > docs/pabulib.md
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pb.tally import pabulib
from pb.tally.ballots import Ballot
from pb.tally.errors import TallyError
from pb.tally.model import Instance, Profile
from pb.tally.pabulib import Election
from pb.tally.pabulib.declared import DECLARED

# 1 is funded; 2 is funded with other money, which is part of Poznań's rule only.
WON = {"greedy-custom": (1, 2)}


@dataclass(frozen=True)
class Cause:
    """Why an official result is another one; `without` are the projects to take out first."""

    text: str
    without: tuple[str, ...] = ()


WITHDRAWN = "withdrawn after the vote, which the file does not say"
CONFLICT = "excluded as conflicting with a funded project; the file has no list of conflicts"
OFFLINE = "votes on paper are missing from the file, and money is split by category or area"
# For files of the whole archive; one that is not in the folder is not mentioned.
CAUSES = {
    "Poland_Warszawa_2018_Las.pb": Cause(WITHDRAWN, ("1649",)),
    "Poland_Warszawa_2018_Ursynow_Wysoki_Poludniowy.pb": Cause(WITHDRAWN, ("1137",)),
    "Poland_Warszawa_2018_Wawrzyszew.pb": Cause(WITHDRAWN, ("2527",)),
    "Poland_Warszawa_2020_Bialoleka.pb": Cause(WITHDRAWN, ("118",)),
    "Poland_Warszawa_2020_Targowek.pb": Cause(WITHDRAWN, ("1667",)),
    "Poland_Warszawa_2021_Ursynow.pb": Cause(CONFLICT, ("1687", "459", "1821")),
    "Poland_Warszawa_2022_Bemowo.pb": Cause(CONFLICT, ("153",)),
    "Poland_Warszawa_2022_Bielany.pb": Cause(CONFLICT, ("1932",)),
    "Poland_Lodz_2020.pb": Cause("funded in a second round of allocation", ("L048", "L141")),
    "Hungary_Budapest_2024.pb": Cause(OFFLINE),
}


@dataclass(frozen=True)
class Finding:
    """One file: its rule, and whether our count is the official result (None: not compared)."""

    file: str
    rule: str
    official: bool
    equal: bool | None = None
    difference: str = ""
    problem: str = ""


def main(arguments: Sequence[str]) -> int:
    """Print the report of the folder named; 2 where there is nothing to count."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python benchmarks/pabulib_report.py DIR", file=sys.stderr)
        return 2
    files = sorted(Path(arguments[0]).glob("*.pb"))
    if not files:
        print(f"there are no Pabulib files in {arguments[0]}", file=sys.stderr)
        return 2
    for line in report([examine(path) for path in files]):
        print(line)
    return 0


def examine(path: Path) -> Finding:
    """Count one file and compare it with the official result, where it has one."""
    try:
        election = pabulib.read_file(path)
    except TallyError as error:
        problem = str(error).removeprefix(str(path)).lstrip(",: ")
        return Finding(path.name, "(cannot be read)", False, problem=problem)
    name = election.meta.get("rule") or "(none)"
    official = bool(election.selected)
    if name not in DECLARED:
        return Finding(path.name, name, official)
    try:
        funded = counted(election)
    except TallyError as error:
        return Finding(path.name, name, official, problem=str(error))
    if not official:
        return Finding(path.name, name, official)
    return Finding(path.name, name, official, *compared(path.name, election, funded))


def counted(election: Election, without: Sequence[str] = ()) -> set[str]:
    """What the declared rule funds, after the projects `without` are taken out."""
    rule, params, ties = pabulib.declared(election)
    place, profile = election.instance, election.profile
    if without:
        stay = tuple(project for project in place.projects if project.id not in without)
        place = Instance(place.budget, stay, place.unit)
        profile = Profile(
            profile.kind,
            tuple((_without(ballot, without), weight) for ballot, weight in profile),
            profile.max_length,
        )
    return set(rule(place, profile, params, ties).funded)


def _without(ballot: Ballot, projects: Sequence[str]) -> Ballot:
    kept = [place for place, project in enumerate(ballot.choices) if project not in projects]
    points = tuple(ballot.points[place] for place in kept) if ballot.points else ()
    return Ballot(tuple(ballot.choices[place] for place in kept), points)


def compared(file: str, election: Election, funded: set[str]) -> tuple[bool, str]:
    """Whether it is the official result, and if not, what differs and why."""
    won = WON.get(election.meta["rule"], (1,))
    official = {project for project, value in election.selected.items() if value in won}
    if funded == official:
        return True, ""
    order = [project.id for project in election.instance.projects]
    more = ", ".join(project for project in order if project in funded - official)
    less = ", ".join(project for project in order if project in official - funded)
    words = [f"we fund {more}" if more else "", f"officially funded {less}" if less else ""]
    return False, f"{'; '.join(word for word in words if word)}. {_why(file, election, official)}"


def _why(file: str, election: Election, official: set[str]) -> str:
    """The known cause, and whether counting again without its projects confirms it."""
    cause = CAUSES.get(file)
    if cause is None:
        return "The cause is not known."
    if not cause.without:
        return f"Cause: {cause.text}."
    again = counted(election, cause.without) == official
    verdict = "equal" if again else "still not equal"
    several = "projects" if len(cause.without) > 1 else "project"
    named = f"{several} {', '.join(cause.without)}"
    return f"Cause: {named}, {cause.text}. Counted again without: {verdict}."


def report(findings: Sequence[Finding]) -> Iterator[str]:
    """The page, line by line."""
    compared = [one for one in findings if one.equal is not None]
    equal = sum(one.equal is True for one in compared)
    yield "# Official results"
    yield ""
    yield "Elections from the archive of [pabulib.org](https://pabulib.org), counted by the rule"
    yield "that each file declares, with ties in the order of the file. Where a file says in its"
    yield "column `selected` which projects were officially funded, our count is compared with it,"
    yield "project by project. A command makes this page; `DIR` is a folder of Pabulib files:"
    yield ""
    yield "    python benchmarks/pabulib_report.py DIR > docs/pabulib.md"
    yield ""
    yield f"There are {len(findings)} files. {len(compared)} of them have an official result and"
    yield f"declare a rule that is known here; {equal} of these {len(compared)} results are equal."
    yield ""
    yield from _table(findings)
    yield from _section("Not equal", [(one, one.difference) for one in compared if not one.equal])
    yield from _section("Not counted", [(one, one.problem) for one in findings if one.problem])
    yield from _section("Not compared, with an official result", _not_compared(findings))


def _not_compared(findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    """Files with an official result whose rule is not known."""
    left = [one for one in findings if one.official and one.equal is None and not one.problem]
    return [(one, f"declares the rule `{one.rule}`. {_known(one.file)}".rstrip()) for one in left]


def _known(file: str) -> str:
    return f"{CAUSES[file].text.capitalize()}." if file in CAUSES else ""


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    files = Counter(one.rule for one in findings)
    official = Counter(one.rule for one in findings if one.official)
    equal = Counter(one.rule for one in findings if one.equal)
    yield "| declared rule | files | with `selected` | equal | not equal |"
    yield "|---|---:|---:|---:|---:|"
    for rule in sorted(files):
        compared = any(one.equal is not None for one in findings if one.rule == rule)
        unequal = official[rule] - equal[rule]
        results = f"{equal[rule]} | {unequal}" if compared else "– | –"
        yield f"| {rule} | {files[rule]} | {official[rule]} | {results} |"


def _section(title: str, found: Sequence[tuple[Finding, str]]) -> Iterator[str]:
    if found:
        yield ""
        yield f"## {title}"
        yield ""
        for one, words in found:
            yield f"- `{one.file}`: {words}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
