import csv
import io
import json
import zipfile

import pytest
from pabulib.checker import Checker

from pb.errors import Invalid, NotFound, Refused
from pb.results import bundle, export, queries
from pb.rounds.models import ActKind
from pb.tally import pabulib
from pb.tally.ballots import Ballot, BallotKind, Limits
from tests import make
from tests.results.elections import FUNDED, RULES, equal_shares, town


def money(amount) -> str:
    return f"€{float(amount) / 100:,.2f}"


@pytest.fixture
def published(session, keys):
    found = town(session, keys)
    found.publish_count()
    return found


def pb_file(session, found) -> str:
    return export.pabulib_text(session, found.round, make.area(found.round), unit="Testford")


def check(text: str) -> dict:
    """The errors that the official checker finds in a file."""
    report = Checker().process_files([text])
    (results,) = [one["results"] for one in report.values() if "results" in one]
    assert report["metadata"]["processed"] == 1
    return {} if isinstance(results, str) else results["errors"]


# Before publication


@pytest.mark.parametrize(
    "make_file",
    [
        lambda session, round: export.csv_text(session, round, money),
        lambda session, round: export.json_text(session, round, money),
        lambda session, round: export.pabulib_text(session, round, round.areas[0], unit="T"),
        lambda session, round: export.bundle_bytes(session, round),
    ],
)
def test_nothing_is_exported_before_the_publication(session, keys, make_file):
    found = town(session, keys)
    found.do(ActKind.COUNT)
    with pytest.raises(Refused, match="not published yet"):
        make_file(session, found.round)


# CSV and JSON


def test_the_table_has_a_row_for_every_project(session, published):
    rows = list(csv.DictReader(io.StringIO(export.csv_text(session, published.round, money))))
    assert [row["code"] for row in rows] == [*FUNDED, "pool", "fountain"]
    assert rows[0] | {"reason": ""} == {
        "area": "Town",
        "number": "1",
        "code": "park",
        "title": "Park",
        "cost": "60000.00",
        "currency": "EUR",
        "votes": "3",
        "points": "",
        "result": "funded",
        "place_in_funding": "1",
        "reason": "",
        "needed_votes": "",
        "needed_cost": "",
        "needed_budget": "",
        "needed": "",
    }
    assert rows[0]["reason"].startswith("Funded 1st")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_table_is_a_formula(session, keys, start):
    code = f'{start}HYPERLINK("http://example.org")'
    found = town(session, keys, projects={code: ("town", 10_000_00)}, ballots=[])
    found.publish_count()
    text = export.csv_text(session, found.round, money)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["code"] == f"'{code}"
    assert not any(value.startswith(export.DANGEROUS) for value in row.values())


def test_the_json_holds_the_whole_result(session, published):
    data = json.loads(export.json_text(session, published.round, money))
    result = queries.latest(session, published.round)
    assert data["result_digest"] == result.digest
    assert data["config_digest"] == published.round.config_digest
    (area,) = data["areas"]
    assert area["outcome"]["funded"] == FUNDED
    assert area["projects"][3]["tied_with"] == ["bench"]
    assert area["projects"][0]["cost_minor_units"] == 60_000_00


# Pabulib


def test_the_pabulib_file_passes_the_official_checker(session, published):
    text = pb_file(session, published)
    assert check(text) == {}
    election = pabulib.read(text)
    assert election.meta["rule"] == "greedy"
    assert sorted(election.winners) == sorted(FUNDED)
    assert len(election.ballots) == 4


def test_equal_shares_pass_the_official_checker(session, keys):
    found = equal_shares(session, keys)
    found.publish_count()
    text = pb_file(session, found)
    assert pabulib.read(text).meta["rule"] == "equalshares"
    assert check(text) == {}


@pytest.mark.parametrize(
    ("kind", "ballots"),
    [
        (BallotKind.CHOOSE_1, [("park",), ("park",), ("tree",)]),
        (BallotKind.ORDINAL, [("park", "pool"), ("tree", "park")]),
        (BallotKind.CUMULATIVE, [Ballot(("park", "tree"), (2, 3)), Ballot(("pool",), (5,))]),
    ],
)
def test_every_kind_of_ballot_passes_the_official_checker(session, keys, kind, ballots):
    limits = Limits(
        kind,
        max_length=1 if kind is BallotKind.CHOOSE_1 else 3,
        max_sum_points=5 if kind is BallotKind.CUMULATIVE else None,
    )
    found = town(session, keys, limits=limits, ballots=ballots)
    found.publish_count()
    assert check(pb_file(session, found)) == {}


def test_the_threshold_is_told(session, keys):
    found = town(session, keys, params={"threshold": 2})
    found.publish_count()
    text = pb_file(session, found)
    assert pabulib.read(text).meta["min_project_score_threshold"] == "2"
    assert check(text) == {}


def test_a_file_of_an_area_without_projects_does_not_exist(session, keys):
    found = town(session, keys, areas={"town": 100_000_00, "north": 5_00})
    found.publish_count()
    with pytest.raises(NotFound):
        export.pabulib_text(session, found.round, make.area(found.round, "north"), unit="T")


# The bundle


