"""A bundle: one file with everything that anybody needs to count again, and the count itself.

This module knows no database and no web. What stands in a bundle, and how it is checked:

    manifest.json         digests of all other files, and of the published result; the projects
                          that were withdrawn during the vote, as the log tells them
    definition.json       what was frozen; its SHA-256 is the digest that voters saw
    ballots/AREA.jsonl    the sealed lists of one area, one per line
    commitments.txt       one per counted ballot, where voters look for their receipt
    outcomes/AREA.json    the stored outcome of one area, with every step of the count
    log.jsonl             the hash-chained log of the round

What the projects that lost would have needed is not in it: it follows from the rest.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from pb.audit import service as audit
from pb.audit.models import Entry
from pb.db import canonical
from pb.errors import Invalid
from pb.results import counting
from pb.tally.ballots import Ballot
from pb.tally.errors import TallyError
from pb.tally.model import Profile
from pb.tally.rules import Rule

FORMAT, VERSION = "pb-bundle", 1
MANIFEST = "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes

README = """\
This file holds everything that is needed to check and repeat the count of “{name}”.

1. Install the program: pip install pb
2. Run: pb recount {slug}.zip

It checks the digests of all files, the number of commitments and the chain of the log, counts the
sealed ballots again under the frozen rule, and compares the outcome. It needs no network.

