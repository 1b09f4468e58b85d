"""What officers can and cannot do to votes, in plain words."""

from pb import audit
from pb.audit.queries import head
from pb.community import powers
from pb.rounds.models import Phase, Role
from tests import make


def text(browse, round):
    return browse().get(f"/rounds/{round.slug}/oversight").text


def test_every_power_that_only_officers_hold_is_told_or_touches_no_vote():
    told = set(powers.STOPS) | powers.ELSEWHERE

    assert set(powers.only_officers()) - told == set()
    assert set(powers.STOPS) <= set(powers.only_officers())


def test_the_page_follows_the_settings_of_the_round(session, browse):
    plain = make.round_(session, Phase.IDEAS, stewards_confirm=False)
    closed = make.round_(session, Phase.IDEAS, encrypted=True)
    make.appointed(session, closed, Role.STEWARD, "Sam")
    make.appointed(session, closed, Role.AUDITOR, "Aude")

    assert "<strong>1 of 4</strong>" in text(browse, plain)
    assert "another commissioner does" in text(browse, plain)
    assert "three sheets" not in text(browse, plain)
    assert "<strong>4 of 4</strong>" in text(browse, closed)
    assert "three sheets" in text(browse, closed)
    assert "Aude" in text(browse, closed) and "Sam" in text(browse, closed)


def test_the_page_shows_the_newest_fingerprint_of_the_log(session, browse):
    round = make.round_(session, Phase.IDEAS)
    audit.record(session, chain=round.id, kind="test", at=make.NOW)
    session.commit()
    newest = head(session, round.id)
    session.commit()

    assert newest in text(browse, round)
