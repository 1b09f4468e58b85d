"""The kernel reads what Python reads, or gives up: equal elections, digests and errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pb.tally import digest, kernel, pabulib
from pb.tally.errors import PabulibError
from pb.tally.pabulib import reader
from pb.tally.scores import scores, votes
from tests.tally.elections import ARCHIVE, archive_files
from tests.tally.test_pabulib import POINTS, small

pytestmark = pytest.mark.skipif(kernel.library() is None, reason="the kernel is not built")

IDS = ["1", "2", "10", "01", "a", "B/2", "zażółć", "ſ", "votes", "x" * 8, "x" * 9, "y" * 17]
IDS += ["\U0001f600", "\uffee", 'q"q']
BLANKS = ["", "", "", "", " ", "\t", "\u00a0", "\u2003", "\x1c", "\r"]
NUMBERS = ["1", "2", "-2", "0", "007", "999999999", "5.0", "9999999999", "x", "", " 3 "]
SEPARATORS = [",", ",", ",", ",", ", ", ",,", " ,"]


def portable(source, **how):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "library", lambda: None)
        return facts(source, **how)


def facts(source, **how):
    """Everything that two readings must share, or the error."""
    try:
        one = pabulib.read(source, file="town.pb", **how)
    except PabulibError as error:
        return str(error)
    return (
        one.instance,
        one.profile,
        one.meta,
        one.limits,
        one.selected,
        one.voter_columns,
        one.warnings,
        one.profile.voters,
        one.profile.longest,
        votes(one.instance, one.profile),
        scores(one.instance, one.profile),
        digest.of_input(one.instance, one.profile),
    )


def read_by_the_kernel(source):
    return reader._scanned(source, "", None)


def file_of(kind, header, rows, end="\n"):
    meta = f"META\nkey;value\nbudget;100\nvote_type;{kind}\nmax_length;30\n"
    projects = "".join(f"{project};5\n".replace('q"q', '"q""q"') for project in IDS)
    text = f"{meta}PROJECTS\nproject_id;cost\n{projects}VOTES\n{header}\n" + end.join(rows)
    return text.encode("utf-8", "surrogatepass")


def lists(draw, what, tidy):
    # Long lists take another way to their order.
    chosen = draw(st.lists(st.sampled_from(what), max_size=draw(st.sampled_from([2, 4, 14]))))
    if tidy:
        return ",".join(dict.fromkeys(chosen))
    return draw(st.sampled_from(BLANKS)) + draw(st.sampled_from(SEPARATORS)).join(chosen)


@st.composite
def files(draw, tidy=False):
    kind = draw(st.sampled_from(["approval", "choose-1", "cumulative", "scoring", "ordinal"]))
    columns = draw(st.permutations(["voter_id", "vote", "points", "age"]))
    rows = []
    for number in range(draw(st.integers(0, 7))):
        vote = lists(draw, IDS[:8] + ["10"] if draw(st.booleans()) else IDS, tidy)
        length = len([one for one in vote.split(",") if one.strip()])
        given = draw(st.lists(st.sampled_from(NUMBERS[:6]), min_size=length, max_size=length))
        row = {"voter_id": str(number), "vote": vote, "points": ",".join(given), "age": "33"}
        if not tidy and draw(st.integers(0, 3)) == 0:
            row["points"] = lists(draw, NUMBERS, tidy)
            row["voter_id"] = draw(st.sampled_from(["0", " 1", "v", "v\u00a0", "ż", "", "META"]))
            row["age"] = draw(st.sampled_from(["", '"3;3"', 'a"b', '"', " ", "ſ", "\ud800"]))
        cells = [row[name] for name in columns]
        rows.append(";".join(cells[: draw(st.integers(1, 4))] if draw(st.booleans()) else cells))
        if not tidy and draw(st.integers(0, 4)) == 0:
            odd = ["", " ", "\u00a0", ";;;", ";;;;", ";;;;x", "VOTES", "voteſ;;", "meta", "\x00"]
            rows.append(draw(st.sampled_from(odd)))
    end = "\n" if tidy else draw(st.sampled_from(["\n", "\r\n"]))
    last = draw(st.sampled_from(["", end]))
    return file_of(kind, ";".join(columns), [*rows, last] if last else rows, end)


@settings(max_examples=300)
@given(files())
def test_untidy_files_read_the_same_or_fail_the_same_on_both_paths(source):
    assert facts(source) == portable(source)


@given(files(tidy=True))
def test_tidy_files_read_the_same_on_both_paths(source):
    assert facts(source) == portable(source)


def test_tidy_files_are_read_by_the_kernel():
    source = file_of("cumulative", "voter_id;vote;points", ["a;1,2;3,0", "b;;", "c;zażółć;-7", ""])
    one = read_by_the_kernel(source)
    assert one.profile.voters == 3
    assert [(b.choices, b.points, n) for b, n in one.profile] == [
        ((), (), 1),
        (("1", "2"), (3, 0), 1),
        (("zażółć",), (-7,), 1),
    ]


@pytest.mark.parametrize(
    "change",
    [
        ("v2;;2/a", 'v2;"";2/a'),
        ("v2;;2/a", "v2;;zoo"),
        ("v2;;2/a", "v2;;2/a;;;x"),
        ("v2;;2/a", "votes;;"),
        ("v2;;2/a", "v3;;2/a"),
        ("v2;;2/a", "\u00a0v2;;2/a"),
        ("v2;;2/a", "\u00a0"),
        ("\nVOTES", '\n"VOTES"'),
    ],
)
def test_on_anything_unusual_the_kernel_gives_up(change):
    assert read_by_the_kernel(small()) is not None
    assert read_by_the_kernel(small(*change)) is None
    assert facts(small(*change)) == portable(small(*change))


@pytest.mark.parametrize("given", ["1", "1,2,3", "1,x", "1,5.0", "1,1234567890"])
def test_points_that_are_not_plain_are_left_to_python(given):
    text = POINTS.format(kind="scoring", rule="greedy").replace(
        "v1;33;01,2/a", f"v1;01,2/a;{given}"
    )
    text = text.replace("v2;;2/a", "v2;2/a;2").replace("v3;70;01", "v3;01;4")
    assert read_by_the_kernel(text) is None
    assert facts(text) == portable(text)


def test_a_text_that_is_not_utf8_is_left_to_python():
    for bad in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"\xe2\x82"):
        source = small().encode().replace(b"v2;;", b"v2;" + bad + b";")
        assert read_by_the_kernel(source) is None
        assert facts(source) == portable(source)
        assert read_by_the_kernel(small().encode() + bad) is None


def test_a_heading_within_quotes_is_no_heading():
    text = small('"Park; the ""big"" one"', '"Park\nVOTES\nvoter_id;vote\n"')
    assert facts(text) == portable(text)
    assert pabulib.read(text).instance.projects[0].name == "Park\nVOTES\nvoter_id;vote"


@pytest.mark.parametrize("size", [0, 1, 47, 48, 700])
def test_many_and_long_ballots_come_in_the_order_of_python(size):
    ids = [str(number * 7919 % 1000) for number in range(300)]
    names = "".join(f"{one};5\n" for one in ids)
    rows = [
        f"{n};" + ",".join(ids[(n * n + k * (n % 7 + 1)) % 300] for k in range(n * 37 % 60))
        for n in range(size)
    ]
    for kind in ("approval", "ordinal"):
        head = f"META\nkey;value\nbudget;9\nvote_type;{kind}\nPROJECTS\nproject_id;cost\n{names}"
        source = (head + "VOTES\nvoter_id;vote\n" + "\n".join(rows)).encode()
        assert read_by_the_kernel(source) is not None
        assert facts(source) == portable(source)


def test_equal_choices_are_ordered_by_points():
    rows = [f"{n};1,2,10;{n % 3 - 1},{-n % 5},{n % 2}" for n in range(200)]
    source = file_of("scoring", "voter_id;vote;points", rows)
    assert read_by_the_kernel(source) is not None
    assert facts(source) == portable(source)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in archive_files(60_000) else pytest.mark.slow)
        for name in archive_files()
    ]
    or [pytest.param("", marks=pytest.mark.skip("no archive"))],
)
def test_files_of_the_archive_read_the_same_on_both_paths(name):
    source = (ARCHIVE / name).read_bytes()
    assert read_by_the_kernel(source) is not None
    assert facts(source) == portable(source)
