import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.ballots import receipts
from pb.eligibility import codes, crockford
from pb.eligibility.crockford import ALPHABET, Mistyped

numbers = st.integers(0, 2**60 - 1)
made = numbers.map(lambda number: codes.new(lambda bits: number))


def test_a_code_has_sixty_random_bits_and_no_letter_that_reads_like_another():
    asked = []
    code = codes.new(lambda bits: asked.append(bits) or 2**60 - 1)
    assert asked == [60]
    assert code[:12] == "Z" * 12
    assert not set("ILOU") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32


def test_a_code_is_printed_in_groups_of_four():
    assert codes.grouped("ABCDEFGHJKMNP") == "ABCD-EFGH-JKMN-P"


@given(numbers)
def test_what_is_printed_is_read_back(number):
    code = codes.new(lambda bits: number)
    assert codes.parse(codes.grouped(code)) == code
    assert crockford.decode(code) == number


@given(made, st.data())
def test_small_letters_blanks_dashes_and_look_alikes_are_forgiven(code, data):
    typed = ""
    for character in code:
        looks = {"0": "0oO", "1": "1iIlL"}.get(character, character + character.lower())
        typed += data.draw(st.sampled_from(looks)) + data.draw(
            st.sampled_from(["", " ", "-", "\u00a0", "–", "  ", "\t"])
        )
    assert codes.parse(typed) == code


@given(made, st.data())
def test_every_single_wrong_character_is_noticed(code, data):
    place = data.draw(st.integers(0, len(code) - 1))
    wrong = data.draw(st.sampled_from([c for c in ALPHABET if c != code[place]]))
    with pytest.raises(Mistyped, match="typing mistake"):
        codes.parse(code[:place] + wrong + code[place + 1 :])


@given(made, st.data())
def test_every_swap_of_two_characters_is_noticed(code, data):
    place = data.draw(st.integers(0, len(code) - 2))
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        with pytest.raises(Mistyped, match="typing mistake"):
            codes.parse(swapped)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "this one has 0"),
        ("ABCD-EFGH", "13 letters and digits; this one has 8"),
        ("ABCD-EFGH-JKMN-PP", "this one has 14"),
        ("ABCD-EFGH-JKMU-P", "“U” is not used in codes"),
        ("ABCD-EFGH-JKM*-P", "is not used in codes"),
        ("ABCD-EFGH-JKMÉ-P", "is not used in codes"),
    ],
)
def test_what_cannot_be_a_code_is_explained(typed, sentence):
    with pytest.raises(Mistyped, match=sentence):
        codes.parse(typed)


@given(st.text(max_size=80))
def test_anything_typed_is_read_or_refused(typed):
    try:
        assert len(codes.parse(typed)) == 13
    except Mistyped as refusal:
        assert str(refusal).endswith(".")


@given(st.binary(min_size=32, max_size=32))
def test_a_receipt_leads_back_to_its_commitment(commitment):
    code = receipts.code(commitment)
    assert len(code.replace("-", "")) == 17
    assert receipts.beginning(code.lower()) == commitment[:10]
