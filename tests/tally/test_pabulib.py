import contextlib
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pabulib.checker import Checker

from pb.tally import pabulib
from pb.tally.ballots import Ballot, BallotKind, Limits
from pb.tally.errors import PabulibError
from pb.tally.model import Instance, Project
from pb.tally.pabulib import Election, declared, pabulib_rule, read, write
from pb.tally.rules import load_rules
from tests.tally.elections import ARCHIVE, TOWN, TOWN_VOTES, archive_files, election, need_archive

RULES = load_rules()
SMALL = """META
key;value
description;A small town
country;Poland
unit;Town
instance;2026
num_projects;3
num_votes;3
budget;100
vote_type;{kind}
rule;{rule}
date_begin;2026
date_end;2026
PROJECTS
project_id;cost;votes;name;category;selected
01;60;2;"Park; the ""big"" one";green, play;1
2/a;50;2;Pool;;0
3;10;0;Path;;1
VOTES
voter_id;age;vote
v1;33;01,2/a
v2;;2/a
v3;70;01
"""
POINTS = SMALL.replace("age;vote", "vote;points")


def small(old="", new="", kind="approval", rule="greedy") -> str:
    return SMALL.format(kind=kind, rule=rule).replace(old, new, 1)


def checked(text, tmp_path, capsys) -> dict:
    path = tmp_path / "written.pb"
    path.write_text(text, encoding="utf-8", newline="")
    report = Checker().process_files([str(path)])
    capsys.readouterr()
    return report


def test_everything_in_a_file_is_read():
    one = read(small())
    assert one.instance.budget == 100
    assert one.instance.projects[0] == Project("01", 60, 'Park; the "big" one', ("green", "play"))
    assert one.ballots == (Ballot(("01", "2/a")), Ballot(("2/a",)), Ballot(("01",)))
    assert one.limits == Limits(BallotKind.APPROVAL)
    assert one.selected == {"01": 1, "2/a": 0, "3": 1}
    assert one.winners == ("01", "3")
    assert one.voter_columns == ("voter_id", "age")
    assert one.voters[1] == ("v2", "")
    assert one.warnings == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r\n", 7),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("VOTES\n", "\n votes \n"),
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("01,2/a", " 01 , 2/a "),
        lambda text: text.replace("budget;100", "budget;100.00"),
    ],
)
def test_untidy_files_read_the_same(change):
    untidy, tidy = read(change(small())), read(small())
    assert (untidy.instance, untidy.ballots) == (tidy.instance, tidy.ballots)


def test_only_a_line_feed_ends_a_line():
    one = read(small("Pool", "Pool\u2028of\x0blight\x85"))
    assert one.instance.projects[1].name == "Pool\u2028of\x0blight"


def test_parts_of_a_currency_unit_become_minor_units():
    one = read(small("budget;100", "budget;100.55"))
    assert one.instance.unit == 100
    assert one.instance.budget == 10055
    assert one.instance.projects[0].cost == 6000
    assert read(small(), unit=100).instance.budget == 10000
    assert read(small("budget;100", "budget;100,5"), unit=1).instance.budget == Fraction(201, 2)


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("META\n", "", 1, "", "starts with something else than the section META"),
        ("budget;100\n", "", 0, "budget", "is missing from META"),
        ("budget;100", "budget;1e6", 9, "budget", "not an amount of money"),
        ("budget;100", "budget;1,000", 9, "budget", "not an amount of money"),
        ("budget;100", "budget;-5", 9, "budget", "not an amount of money"),
        ("budget;100", f"budget;{'9' * 5000}", 9, "budget", "not an amount of money"),
        ("approval", "dice", 10, "vote_type", "is 'dice', not one of approval"),
        ("rule;", "min_length;two\nrule;", 11, "min_length", "not a whole number"),
        ("date_end;2026", "budget;5", 13, "budget", "stands twice in META"),
        ("\nPROJECTS", "\nTHINGS", 15, "", "a row of META has 6 cells"),
        ("project_id;cost", "project_id;price", 15, "cost", "PROJECTS has no column cost"),
        ("2/a;50", "01;50", 17, "project_id", "project 01 is listed twice"),
        ("2/a;50", ";50", 17, "project_id", "a project has no id"),
        ("2/a;50", "2/a;cheap", 17, "cost", "is 'cheap', not an amount of money"),
        ("Pool;;0", "Pool;;0;x", 17, "", "a row of PROJECTS has 7 cells"),
        ("Pool;;0", "Pool;;yes", 17, "selected", "is 'yes', not a whole number"),
        ("VOTES\n", "", 0, "", "has no section VOTES"),
        ("age;vote", "age;ballot", 20, "vote", "VOTES has no column vote"),
        ("v2;;2/a", "v2;;zoo", 22, "vote", "names project zoo, which is not in PROJECTS"),
        ("v3;", "v1;", 23, "voter_id", "voter v1 has two votes"),
    ],
)
def test_what_cannot_be_read_is_named_with_file_line_and_field(old, new, line, field, message):
    assert old in small()
    with pytest.raises(PabulibError, match=message) as refused:
        read(small(old, new), file="town.pb")
    assert (refused.value.file, refused.value.line, refused.value.field) == ("town.pb", line, field)
    assert str(refused.value).startswith("town.pb, ") or not (line or field)


