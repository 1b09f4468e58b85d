"""Connectors through the pages: offering, asking, answering, and bringing people in."""

import re
from datetime import timedelta

import sqlalchemy as sa

from pb.cli import jobs
from pb.purpose.connectors import queries
from pb.purpose.connectors.models import BroughtIn, Introduction
from pb.purpose.listening import asking
from pb.rounds import people
from pb.rounds.models import Phase, Role
from tests import make

DAY = timedelta(days=1)
AREAS = {"town": 100_00, "harbour": 100_00, "hill": 100_00}


def tick(app):
    with app.app_context():
        jobs.tick_once(jobs.make_tools())


def offers(browse, town, account, areas=("harbour",), text="to the allotment holders"):
    theirs = browse(account)
    theirs.post(f"/rounds/{town.slug}/connectors/mine", {"text": text, "areas": list(areas)})
    return theirs


def test_a_resident_offers_is_asked_answers_and_leaves(app, session, browse, pages, clock):
    town = make.round_(session, Phase.IDEAS, areas=AREAS)
    nia, wim = make.account(session, "Nia"), make.account(session, "Wim")
    here = f"/rounds/{town.slug}/connectors"
    hers, his = browse(nia), browse(wim)
    page = hers.post(f"{here}/mine", {"text": "to the allotment holders"}, 422).text
    assert "Choose at least one part of town." in page and "to the allotment holders" in page
    hers.get(f"{here}/requests", 403)
    hers.post(f"{here}/mine", {"text": "to the allotment holders", "areas": ["harbour", "hill"]})
    assert people.roles_at(session, town, nia, clock.now) == {Role.CONNECTOR}
    number = queries.find_mine(session, town, nia).id
    session.commit()
    assert pages.get(here).text.count("to the allotment holders") == 2
    pages.get(f"{here}/{number}", 303)

    assert "Write what you would like" in his.post(f"{here}/{number}", {"text": " "}, 422).text
    his.post(f"{here}/{number}", {"text": "Who speaks for the garden?"})
    assert "Wim asks you for an introduction" in hers.get("/notes").text
    page = hers.get(f"{here}/requests").text
    assert "Who speaks for the garden?" in page
    asked = next(n for n in range(1, 9) if f"ask-{n}-text" in page)
    answer = {f"ask-{asked}-text": "Come on Saturday at ten."}
    offers(browse, town, make.account(session, "Eve")).post(f"{here}/requests/{asked}", answer, 404)
    hers.post(f"{here}/requests/{asked}", answer)
    hers.post(f"{here}/requests/{asked}", answer, 409)
    assert "Come on Saturday at ten." in his.get(f"{here}/{number}").text
    tick(app)
    for browser in (his, hers, pages):  # the page of notes tells each their own address, no other
        assert nia.email not in browser.get(here).text
    assert nia.email not in his.get("/notes").text
    assert wim.email not in hers.get("/notes").text
    assert wim.email not in hers.get(f"{here}/requests").text
    mails = session.scalars(sa.text("SELECT text FROM message")).all()
    session.commit()
    assert any("Come on Saturday" in text for text in mails)
    assert not any(nia.email in text or wim.email in text for text in mails)

    clock.now += 31 * DAY
    session.commit()
    tick(app)
    assert session.scalars(sa.select(Introduction)).all() == []
    session.commit()
    hers.post(f"{here}/mine/leave")
    assert "Nia" not in pages.get(here).text
    hers.get(f"{here}/mine/poster", 403)


def test_whoever_comes_by_a_link_and_takes_part_is_counted_once_and_never_by_name(
    app, session, browse, pages, clock
):
    town = make.round_(session, Phase.IDEAS, areas=AREAS)
    nia, wim = make.account(session, "Nia"), make.account(session, "Wim")
    hers = offers(browse, town, nia)
    link = f"/rounds/{town.slug}/connectors/hello/{queries.find_mine(session, town, nia).code}"
    session.commit()
    assert link in hers.get(f"/rounds/{town.slug}/connectors/mine").text
    assert "<svg" in hers.get(f"/rounds/{town.slug}/connectors/mine/poster").text

    his, ideas = browse(wim), f"/rounds/{town.slug}/ideas"
    assert "Nobody sees that it was you." in his.get(link).text
    his.post(ideas, {"text": ""}, 422)
    assert queries.find_mine(session, town, nia).brought == 0
    session.commit()
    for text in ("A bench by the harbour wall.", "Free swimming lessons for children."):
        his.post(ideas, {"text": text})
    hers.get(link)
    hers.post(ideas, {"text": "A library of tools on the hill."})
    session.expire_all()
    assert queries.find_mine(session, town, nia).brought == 1
    mark = session.scalars(sa.select(BroughtIn.mark)).one()
    assert len(mark) == 32 and str(wim.id).encode() != mark
    session.commit()

    assert "thank you" not in hers.get("/notes").text
    clock.now += DAY
    tick(app)
    tick(app)
    page = hers.get("/notes").text
    assert page.count("thank you for bringing people in") == 1
    page = hers.get(f"/rounds/{town.slug}/connectors/mine").text
    assert "You brought in a few people" in page and "Wim" not in page
    assert "brought in a few people" in pages.get(f"/rounds/{town.slug}/connectors").text


