"""Parcels can be read with their key, as a whole, and by nobody else."""

import pytest
from nacl.exceptions import CryptoError

from pb.eligibility import parcels
from pb.eligibility.parcels import PIECE, Parcel


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "letters"


def packed(folder, content: bytes) -> Parcel:
    parcel = Parcel(folder, parcels.new_key())
    with parcel.written() as stream:
        stream.write(content)
    return parcel


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_what_was_written_is_read_back(folder, size):
    content = bytes(n % 251 for n in range(size))
    parcel = packed(folder, content)
    assert parcel.size() == size
    assert b"".join(Parcel(folder, parcel.key).read()) == content


def test_many_small_writes_make_the_same_parcel(folder):
    parcel = Parcel(folder, parcels.new_key())
    with parcel.written() as stream:
        for _ in range(PIECE):
            stream.write(b"abc")
    assert b"".join(parcel.read()) == b"abc" * PIECE


def test_the_file_tells_nothing_and_is_for_its_owner_only(folder):
    parcel = packed(folder, b"ABCD-EFGH-JKMN-P" * 100)
    assert b"ABCD" not in parcel.path.read_bytes()
    assert parcel.path.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
    assert parcel.key.hex() not in parcel.path.name


def test_what_was_cut_off_or_changed_is_not_read(folder):
    parcel = packed(folder, b"x" * 3 * PIECE)
    whole = parcel.path.read_bytes()
    parcel.path.write_bytes(whole[: parcels.HEADER + 2 * parcels.SEALED_PIECE])
    with pytest.raises(ValueError, match="not whole"):
        list(parcel.read())
    parcel.path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(CryptoError):
        list(Parcel(folder, parcel.key).read())


def test_another_key_opens_nothing(folder):
    parcel = packed(folder, b"secret")
    other = Parcel(folder, parcels.new_key())
    parcel.path.rename(other.path)
    with pytest.raises(CryptoError):
        list(other.read())


def test_a_parcel_that_broke_off_is_not_there(folder):
    parcel = Parcel(folder, parcels.new_key())
    with pytest.raises(ZeroDivisionError), parcel.written() as stream:
        stream.write(b"half")
        raise ZeroDivisionError
    assert list(folder.iterdir()) == []


def test_an_open_parcel_can_be_read_after_it_is_removed(folder):
    parcel = packed(folder, b"once")
    parcel.open()
    parcel.remove()
    parcel.remove()
    assert b"".join(parcel.read()) == b"once"
    with pytest.raises(FileNotFoundError):
        Parcel(folder, parcel.key).open()