Voters find their receipt in commitments.txt. The lists of a ballot are kept apart by area and
sorted, so that no ballot can be traced to a voter.
"""


@dataclass(frozen=True)
class Bundle:
    """The content of a bundle, read or about to be written."""

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def definition(self) -> dict[str, Any]:
        """What was frozen, and the codes of the projects that were withdrawn since."""
        withdrawn = self.manifest.get("withdrawn", [])
        return json.loads(self.files["definition.json"]) | {"withdrawn": withdrawn}

    def ballots(self, area: str) -> list[Ballot]:
        """The sealed lists of one area."""
        lines = self.files[f"ballots/{area}.jsonl"].splitlines()
        return [Ballot.from_json(json.loads(line)) for line in lines]

    @property
    def commitments(self) -> list[str]:
        return self.files["commitments.txt"].decode().split()


def lines(rows: Iterable[Any]) -> bytes:
    """Canonical JSON, one value per line."""
    return b"".join(canonical(row) + b"\n" for row in rows)


def pack(facts: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """A bundle as bytes; `facts` go into the manifest, beside the digests of the files."""
    readme = README.format(name=facts["name"], slug=facts["round"]).encode()
    files = {"README.txt": readme, **files}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = {"format": FORMAT, "version": VERSION, **facts, "files": digests}
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {MANIFEST: text.encode(), **files}.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def read(path: str | Path) -> Bundle:
    """Open a bundle, a ZIP or a folder; raises Invalid for what is none."""
    try:
        if Path(path).is_dir():
            return _checked(path, _folder(Path(path)))
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        return _checked(path, files)
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror or 'cannot be read'}") from None
    except KeyError:
        raise Invalid(f"{path}: has no {MANIFEST}") from None
    except (zipfile.BadZipFile, ValueError, RuntimeError):
        raise Invalid(f"{path}: is not a bundle") from None


def _folder(path: Path) -> dict[str, bytes]:
    found = (file for file in path.rglob("*") if file.is_file())
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in found}


def _checked(path: str | Path, files: dict[str, bytes]) -> Bundle:
    """The bundle of these files; raises Invalid, KeyError or ValueError for what is none."""
    manifest = json.loads(files.pop(MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Invalid(f"{path}: is not a bundle")
    if manifest.get("version") != VERSION:
        raise Invalid(f"{path}: has version {manifest.get('version')}, which is not known")
    return Bundle(manifest, files)


class Mismatch(Exception):
    """Something in the bundle is not what it says it is."""


def verify(bundle: Bundle, rules: Mapping[str, Rule]) -> list[str]:
    """Check everything and count again; what was found in order, one line each.

    Raises Mismatch with one clear sentence at the first thing that is not in order.
    """
    try:
        return [
            _files(bundle),
            _definition(bundle),
            _commitments(bundle),
            _sealed(bundle),
            _log(bundle),
            *_count(bundle, rules),
        ]
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise Mismatch(f"The bundle is incomplete or broken: {error!r}.") from None
    except TallyError as error:
        raise Mismatch(f"The ballots cannot be counted: {error}") from None


def verify_box(bundle: Bundle) -> list[str]:
    """Check only what concerns the ballot box, without counting; raises Mismatch."""
    try:
        return [_files(bundle), _definition(bundle), _commitments(bundle), _sealed(bundle)]
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise Mismatch(f"The bundle is incomplete or broken: {error!r}.") from None


def _refuse(sentence: str) -> NoReturn:
    raise Mismatch(sentence)


def _files(bundle: Bundle) -> str:
    said = bundle.manifest["files"]
    for name in sorted(set(said) | set(bundle.files)):
        if name not in bundle.files:
            _refuse(f"{name} is missing.")
        if name not in said:
            _refuse(f"{name} is not in the manifest.")
        if hashlib.sha256(bundle.files[name]).hexdigest() != said[name]:
            _refuse(f"{name} was changed.")
    return f"{len(said)} files are as the manifest says"


def _definition(bundle: Bundle) -> str:
    digest = hashlib.sha256(bundle.files["definition.json"]).hexdigest()
    if digest != bundle.manifest["config_digest"]:
        _refuse("definition.json is not what was frozen.")
    return f"the definition is what was frozen: {digest}"


def _commitments(bundle: Bundle) -> str:
    found = bundle.commitments
    if found != sorted(set(found)):
        _refuse("commitments.txt is not sorted, or names a ballot twice.")
    if not found:
        return "there are no commitments: the ballots came from another system"
    if len(found) != bundle.manifest["voters"]:
        _refuse(f"There are {len(found)} commitments, but {bundle.manifest['voters']} voters.")
    for area in bundle.definition["areas"]:
        lists = len(bundle.ballots(area["slug"]))
        if lists > len(found):
            _refuse(f"“{area['name']}” has {lists} lists, but there are {len(found)} ballots.")
    return f"{len(found)} commitments, one for every voter"


def _sealed(bundle: Bundle) -> str:
    """The digest as the server made it: a text of the round, its lists and its commitments."""
    definition = bundle.definition
    found = hashlib.sha256(f"round {definition['round']}\n".encode())
    for area in sorted(row["slug"] for row in definition["areas"]):
        found.update(f"area {area}\n".encode())
        found.update(lines(one.to_json() for one in bundle.ballots(area)))
    found.update(b"commitments\n" + bundle.files["commitments.txt"])
    digest = found.hexdigest()
    if digest != bundle.manifest["sealed_digest"]:
        _refuse("The ballots are not what was sealed.")
    return f"the ballots are what was sealed: {digest}"


def _log(bundle: Bundle) -> str:
    rows = [json.loads(line) for line in bundle.files["log.jsonl"].splitlines()]
    if not rows:
        _refuse("log.jsonl is empty.")
    verdict = audit.verify(rows[0]["chain"], [_entry(row) for row in rows])
    if not verdict.intact:
        _refuse(f"The log is broken: {verdict.problem}.")
    if verdict.head != bundle.manifest["log_head"]:
        _refuse("The log does not end where the manifest says.")
    told = {(row["kind"], row["body"].get("definition")) for row in rows}
    if ("ballot.freeze", bundle.manifest["config_digest"]) not in told:
        _refuse("The log does not tell that this definition was frozen.")
    gone = [row["body"]["project"] for row in rows if row["kind"] == "project.withdraw"]
    if sorted(gone) != sorted(bundle.definition["withdrawn"]):
        _refuse("The withdrawn projects are not those that the log tells of.")
    told = {(row["kind"], row["body"].get("digest")) for row in rows}
    published = {(kind, bundle.manifest["result_digest"]) for kind in PUBLISHED}
    if not told & published:
        _refuse("The log does not tell that this result was published.")
    return f"the log is intact: {verdict.entries} entries, head {verdict.head}"


PUBLISHED = ("result.publish", "result.amend")


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        chain=row["chain"],
        seq=row["seq"],
        at=datetime.fromisoformat(row["at"]),
        actor_id=row["actor"],
        side=row["side"],
        kind=row["kind"],
        body=row["body"],
        prev=row["prev"],
        hash=row["hash"],
    )


def _count(bundle: Bundle, rules: Mapping[str, Rule]) -> list[str]:
    """Count every area again and compare the digests."""
    definition, said, digests = bundle.definition, [], {}
    for area in counting.counted_areas(definition):
        limits = counting.limits(definition, area)
        profile = Profile.of(bundle.ballots(area), limits.kind, limits.longest)
        outcome = counting.count_area(definition, area, profile, rules).outcome
        stored = json.loads(bundle.files[f"outcomes/{area}.json"])
        if outcome.to_json() != stored:
            difference = _difference(outcome, stored)
            _refuse(f"Counting “{area}” again gives another outcome: {difference}")
        digests[area] = outcome.outcome_digest
        said.append(f"“{area}” counted again: {len(outcome.funded)} projects funded, as published")
    manifest = bundle.manifest
    digest = counting.result_digest(manifest["config_digest"], manifest["sealed_digest"], digests)
    if digest != manifest["result_digest"]:
        _refuse("The outcomes are not those of the published result.")
    return [*said, f"the result is the published one: {digest}"]


def _difference(outcome: Any, stored: Mapping[str, Any]) -> str:
    if list(outcome.funded) != stored["funded"]:
        return f"{', '.join(outcome.funded)} instead of {', '.join(stored['funded'])} are funded."
    return "the same projects are funded, but the steps differ."