@pytest.mark.parametrize("text", ["", "\n\n", "META\nkey;value\n"])
def test_a_file_without_its_sections_is_refused(text):
    with pytest.raises(PabulibError):
        read(text)


def test_text_that_is_not_utf8_is_refused_with_its_line():
    with pytest.raises(PabulibError, match="line 3: is not UTF-8"):
        read(b"META\nkey;value\nunit;\xff\n")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(PabulibError, match="No such file"):
        pabulib.read_file(tmp_path / "none.pb")


@given(st.text(alphabet='META;,\n\r"PROJECTSVOTES01key', max_size=80))
def test_no_text_makes_the_reader_fail_in_another_way(text):
    with contextlib.suppress(PabulibError):
        read("META\nkey;value\nbudget;1\nvote_type;approval\n" + text)


def test_points_are_read_beside_their_projects():
    text = POINTS.format(kind="cumulative", rule="greedy")
    text = text.replace("v1;33;01,2/a", "v1;01,2/a;3,1").replace("v2;;2/a", "v2;2/a;2")
    one = read(text.replace("v3;70;01", "v3;01;4"))
    assert one.ballots[0] == Ballot(("01", "2/a"), (3, 1))
    with pytest.raises(PabulibError, match="line 23, field points: gives 0 points for 1 project"):
        read(text.replace("v3;70;01", "v3;01;"))
    with pytest.raises(PabulibError, match="field points: is 'x', not a whole number"):
        read(text.replace("v3;70;01", "v3;01;x"))


def test_a_project_named_twice_in_a_vote_is_counted_once_with_a_warning():
    one = read(small("v2;;2/a", "v2;;2/a,2/a"))
    assert one.warnings == ("1 votes name a project twice; it counts once",)
    assert one.profile == read(small()).profile


def test_a_quoted_cell_may_hold_line_breaks():
    text = small('"Park; the ""big"" one"', '"Park;\nthe ""big""\n\none"').replace("\n", "\r\n")
    one = read(text)
    assert one.instance.projects[0].name == 'Park;\nthe "big"\n\none'
    assert one.instance.projects[1].name == "Pool"
    with pytest.raises(PabulibError, match="line 25, field vote: names project zoo"):
        read(text.replace("v2;;2/a", "v2;;zoo"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("v1;33;01,2/a", 'v1;"33;01,2/a', "line 21: a quoted cell does not end"),
        ("v3;70;01", 'v3;"70;01', "line 23: a quoted cell does not end"),
        ("v1;33;01,2/a\nv2;;2/a", 'v1;"33;01\nv2;"9";2/a', "line 21: cannot be split into cells"),
    ],
)
def test_a_stray_quote_swallows_no_votes(old, new, message):
    with pytest.raises(PabulibError, match=message):
        read(small(old, new))