@pytest.fixture
def packed(session, published, tmp_path):
    path = tmp_path / "bundle.zip"
    path.write_bytes(export.bundle_bytes(session, published.round))
    return path


def test_a_bundle_can_be_counted_again(packed):
    said = bundle.verify(bundle.read(packed), RULES)
    assert any("4 commitments, one for every voter" in line for line in said)
    assert any("3 projects funded, as published" in line for line in said)


def test_bundles_of_all_rules_and_several_areas_can_be_counted_again(session, keys, tmp_path):
    areas = {"town": 50_000_00, "north": 30_000_00}
    projects = {"park": ("town", 50_000_00), "swing": ("north", 20_000_00)}
    several = town(session, keys, areas=areas, projects=projects, ballots=[("park",)])
    for number, found in enumerate((several, equal_shares(session, keys))):
        found.publish_count()
        path = tmp_path / f"{number}.zip"
        path.write_bytes(export.bundle_bytes(session, found.round))
        assert bundle.verify(bundle.read(path), RULES)


def test_the_same_result_gives_the_same_bytes(session, published, packed):
    assert export.bundle_bytes(session, published.round) == packed.read_bytes()


def rewritten(path, change, *, honest_manifest=True):
    """The bundle with its files changed by `change`; the manifest is made to fit if wanted."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    change(files, manifest)
    if honest_manifest:
        said = manifest.pop("files")
        del manifest["format"], manifest["version"]
        files.pop("README.txt", None)
        assert said
        path.write_bytes(bundle.pack(manifest, files))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in {**files, "manifest.json": json.dumps(manifest)}.items():
                archive.writestr(name, content)
    return bundle.read(path)


def swap(name, old, new):
    def change(files, manifest):
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (swap("ballots/town.jsonl", b"park", b"pool"), "ballots/town.jsonl was changed"),
        (lambda files, manifest: files.pop("log.jsonl"), "log.jsonl is missing"),
        (lambda files, manifest: files.update(more=b""), "more is not in the manifest"),
    ],
)
def test_a_careless_change_is_found_by_the_digests_of_the_files(packed, change, sentence):
    changed = rewritten(packed, change, honest_manifest=False)
    with pytest.raises(bundle.Mismatch, match=sentence):
        bundle.verify(changed, RULES)


def drop_ballot(files, manifest):
    files["ballots/town.jsonl"] = files["ballots/town.jsonl"].split(b"\n", 1)[1]


def drop_commitment(files, manifest):
    files["commitments.txt"] = files["commitments.txt"].split(b"\n", 1)[1]


def double_commitment(files, manifest):
    first = files["commitments.txt"].split(b"\n", 1)[0]
    files["commitments.txt"] = first + b"\n" + files["commitments.txt"]


def stuff_the_box(files, manifest):
    files["ballots/town.jsonl"] += b'{"choices":["pool"]}\n' * 5


def cut_the_log(files, manifest):
    files["log.jsonl"] = b"".join(files["log.jsonl"].splitlines(keepends=True)[:-1])


def empty_the_log(files, manifest):
    files["log.jsonl"] = b""


def other_result(files, manifest):
    manifest["result_digest"] = "0" * 64


def other_winner(files, manifest):
    outcome = json.loads(files["outcomes/town.json"])
    outcome["funded"] = ["pool"]
    files["outcomes/town.json"] = json.dumps(outcome).encode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (swap("definition.json", b'"cost":1000000', b'"cost":1000001'), "not what was frozen"),
        (swap("ballots/town.jsonl", b"park", b"pool"), "not what was sealed"),
        (drop_ballot, "not what was sealed"),
        (stuff_the_box, "9 lists, but there are 4 ballots"),
        (drop_commitment, "3 commitments, but 4 voters"),
        (double_commitment, "names a ballot twice"),
        (swap("log.jsonl", b"It is time", b"It is late"), "entry .* was changed"),
        (cut_the_log, "does not end where"),
        (empty_the_log, "log.jsonl is empty"),
        (other_winner, "pool are funded"),
        (other_result, "does not tell that this result was published"),
        (lambda files, manifest: files.pop("outcomes/town.json"), "incomplete or broken"),
    ],
)
def test_a_careful_change_is_found_by_what_hangs_together(packed, change, sentence):
    changed = rewritten(packed, change)
    with pytest.raises(bundle.Mismatch, match=sentence):
        bundle.verify(changed, RULES)


def test_a_bundle_needs_its_rule(packed):
    with pytest.raises(bundle.Mismatch, match="not installed"):
        bundle.verify(bundle.read(packed), {})


# The box alone


def test_the_box_of_a_bundle_is_checked_packed_or_unpacked(packed, tmp_path):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    for path in (packed, folder):
        told = bundle.verify_box(bundle.read(path))
        assert any("the ballots are what was sealed" in line for line in told)
    ballots = folder / "ballots" / "town.jsonl"
    ballots.write_bytes(ballots.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(bundle.Mismatch, match=r"ballots/town\.jsonl was changed"):
        bundle.verify_box(bundle.read(folder))


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path):
    with pytest.raises(Invalid, match=r"has no manifest\.json"):
        bundle.read(tmp_path)
