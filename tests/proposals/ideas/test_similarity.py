"""Sentences that people take for the same, and others that they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.proposals.ideas.similarity import ALIKE, Index, features

SAME = [
    ("A bench by the pond", "A bench next to the pond"),
    ("More benches in the park", "A bench in the park"),
    ("A safe crossing for children at Mill Street", "A save crosing for children at Mill street"),
    ("Playground for toddlers behind the library", "Behind the library, a playground for toddlers"),
    ("Plant more trees along Station Road", "More trees on Station Road"),
    ("Repair café in the old school", "A repair cafe at the old school"),
    ("Bike racks in front of the swimming pool", "Bicycle racks at the swimming pool"),
    # de
    ("Mehr Bäume in der Bahnhofstraße", "Mehr Baeume in der Bahnhofstrasse"),
    ("Mehr Bäume in der Bahnhofstraße", "Bäume für die Bahnhofstrasse"),
    ("Ein Spielplatz für Kleinkinder am Fluss", "Spielplätze für kleine Kinder am Fluss"),
    # es
    ("Más bancos en la plaza mayor", "Un banco en la Plaza Mayor"),
    ("Carril bici hasta la estación", "Un carril-bici a la estacion"),
    # fr
    ("Des arbres dans la cour de l’école", "Plus d'arbres dans la cour de l'ecole"),
    ("Une fontaine à eau au parc", "Fontaines d’eau dans le parc"),
    # pl
    ("Więcej ławek w parku", "Wiecej lawek w parku"),
    ("Plac zabaw przy szkole podstawowej", "Place zabaw przy szkołach podstawowych"),
    # ar
    ("حديقة للأطفال قرب المدرسة", "حديقة أطفال بالقرب من المدرسة"),
    ("المزيد من الأشجار في الشارع الرئيسي", "أشجار أكثر في الشارع الرئيسي"),
]
DIFFERENT = [
    ("A bench by the pond", "A fountain on the market square"),
    ("More benches in the park", "More buses in the evening"),
    ("A safe crossing for children at Mill Street", "A reading club for children at the library"),
    ("Plant more trees along Station Road", "Slow down the cars on Church Lane"),
    ("Repair café in the old school", "New roof for the fire station"),
    ("Mehr Bäume in der Bahnhofstraße", "Mehr Busse am Abend in der Südstadt"),
    ("Ein Spielplatz für Kleinkinder am Fluss", "Ein Lesekreis für Senioren im Rathaus"),
    ("Más bancos en la plaza mayor", "Más luz en la calle del río"),
    ("Des arbres dans la cour de l’école", "Des pistes cyclables vers la gare"),
    ("Więcej ławek w parku", "Więcej światła na ulicy Długiej"),
    ("حديقة للأطفال قرب المدرسة", "إنارة جديدة في السوق القديم"),
    ("A lamp on the path to the school", "A lunch for people who live alone"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_people_say_in_nearly_the_same_words_is_found_both_ways(one, other):
    assert likeness(one, other) >= ALIKE
    assert likeness(other, one) >= ALIKE


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_only_shares_small_words_is_not_shown(one, other):
    assert likeness(one, other) < ALIKE
    assert likeness(other, one) < ALIKE


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_twin_comes_first_among_all_the_others(one, other):
    others = {text for pair in SAME + DIFFERENT for text in pair if one not in pair}
    index = Index(enumerate(sorted(others - {other})))
    index.add(1000, other)

    assert index.find(one)[0][0] == 1000


def test_a_sentence_in_another_script_finds_nothing_and_breaks_nothing():
    index = Index([(1, "A bench by the pond")])

    assert index.find("حديقة للأطفال") == []
    assert index.find("…!") == index.find("") == []


@given(st.lists(st.text(max_size=60), max_size=30), st.text(min_size=1, max_size=60))
def test_a_sentence_is_always_like_itself_and_likeness_lies_between_0_and_1(others, text):
    index = Index(enumerate(others))
    index.add(1000, text)

    found = index.find(text, limit=100, least=0)

    assert all(-1e-6 <= score <= 1 + 1e-6 for _, score in found)
    if features(text):
        assert dict(found)[1000] == pytest.approx(1, abs=1e-5)


@given(st.lists(st.text(alphabet="abcdeä ", max_size=30), min_size=1, max_size=40), st.data())
def test_growing_by_one_finds_what_building_at_once_finds(texts, data):
    cut = data.draw(st.integers(0, len(texts)))
    grown = Index(enumerate(texts[:cut]))
    grown.find("abc")
    for number in range(cut, len(texts)):
        grown.add(number, texts[number])

    exact = [number for number, text in enumerate(texts) if features(text) == features(texts[-1])]

    found = {number for number, score in grown.find(texts[-1], limit=100) if score > 0.999}
    assert set(exact) <= found or not features(texts[-1])


def likeness(one: str, other: str) -> float:
    return dict(Index([(1, other)]).find(one, least=0)).get(1, 0.0)
