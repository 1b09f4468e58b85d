import pytest

from pb.eligibility.names import same, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana Núñez", "ANA NUNEZ"),
        ("Ana Núñez", "Núñez, Ana"),
        ("Anne-Marie Weiß", "Anne Marie Weiss"),
        ("Annemarie Weiß", "Anne-Marie Weiss"),
        ("Jan de Vries", "Jan Devries"),
        ("Siobhán O’Brien", "Siobhan OBrien"),
        ("Łukasz Wałęsa", "Lukasz Walesa"),
        ("Søren Ærø", "Soren Aero"),
        ("Maria José García López", "María García"),
        ("ﬁona Ｓmith", "Fiona Smith"),
        ("فاطمة الزهراء", "الزهراء فاطمة"),
    ],
)
def test_spellings_of_one_name(one, other):
    assert same(one, other) and same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana Núñez", "Ana Muñoz"),
        ("Ana Núñez", "Ana"),
        ("Ana Sol", "Lana So"),
        ("Jan Peter Smit", "Jan Smith"),
        ("", ""),
        ("–", "Ana"),
    ],
)
def test_names_of_different_people(one, other):
    assert not same(one, other) and not same(other, one)


def test_a_name_is_a_set_of_parts():
    assert tokens("Núñez-Øst, Ana") == {"ana", "nunez", "ost"}
