"""Who talks with whom is a draw that anybody can repeat."""

from hypothesis import given
from hypothesis import strategies as st

from pb.purpose.workshops.pairing import Person, draw, third_place

AREAS = st.lists(st.sampled_from([None, 1, 2, 3]), max_size=60)
SEEDS = st.text("0123456789abcdef", min_size=4, max_size=32)


def people(areas):
    return [Person(number, area) for number, area in enumerate(areas, 1)]


@given(SEEDS, AREAS)
def test_everybody_is_in_exactly_one_pair(seed, areas):
    drawn = draw(seed, people(areas))

    assert sorted(number for pair in drawn for number in pair) == list(range(1, len(areas) + 1))


@given(SEEDS, AREAS)
def test_pairs_are_two_and_the_odd_one_out_makes_one_trio(seed, areas):
    sizes = sorted(len(pair) for pair in draw(seed, people(areas)))

    if len(areas) == 1:
        assert sizes == [1]
    else:
        trios = len(areas) % 2
        assert sizes == [2] * (len(sizes) - trios) + [3] * trios


@given(SEEDS, AREAS)
def test_the_same_seed_and_people_give_the_same_pairs_in_any_order(seed, areas):
    there = people(areas)

    assert draw(seed, there) == draw(seed, reversed(there))


@given(SEEDS, AREAS)
def test_nobody_talks_with_their_own_part_of_town_unless_it_is_in_the_majority(seed, areas):
    there = people(areas)
    area = {one.number: one.area for one in there}
    most = max((areas.count(one) for one in areas), default=0)
    drawn = draw(seed, there)
    alike = [pair for pair in drawn if len(pair) > 1 and len({area[n] for n in pair}) == 1]

    if most * 2 <= len(areas):
        assert alike == []
    else:
        assert len(alike) <= most - len(areas) // 2


def test_another_seed_gives_other_pairs():
    there = people([None] * 20)

    assert draw("a", there) != draw("b", there)


@given(SEEDS, st.lists(st.integers(0, 4), max_size=20))
def test_somebody_late_joins_who_is_alone_and_else_the_smallest_pair(seed, sizes):
    found = third_place(seed, list(enumerate(sizes)))
    room = [size for size in sizes if 0 < size < 3]

    assert (found is None) == (not room)
    if found is not None:
        assert sizes[found] == min(room)
