"""Keys live outside the database, and a destroyed key stays destroyed."""

import stat
import threading

import pytest

from pb.keys import KeyRing, Purpose


@pytest.fixture
def ring(tmp_path):
    return KeyRing(tmp_path / "keys")


def test_a_key_is_made_once_and_kept(ring):
    assert ring.key(1, Purpose.ROLL) == ring.key(1, Purpose.ROLL)
    assert len(ring.key(1, Purpose.ROLL)) == 32


def test_rounds_and_purposes_have_different_keys(ring):
    keys = {ring.key(n, purpose) for n in (1, 2) for purpose in Purpose}
    assert len(keys) == 2 * len(Purpose)


def test_only_the_owner_can_read_a_key(ring):
    ring.key(1, Purpose.ROLL)
    (file,) = ring.directory.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(ring.directory.stat().st_mode) == 0o700


def test_many_at_once_get_the_same_key(ring):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(ring.key(1, Purpose.BALLOTS)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert len(set(found)) == 1


def test_a_destroyed_key_does_not_come_back(ring):
    before = ring.key(1, Purpose.BALLOTS)
    ring.destroy(1, Purpose.BALLOTS)
    ring.destroy(1, Purpose.BALLOTS)

    with pytest.raises(FileNotFoundError, match="destroyed"):
        ring.key(1, Purpose.BALLOTS)
    assert before not in b"".join(path.read_bytes() for path in ring.directory.iterdir())


def test_parts_of_a_message_cannot_run_into_each_other(ring):
    assert ring.mac(1, Purpose.ROLL, "a", "bc") != ring.mac(1, Purpose.ROLL, "ab", "c")