def test_line_breaks_survive_writing(tmp_path, capsys):
    one = read(small("Pool", '"Pool\r\nof ""light""\nVOTES\n\n"'))
    assert one.instance.projects[1].name == 'Pool\nof "light"\nVOTES'
    one = replace(one, meta={**one.meta, "description": " a\r\nb\rc "})
    again = read(write(one))
    assert again.meta["description"] == "a\nb\nc"
    assert replace(again, meta=one.meta) == one
    assert checked(write(one), tmp_path, capsys)["metadata"]["valid"] == 1


TIDY = small("green, play;1", "green,play;1")


@pytest.mark.parametrize("change", [str, lambda text: text.replace("\n", "\r\n"), str.rstrip])
def test_a_tidy_file_is_read_strictly(change, tmp_path, capsys):
    assert read(change(TIDY), strict=True) == read(TIDY)
    assert checked(TIDY, tmp_path, capsys)["metadata"]["valid"] == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("META", "\ufeffMETA", 1, "", "byte order mark"),
        ("country;Poland\n", "country;Poland\r\n", 4, "", "ends in another way"),
        ("\nPROJECTS", "\n\nPROJECTS", 14, "", "is blank"),
        ("v3;70;01\n", "v3;70;01\n\n", 24, "", "is blank"),
        ("VOTES", "votes", 19, "", "written VOTES"),
        ("VOTES", "VOTES;;", 19, "", "written VOTES"),
        ("key;value", "key;value;note", 2, "note", "no column of META"),
        ("category", "target", 15, "target", "renamed to beneficiaries"),
        ("category", "colour", 15, "colour", "no column of PROJECTS"),
        ("category", "Category", 15, "Category", "no column of PROJECTS"),
        ("voter_id;age", "age;voter_id", 20, "age", "begin with voter_id"),
        ("v2;;2/a", "v2;;2/a;", 22, "", "has 4 cells, not 3"),
        ("unit;Town", "unit; Town", 5, "unit", "blanks at its ends"),
        ("green,play", "green, play", 16, "category", "beside a comma"),
        ("01,2/a", "01,,2/a", 21, "vote", "beside a comma"),
        ("unit;Town", "unit;", 5, "unit", "is empty"),
        ("Pool", "", 17, "name", "is empty"),
        ("v2;", ";", 22, "voter_id", "is empty"),
        ("v3;70;01", "v3;70;", 23, "vote", "is empty"),
        ("unit;Town", "unit;Town\nmayor;Anna", 6, "mayor", "no field of META"),
        ("country;Poland\n", "", 0, "country", "missing from META"),
        ("num_projects;3", "num_projects;4", 7, "num_projects", "says 4, but it is 3"),
        ("num_votes;3", "num_votes;2", 8, "num_votes", "says 2, but it is 3"),
        ("budget;100", "budget;100,5", 9, "budget", "not an amount"),
        ("approval", "Approval", 10, "vote_type", "not one of approval"),
        ("rule;greedy", "rule;lottery", 11, "rule", "not one of greedy"),
        ("date_end;2026", "date_end;30.2.2026", 13, "date_end", "not a date"),
        ("date_end;2026", "date_end;30.02.2026", 13, "date_end", "is no day"),
        ("date_end;2026", "date_end;2025", 13, "date_end", "before date_begin"),
        ("PROJECTS", "max_length;4\nPROJECTS", 14, "max_length", "more than there are"),
        ("PROJECTS", "max_length;1\nPROJECTS", 22, "vote", "at most 1 project"),
        ("PROJECTS", "min_length;2\nPROJECTS", 23, "vote", "at least 2 projects"),
        ("PROJECTS", "max_sum_cost;100\nPROJECTS", 22, "vote", "cost 110 together"),
        ("PROJECTS", "comment;hello\nPROJECTS", 14, "comment", "numbered"),
        ("3;10;0", "3;0;0", 18, "cost", "is zero"),
        ("3;10;0", "3;10.0;0.0", 18, "votes", "not a whole number"),
        ("01;60;2", "01;60;3", 16, "votes", "says 3, but the votes give 2"),
        ("Path;;1", "Path;;4", 18, "selected", "not 0, 1, 2 or 3"),
        ("01,2/a", "01,2/a,01", 21, "vote", "chosen 2 times"),
    ],
)
def test_what_is_untidy_is_refused_strictly_and_read_otherwise(old, new, line, field, message):
    assert old in TIDY
    text = TIDY.replace(old, new, 1)
    assert read(text).profile.voters == 3
    with pytest.raises(PabulibError, match=message) as refused:
        read(text, file="town.pb", strict=True)
    assert (refused.value.file, refused.value.line, refused.value.field) == ("town.pb", line, field)


