"""Letters say one code, in the voter's language, where a window and a phone find it."""

import re
import shutil
import string
import subprocess
from dataclasses import fields, replace

import pytest

from pb.eligibility import codes, letter_page, letter_texts, letterhead, letters
from pb.eligibility.crockford import Mistyped
from pb.eligibility.letter_texts import ENGLISH, LANGUAGES
from pb.eligibility.letters import Letter
from pb.rounds.models import Phase
from tests import make
from tests.eligibility import qr

ADDRESS = "https://budget.example.org/rounds/spring/vote"
CODE = "ABCD-EFGH-JKMN-P"
ARABIC = range(0x600, 0x700)


@pytest.fixture
def round(session):
    return make.round_(session, Phase.BALLOT, areas={"north": 50_000_00, "town": 100_000_00})


@pytest.fixture
def heads(round):
    return letterhead.in_every_language(
        round, town="Testford", address=ADDRESS, sender="Town of Testford", desk="Market 1"
    )


def letter(**more) -> Letter:
    return Letter(
        **{"number": 7, "area": "North", "code": CODE, "link": f"{ADDRESS}?code={CODE}"} | more
    )


def count(pdf: bytes, what: bytes) -> int:
    return len(re.findall(rb"/%s\b" % what, pdf))


def words(pdf: bytes, tmp_path, *options: str) -> str:
    """The text of a PDF as another program reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("there is no pdftotext")
    file = tmp_path / "letters.pdf"
    file.write_bytes(pdf)
    call = ["pdftotext", *options, file, "-"]
    return subprocess.run(call, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_has_a_page_and_a_picture(heads, language):
    pdf = letters.pdf(heads, [letter(number=n, language=language) for n in (1, 2, 3)])
    assert pdf.startswith(b"%PDF-")
    assert count(pdf, b"Type /Page") == 3
    assert count(pdf, b"Subtype /Image") == 1, "one picture: all have the same link"
    other = [letter(link=f"{ADDRESS}?code={n}", language=language) for n in range(3)]
    assert count(letters.pdf(heads, other), b"Subtype /Image") == 3


def test_large_batches_come_in_files_of_five_hundred(heads):
    sizes = [count(file, b"Type /Page") for file in letters.files(heads, [letter()] * 1_001)]
    assert sizes == [500, 500, 1]


@pytest.mark.parametrize("longer", [0, 30, 120])
def test_a_phone_reads_the_link_with_the_code(longer):
    link = f"https://budget.example.org/{'x' * longer}/vote?code={CODE}"
    assert qr.read(letter_page.picture(link)) == link


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_says_code_address_dates_and_desk(heads, language, tmp_path):
    head = heads[language]
    to = ("Zoë Müller-Łęcka", "Rue de l’Œuvre 3", "1000 Testford")
    pdf = letters.pdf(heads, [letter(language=language, address=to)])
    found = words(pdf, tmp_path, "-layout").replace("\u00a0", " ")
    for text in (*to, CODE, ADDRESS.removeprefix("https://"), "Town of Testford", "Market 1"):
        assert text in found
    if language != "ar":  # which programs write down in different orders
        assert head.words.desk_heading.replace("\u00a0", " ") in found
        assert head.opens.split(",")[0] in " ".join(found.split())


def test_arabic_is_joined_and_set_from_the_right(heads, tmp_path):
    pdf = letters.pdf(heads, [letter(language="ar")])
    boxes = words(pdf, tmp_path, "-bbox")
    found = re.findall(r'xMin="([\d.]+)".*?xMax="([\d.]+)".*?>(.+?)</word>', boxes)
    heading = [float(right) for _, right, word in found if "كيف" in word or "فيك" in word]
    [code] = [float(right) for _, right, word in found if word == CODE]
    edge = (letter_page.LEFT + letter_page.WIDTH) / letter_page.MILLIMETRES
    assert heading and abs(heading[0] - edge) < 2
    assert edge - 25 < code < edge


def test_without_an_address_the_number_stands_for_the_person(heads):
    assert heads["en"].holder(7) == ("To the holder of entry no. 7 on the roll", "Testford")
    assert heads["de"].who(7, "Nord") == "Nr. 7 · Nord"
    assert heads["de"].who(7, "") == "Nr. 7"


def test_money_and_dates_are_written_as_the_language_does(round, session):
    round.areas[0].budget = 1_234_56
    session.commit()
    heads = letterhead.in_every_language(round, town="T", address=ADDRESS)
    assert heads["en"].budget == "€101,234.56"
    assert heads["de"].budget == "101.234,56\u00a0€"
    assert heads["de"].opens.endswith("14:00 Uhr")
    assert heads["es"].opens.startswith("sábado 9 de mayo de 2026")
    assert heads["en"].address == ADDRESS.removeprefix("https://")


def test_a_round_without_dates_has_letters_without_dates(round):
    round.dates = []
    heads = letterhead.in_every_language(round, town="T", address=ADDRESS)
    assert heads["fr"].opens == ""
    assert count(letters.pdf(heads, [letter(language="fr")]), b"Type /Page") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_and_fills_in_the_same_places(language):
    for field in fields(ENGLISH):
        here, there = getattr(LANGUAGES[language], field.name), getattr(ENGLISH, field.name)
        if isinstance(here, bool):
            continue
        here, there = ("".join(text) for text in (here, there))
        assert here.strip()
        if field.name != "moment":
            assert places(here) == places(there), field.name
        assert letters.unprintable(here) is None


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("de", "de"), ("DE-at", "de"), ("pl_PL", "pl"), (" ar ", "ar"), ("it", None), ("", None)],
)
def test_languages_are_known_however_they_are_written(written, meant):
    assert letter_texts.known(written) == meant


@pytest.mark.parametrize(
    ("written", "kept"),
    [("de", "de"), (" DE-at ", "de"), ("pt_BR", "pt"), ("Estonian", ""), ("fry", ""), ("", "")],
)
def test_a_language_is_a_code_and_not_the_beginning_of_a_word(written, kept):
    assert letter_texts.code(written) == kept


def test_only_arabic_is_read_from_the_right():
    assert [name for name, words in LANGUAGES.items() if words.right_to_left] == ["ar"]
    assert any(ord(character) in ARABIC for character in LANGUAGES["ar"].keep)


def test_the_code_of_a_specimen_opens_nothing(heads):
    with pytest.raises(Mistyped, match="typing mistake"):
        codes.parse(letters.SPECIMEN_CODE)
    pdf = letters.specimen(heads, "ar", "North", ADDRESS)
    assert count(pdf, b"Type /Page") == 1


def test_signs_that_the_fonts_lack_are_named():
    assert letters.unprintable("Łucja Ångström, Ελένη, Дарья, ليلى") is None
    assert letters.unprintable("Ms 李") == "李"
    assert letters.unprintable("Party 🎉") == "🎉"


def test_signs_that_nobody_sees_are_left_out():
    assert letters.printable_only("A\u202eB\u0000C\u200bD\u00ad") == "ABCD"
    assert letters.printable_only("می\u200cخواهم") == "می\u200cخواهم"
    assert letters.printable_only("e\u0301") == "é"


def test_what_is_too_long_is_set_smaller_and_stays_on_the_page(heads, tmp_path):
    long = {
        language: replace(head, town="Very Long Town " * 8, desk="Counter " * 30, sender="S" * 200)
        for language, head in heads.items()
    }
    pdf = letters.pdf(long, [letter(area="Area " * 30, address=("N" * 60,) * 6)])
    boxes = words(pdf, tmp_path, "-bbox")
    assert max(float(x) for x in re.findall(r'xMax="([\d.]+)"', boxes)) < 595
    assert max(float(y) for y in re.findall(r'yMax="([\d.]+)"', boxes)) < 842
