"""The log is a chain, and a broken chain is named."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pb import audit
from pb.audit import queries, service
from pb.audit.models import Entry
from tests import make
from tests.conftest import NOW


def chain(*bodies: dict) -> list[Entry]:
    """A chain in memory, as a reader of an export has it."""
    entries, prev = [], service.START
    for seq, body in enumerate(bodies, 1):
        entry = Entry(
            chain=1, seq=seq, at=NOW, actor_id=None, side=None, kind="test", body=body, prev=prev
        )
        entry.hash = prev = service.digest(entry)
        entries.append(entry)
    return entries


def test_each_entry_continues_the_one_before(session):
    first = audit.record(session, chain=7, kind="one", at=NOW)
    second = audit.record(session, chain=7, kind="two", at=NOW, body={"n": 1})

    assert (first.seq, second.seq) == (1, 2)
    assert second.prev == first.hash
    assert queries.head(session, 7) == second.hash


def test_chains_do_not_mix(session):
    audit.record(session, chain=1, kind="one", at=NOW)
    other = audit.record(session, chain=2, kind="two", at=NOW)

    assert (other.seq, other.prev) == (1, service.START)


def test_what_comes_back_from_the_database_is_intact(session):
    account = make.account(session)
    audit.record(session, chain=3, kind="one", at=NOW, actor=account.id, side="commission")
    audit.record(session, chain=3, kind="two", at=NOW, body={"é": [1, None, True]})
    session.commit()
    session.expire_all()

    verdict = service.verify(3, queries.entries(session, 3))

    assert verdict.intact
    assert verdict.entries == 2


def test_an_empty_chain_is_intact():
    assert service.verify(1, []).intact


@pytest.mark.parametrize("field", ["kind", "body", "at", "side", "actor_id"])
def test_a_changed_entry_is_named(field):
    entries = chain({}, {"n": 1}, {})
    value = {
        "kind": "x",
        "body": {"n": 2},
        "at": NOW.replace(year=2020),
        "side": "x",
        "actor_id": 9,
    }
    setattr(entries[1], field, value[field])

    verdict = service.verify(1, entries)

    assert (verdict.broken_at, verdict.problem) == (2, "entry 2 was changed")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(), min_size=2, max_size=8), st.data())
def test_a_missing_or_moved_entry_is_found(numbers, data):
    entries = chain(*({"n": n} for n in numbers))
    at = data.draw(st.integers(0, len(entries) - 2))
    if data.draw(st.booleans()):
        del entries[at]
    else:
        entries[at], entries[at + 1] = entries[at + 1], entries[at]

    assert service.verify(1, entries).broken_at == at + 1


def test_rewriting_the_end_of_the_log_changes_its_head():
    """The chain alone cannot show a rewritten end: the published head does."""
    honest, forged = chain({}, {"n": 1}), chain({}, {"n": 2})

    assert service.verify(1, forged).intact
    assert service.verify(1, forged).head != service.verify(1, honest).head
