"""Envelopes around ballots, and the three key sheets that open them."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic.wordlist import WORDLIST
from sqlalchemy import select

from pb.ballots import envelope, service, shares
from pb.ballots.envelope import Opener
from pb.ballots.models import LiveBallot
from pb.errors import Invalid, Refused
from pb.rounds.models import Phase
from tests import make
from tests.ballots.box import seal

KEY, OTHER = make.PRIVATE_KEY, bytes(range(1, 33))
SHEETS = make.SHEETS
BOX_KEY = envelope.box_key(KEY)


def opener(key: bytes = KEY) -> Opener:
    return Opener(key, envelope.box_key(key))


# Envelopes


@given(st.binary(max_size=3 * envelope.BLOCK))
@settings(deadline=None, max_examples=50)
def test_what_goes_in_comes_out(content):
    assert opener().open(envelope.close(BOX_KEY, content)) == content


def test_the_size_of_an_envelope_does_not_tell_how_much_was_chosen():
    few, many = b"x" * 90, b"x" * (envelope.BLOCK - 1)
    assert len(envelope.close(BOX_KEY, few)) == len(envelope.close(BOX_KEY, many))


def test_the_same_ballot_never_gives_the_same_envelope():
    assert envelope.close(BOX_KEY, b"park") != envelope.close(BOX_KEY, b"park")


def test_another_key_opens_nothing():
    with pytest.raises(Refused, match="stays shut"):
        opener(OTHER).open(envelope.close(BOX_KEY, b"park"))
    with pytest.raises(Invalid, match="another key than that of this ballot box"):
        Opener(OTHER, BOX_KEY)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
@settings(deadline=None, max_examples=50)
def test_a_changed_byte_is_noticed(place, change):
    closed = bytearray(envelope.close(BOX_KEY, b"park"))
    closed[place % len(closed)] ^= change
    with pytest.raises(Refused, match="stays shut"):
        opener().open(bytes(closed))


@pytest.mark.parametrize("rubbish", [b"", b"x", b"x" * 48, b"x" * 600])
def test_what_is_no_envelope_is_refused(rubbish):
    with pytest.raises(Refused, match="stays shut"):
        opener().open(rubbish)


@pytest.mark.parametrize("envelopes", ["closed"], indirect=True)
def test_no_choice_can_be_read_in_the_database_while_voting_is_open(
    session, round, cast, tmp_path, backend
):
    cast(round, make.entry(session, round, "north"), north=["lamp"], town=["pool"])
    live = session.scalars(select(LiveBallot)).one()
    assert b"lamp" not in live.content and b"nonce" not in live.content
    assert b'"lamp"' in opener().open(live.content)
    if backend == "sqlite":
        session.rollback()
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("test.sqlite*"))
        assert live.slot in stored, "the scan sees what is stored"
        assert b'["lamp"]' not in stored


@pytest.mark.parametrize("envelopes", ["closed"], indirect=True)
def test_a_box_is_not_sealed_without_its_key(session, round, cast, keys, shut):
    cast(round, make.entry(session, round), town=["pool"])
    with pytest.raises(Refused, match="Two key sheets"):
        service.seal(session, round, at=shut, keys=keys)
    session.rollback()
    assert seal(session, round, keys, shut).ballots == 1


@pytest.mark.parametrize("envelopes", ["closed"], indirect=True)
def test_a_ballot_in_an_envelope_of_another_key_keeps_the_box_shut(
    session, round, cast, keys, shut
):
    cast(round, make.entry(session, round), town=["pool"])
    live = session.scalars(select(LiveBallot)).one()
    plain = opener().open(live.content)
    live.content = envelope.close(envelope.box_key(OTHER), plain)
    session.commit()
    with pytest.raises(Refused, match="cannot be opened"):
        seal(session, round, keys, shut)


# Key sheets


@pytest.mark.parametrize("chosen", list(itertools.permutations(range(3), 2)))
def test_any_two_sheets_give_the_key(chosen):
    assert shares.join([shares.read(SHEETS[n]) for n in chosen]) == KEY


def test_one_sheet_gives_nothing():
    with pytest.raises(Invalid, match="Two key sheets are needed"):
        shares.join([shares.read(SHEETS[0])])
    with pytest.raises(Invalid, match="sheet 2 twice"):
        shares.join([shares.read(SHEETS[1]), shares.read(SHEETS[1])])


def test_sheets_of_different_keys_do_not_go_together():
    with pytest.raises(Invalid, match="different keys"):
        shares.join([shares.read(SHEETS[0]), shares.read(shares.split(KEY)[1])])


def test_a_sheet_may_be_typed_in_many_ways():
    words = SHEETS[2].split()
    ways = [
        SHEETS[2].upper(),
        "\n".join(f"{n}. {word}," for n, word in enumerate(words, 1)),
        "  ".join(word[:4] for word in words),
    ]
    assert {shares.read(way) for way in ways} == {shares.read(SHEETS[2])}
    assert shares.number(shares.read(SHEETS[2])) == 3


def test_a_misspelt_word_is_named_with_what_may_be_meant():
    words = SHEETS[0].split()
    words[6] = "acadmic"
    with pytest.raises(Invalid, match="Word 7, “acadmic”.* mean “academic”"):
        shares.read(" ".join(words))


def test_a_missing_word_is_counted():
    with pytest.raises(Invalid, match="There are 32 words here. A sheet has 33"):
        shares.read(" ".join(SHEETS[0].split()[:-1]))
    with pytest.raises(Invalid, match="Type the words"):
        shares.read(" 1. 2. \n")


@given(st.integers(0, 32), st.sampled_from(WORDLIST))
@settings(deadline=None, max_examples=100)
def test_a_real_word_in_a_wrong_place_is_noticed(place, word):
    words = SHEETS[0].split()
    if words[place] == word:
        return
    words[place] = word
    with pytest.raises(Invalid, match="together they are not a key sheet"):
        shares.read(" ".join(words))


@given(st.integers(0, 31))
@settings(deadline=None)
def test_two_words_that_changed_places_are_noticed(place):
    words = SHEETS[0].split()
    if words[place] == words[place + 1]:
        return
    words[place : place + 2] = reversed(words[place : place + 2])
    with pytest.raises(Invalid, match="changed places"):
        shares.read(" ".join(words))


@given(st.text(max_size=300))
@settings(deadline=None)
def test_whatever_is_typed_is_a_sheet_or_a_sentence(typed):
    with pytest.raises(Invalid):
        shares.read(typed)


def test_every_key_is_another_one(session):
    assert make.round_(session, Phase.BALLOT, encrypted=True).box_key == BOX_KEY
    assert len({envelope.fingerprint(envelope.box_key(envelope.new_key())) for _ in range(9)}) == 9
