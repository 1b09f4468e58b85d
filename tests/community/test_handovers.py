"""Handing a role on, through the pages: announced, filled in, read, taken over."""

from datetime import timedelta

from sqlalchemy import select

from pb.cli import jobs
from pb.notices.models import Message
from pb.rounds import people
from pb.rounds.models import Phase, Role
from tests import make

DAY = timedelta(days=1)


def tick(app, session):
    """The worker's minute; returns what it put into the outbox, by the address."""
    with app.app_context():
        jobs.tick_once(jobs.make_tools())
    sent = [(one.recipient, one.text) for one in session.scalars(select(Message))]
    session.commit()
    return sent


def test_the_end_of_a_term_comes_by_note_and_by_mail_30_and_7_days_before(
    app, session, browse, clock
):
    town = make.round_(session, Phase.IDEAS)
    olga = make.appointed(session, town, Role.COMMISSIONER, "Olga")
    sam = make.account(session, "Sam")
    term = people.appoint(
        session, town, sam, Role.STEWARD, by=olga, at=clock.now, ends_at=clock.now + 40 * DAY
    )
    session.commit()
    assert tick(app, session) == []

    for days, mails in ((9, 0), (1, 2), (5, 2), (18, 4), (6, 4)):
        clock.now += days * DAY
        sent = tick(app, session)
        assert len(sent) == mails, days
    to_sam = [text for recipient, text in sent if recipient == sam.email]
    to_olga = [text for recipient, text in sent if recipient == olga.email]
    assert len(to_sam) == len(to_olga) == 2
    page = f"/rounds/{town.slug}/people/handovers/{term.id}"
    assert all("ends on 13 June 2026" in text and page in text for text in to_sam)
    assert all(f"/commission/rounds/{town.slug}/setup/team" in text for text in to_olga)
    assert "a term ends on 13 June 2026" in browse(sam).get("/notes").text
    browse(sam).get(page)


def test_a_steward_hands_on_and_the_next_one_reads_and_takes_over(session, browse, clock):
    town = make.round_(session, Phase.IDEAS)
    desk = browse(make.appointed(session, town, Role.COMMISSIONER, "Olga"))
    sam, nia = make.appointed(session, town, Role.STEWARD, "Sam"), make.account(session, "Nia")
    other = browse(make.appointed(session, town, Role.STEWARD, "Kim"))
    desk.post(f"/commission/rounds/{town.slug}/setup/team", {"email": nia.email, "role": "steward"})
    term = next(one for one in people.appointments(session, town) if one.account_id == sam.id)
    session.commit()
    his, hers, here = browse(sam), browse(nia), f"/rounds/{town.slug}/people/handovers/{term.id}"

    assert here in his.get(f"/rounds/{town.slug}/people/mine").text
    his.post(f"{here}/lines", {"line": "The key of the cupboard"})
    assert "Write what has to be handed on." in his.post(f"{here}/lines", {"line": " "}, 422).text
    page = his.get(here).text
    own = next(str(n) for n in range(1, 9) if f'id="line-{n}"' in page)
    his.post(f"{here}/ticks", {"changeable": ["open", "paper", own], "ticked": ["open", own]})
    too_long = "Ask Mira first. " * 400
    page = his.post(f"{here}/notes", {"note": too_long}, 422).text
    assert "at most 5,000 characters" in page and too_long.strip() in page
    his.post(f"{here}/notes", {"note": "Ask **Mira** first."})

    assert "a role is handed on to you" in hers.get("/notes").text
    assert "Sam, steward" in hers.get(f"/rounds/{town.slug}/people/mine").text
    for reader in (hers, other):
        page = reader.get(here).text
        assert "Ask <strong>Mira</strong> first." in page and "The key of the cupboard" in page
    assert "Not handed on yet" in page
    hers.post(f"{here}/ticks", {"changeable": ["open", own], "ticked": [own]})
    page = his.get(here).text
    assert "Taken over" in page and "Nia" in page
    assert (
        "has taken this over"
        in other.post(f"{here}/ticks", {"changeable": [own], "ticked": [own]}, 409).text
    )
    hers.post(f"{here}/notes", {"note": "Mine"}, 409)
    for stranger in (desk, browse(make.account(session))):
        stranger.get(here, 403)
        stranger.post(f"{here}/ticks", {"changeable": ["open"]}, 403)
    his.get(f"/rounds/{town.slug}/people/handovers/99999", 404)


def test_the_commission_names_a_deputy_and_offers_a_further_term(session, browse, clock):
    town = make.round_(session, Phase.IDEAS)
    olga = make.appointed(session, town, Role.COMMISSIONER, "Olga")
    clerk, dana = (make.account(session, name) for name in ("Cleo", "Dana"))
    term = people.appoint(
        session, town, clerk, Role.CLERK, by=olga, at=clock.now, ends_at=clock.now + 9 * DAY
    )
    session.commit()
    desk, team = browse(olga), f"/commission/rounds/{town.slug}/setup/team"
    wrong = {"email": dana.email, "role": "reviewer", "deputy_for": str(term.id)}
    page = desk.post(team, wrong, 422).text
    assert "Choose a reviewer of this round for whom this person steps in." in page
    assert dana.email in page
    desk.post(team, {**wrong, "role": "clerk"})
    assert "deputy of Cleo" in desk.get(team).text

    desk.post(f"{team}/{term.id}/further")
    desk.post(f"{team}/{term.id}/further", status=409)
    assert desk.get(team).text.count("Cleo") > 1
    clock.now += 10 * DAY
    session.expire_all()
    assert people.roles_at(session, town, clerk, clock.now) == {Role.CLERK}