def test_points_are_checked_strictly():
    text = TIDY.replace("approval", "cumulative").replace("age;vote", "vote;points")
    text = text.replace("v1;33;01,2/a", "v1;01,2/a;3,1").replace("v2;;2/a", "v2;2/a;2")
    text = text.replace("v3;70;01", "v3;01;4")
    with pytest.raises(PabulibError, match="field max_sum_points: is missing"):
        read(text, strict=True)
    text = text.replace("PROJECTS", "max_sum_points;4\nPROJECTS")
    assert read(text, strict=True).profile.voters == 3
    with pytest.raises(PabulibError, match="line 24, field points: Give at most 4 points"):
        read(text.replace("v3;01;4", "v3;01;5"), strict=True)
    with pytest.raises(PabulibError, match="line 24, field points: is '4.0', not a list"):
        read(text.replace("v3;01;4", "v3;01;4.0"), strict=True)


def test_most_of_the_archive_is_tidy():
    need_archive()
    names = archive_files(100_000)
    tidy = 0
    for name in names:
        with contextlib.suppress(PabulibError):
            tidy += bool(pabulib.read_file(ARCHIVE / name, strict=True))
    assert tidy > len(names) * 0.9


def test_wrong_totals_are_a_warning():
    assert read(small("num_votes;3", "num_votes;4")).warnings == (
        "num_votes says 4, but there are 3",
    )


def test_what_is_written_reads_back_equal_and_passes_the_official_checker(tmp_path, capsys):
    one = read(small())
    assert read(write(one)) == one
    assert checked(write(one), tmp_path, capsys)["metadata"]["valid"] == 1


@pytest.mark.parametrize("third", [1000, 5000])
@pytest.mark.parametrize("kind", BallotKind)
def test_an_election_of_our_own_passes_the_official_checker(kind, third, tmp_path, capsys):
    meta = {
        "description": "Participatory budget of a small town",
        "country": "Germany",
        "unit": "Town",
        "instance": "2026",
        "rule": "unknown",
        "date_begin": "01.05.2026",
        "date_end": "14.05.2026",
        "currency": "EUR",
    }
    costs = {"Park\nand pond": 6000, "Pool": 2550, "Path": third}
    projects = tuple(Project(str(n), costs[name], name) for n, name in enumerate(costs, 1))
    place = Instance(10050, projects, unit=100)
    longest = 1 if kind is BallotKind.CHOOSE_1 else 2
    cast = tuple(Ballot(("2", "1", "3")[:longest]) for _ in range(3)) + (Ballot(("3",)),)
    if kind.has_points:
        cast = tuple(Ballot(ballot.choices, (2, 1)[: len(ballot.choices)]) for ballot in cast)
    most = 3 if kind is BallotKind.CUMULATIVE else None
    limits = Limits(kind, max_length=longest, max_sum_points=most)
    one = Election(meta, place, cast, limits, {"1": 1, "2": 1, "3": 0})
    text = write(one)

    report = checked(text, tmp_path, capsys)
    assert report["metadata"]["valid"] == 1, report["summary"]
    again = read(text)
    assert (again.instance.budget, again.ballots, again.limits) == (10050, cast, one.limits)
    assert read(write(again)) == again


def test_a_field_that_the_format_demands_is_asked_for():
    one = read(small("country;Poland\n", ""))
    with pytest.raises(PabulibError, match="field country: is missing"):
        write(one)


def test_an_id_that_cannot_stand_in_a_list_is_refused():
    with pytest.raises(PabulibError, match="cannot be written"):
        write(Election({}, Instance(1, (Project("a,b", 1),)), ()))