def test_answering_an_open_question_is_taking_part(session, browse, clock):
    town = make.round_(session, Phase.PURPOSE)
    nia, wim = make.account(session, "Nia"), make.account(session, "Wim")
    offers(browse, town, nia, ["town"])
    steward = make.appointed(session, town, Role.STEWARD, "Stella")
    question = asking.ask(
        session,
        town,
        by=steward,
        text="What would a good street look like?",
        why="",
        area=None,
        closes_at=clock.now + 7 * DAY,
        at=clock.now,
    )
    code = queries.find_mine(session, town, nia).code
    session.commit()
    his = browse(wim)
    his.get(f"/rounds/{town.slug}/connectors/hello/{code}")
    answers = f"/rounds/{town.slug}/listening/{question.id}/answers"
    his.post(answers, {"text": ""}, 422)
    assert queries.find_mine(session, town, nia).brought == 0
    session.commit()
    his.post(answers, {"text": "Children play in it.", "signature": "none"})

    session.expire_all()
    assert queries.find_mine(session, town, nia).brought == 1


def test_who_does_not_want_it_took_part_before_or_only_votes_is_not_counted(session, browse, clock):
    town = make.round_(session, Phase.IDEAS)
    nia = make.account(session, "Nia")
    offers(browse, town, nia, ["town"])
    link = f"/rounds/{town.slug}/connectors/hello/{queries.find_mine(session, town, nia).code}"
    session.commit()
    old = make.account(session, "Olli")
    make.proposal(session, town, old)
    shy = browse(make.account(session, "Shy"))
    shy.get(link)
    assert "You are not counted for anybody." in (shy.get(shy.post(f"{link}/forget").location).text)
    his = browse(old)
    his.get(link)
    shy.post(f"/rounds/{town.slug}/ideas", {"text": "A bench by the harbour wall."})
    his.post(f"/rounds/{town.slug}/ideas", {"text": "Free swimming lessons for children."})
    assert queries.find_mine(session, town, nia).brought == 0
    assert session.scalars(sa.select(BroughtIn)).all() == []


def test_the_list_is_by_name_and_numbers_show_only_for_many_together(session, browse, pages):
    town = make.round_(session, Phase.IDEAS, areas=AREAS)
    for name, brought in (("Zoe", 40), ("Abe", 0), ("Mia", 7)):
        account = make.account(session, name)
        offers(browse, town, account, ["harbour", "hill"] if name != "Abe" else ["harbour"])
        session.execute(
            sa.text(
                "UPDATE connector SET brought = :n, first_on = :day WHERE account_id = :account"
            ),
            {"n": brought, "day": "2026-05-04" if brought else None, "account": account.id},
        )
        session.commit()
    page = pages.get(f"/rounds/{town.slug}/connectors").text
    assert page.index("Abe") < page.index("Mia") < page.index("Zoe")
    assert page.count("Together they brought in 25 or more people") == 1
    shown = re.sub(r"<[^>]+>", " ", page).replace(town.name, "")  # which ends in a number
    assert "47" not in shown and "40" not in shown


def test_the_commission_cannot_offer_or_ask(session, browse):
    town = make.round_(session, Phase.IDEAS)
    olga = browse(make.appointed(session, town, Role.COMMISSIONER, "Olga"))
    olga.get(f"/rounds/{town.slug}/connectors")
    olga.get(f"/rounds/{town.slug}/connectors/mine", 403)
    olga.post(f"/rounds/{town.slug}/connectors/mine", {"text": "x", "areas": ["town"]}, 403)