def test_the_declared_threshold_applies_wherever_it_stands():
    text = small("rule;", "min_project_score_threshold;1\nrule;")
    one = read(text)
    rule, params, ties = declared(one)
    assert rule(one.instance, one.profile, params, ties).funded == ("01",)
    assert ties == ("file-order",)


def test_a_rule_that_is_not_known_is_refused():
    with pytest.raises(PabulibError, match="declares the rule 'unknown'"):
        declared(read(small(rule="unknown")))


@pytest.mark.parametrize(
    ("rule", "params", "name"),
    [
        ("greedy", {}, "greedy"),
        ("greedy", {"threshold": "5"}, "greedy-threshold"),
        ("greedy", {"unaffordable": "stop"}, "greedy-no-skip"),
        ("greedy", {"order": "score-per-cost"}, "unknown"),
        ("equal-shares", {}, "equalshares"),
        ("equal-shares", {"completion": "add1", "stop": "overspend"}, "equalshares/add1"),
        ("equal-shares", {"completion": "add1"}, "unknown"),
        ("equal-shares", {"utility": "cardinality"}, "unknown"),
        ("equal-shares", {"comparison": "satisfaction"}, "equalshares-comparison"),
    ],
)
def test_an_outcome_is_exported_under_the_name_the_archive_gives_its_rule(rule, params, name):
    rule = RULES[rule]
    assert pabulib_rule(rule(TOWN, TOWN_VOTES, rule.parse_params(params))) == name


@pytest.mark.parametrize(
    ("rivals", "params", "name"),
    [
        (("sports", "tennis"), {}, "greedy-exclusive"),
        (("sports", "tennis"), {"threshold": "1"}, "unknown"),
        (("sports", "tennis"), {"unaffordable": "stop"}, "unknown"),
        (("library", "benches"), {}, "greedy"),  # neither is funded, so neither barred the other
    ],
)
def test_an_outcome_in_which_a_project_barred_another_has_a_name_of_its_own(rivals, params, name):
    rule, place = RULES["greedy"], replace(TOWN, exclusive=(rivals,))
    assert pabulib_rule(rule(place, TOWN_VOTES, rule.parse_params(params))) == name


@pytest.mark.parametrize(
    "name", archive_files(30_000) or [pytest.param("", marks=pytest.mark.skip("no archive"))]
)
def test_files_of_the_archive_survive_writing(name, tmp_path, capsys):
    one = election(name)
    again = read(write(one))
    assert {**one.meta, "budget": ""} == {**again.meta, "budget": ""}
    for part in ("instance", "ballots", "limits", "selected", "project_fields", "voters"):
        assert getattr(again, part) == getattr(one, part)
    assert checked(write(one), tmp_path, capsys)["metadata"]["valid"] == 1


def test_every_file_of_the_archive_reads():
    need_archive()
    for name in archive_files():
        one = pabulib.read_file(ARCHIVE / name)
        assert one.profile.voters == int(one.meta["num_votes"])
        assert len(one.instance.projects) == int(one.meta["num_projects"])


PER_CATEGORY = """\
META
key;value
description;x
country;Worldwide
unit;x
instance;1
num_projects;3
num_votes;1
budget;100
vote_type;approval
rule;greedy
date_begin;2026
date_end;2026
categories;green,sport
min_length_per_category;0
max_length_per_category;1
max_sum_cost_per_category;{costs}
PROJECTS
project_id;cost;name;category
a;30;A;green
b;40;B;green
c;50;C;sport
VOTES
voter_id;vote
1;a,b
"""


def test_limits_per_category_are_read_checked_and_written():
    text = PER_CATEGORY.format(costs="60,60")
    one = read(text)
    assert (one.limits.min_length_per_category, one.limits.max_length_per_category) == (0, 1)
    assert one.limits.max_sum_cost_per_category == 60
    assert read(write(one)).limits == one.limits
    with pytest.raises(PabulibError, match="at most 1 project on “green”; 2 are chosen"):
        read(text, strict=True)


def test_different_amounts_per_category_stay_in_meta():
    one = read(PER_CATEGORY.format(costs="60,70"))
    assert one.limits.max_sum_cost_per_category is None
    assert read(write(one)).meta["max_sum_cost_per_category"] == "60,70"
