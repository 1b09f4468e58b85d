"""Serving in a round, through the pages: asked, accepted, away, stepped down, and too few."""

from datetime import timedelta

from pb.rounds import queries
from pb.rounds.models import Phase, Role
from pb.rounds.terms.models import Fallback, Stewardship
from tests import make


def test_a_steward_is_asked_says_yes_declares_goes_away_and_steps_down(session, browse, clock):
    town = make.round_(session, Phase.SETUP)
    desk = browse(make.appointed(session, town, Role.COMMISSIONER, "Olga"))
    sam = make.account(session, "Sam")
    his, mine = browse(sam), f"/rounds/{town.slug}/people/mine"
    his.get(mine, 404)

    team = f"/commission/rounds/{town.slug}/setup/team"
    desk.post(team, {"email": sam.email, "role": "steward"})
    assert "Invited, no answer yet" in desk.get(team).text
    assert "whom you invited" in desk.get(f"/commission/rounds/{town.slug}/setup").text
    assert "Will you be a steward?" in his.get(mine).text
    his.post(f"/rounds/{town.slug}/people/invitations/1/answer", {"answer": "yes"})
    assert "You serve now." in his.get(mine).text

    his.post(f"/rounds/{town.slug}/people/interests", {"text": "I own the café."})
    terms = f"/rounds/{town.slug}/people/terms"
    assert "I own the café." in his.get(terms).text
    number = next(str(n) for n in range(1, 9) if f"appointments/{n}/end" in his.get(mine).text)
    here = f"/rounds/{town.slug}/people/appointments/{number}"
    first, last = f"role-{number}-first", f"role-{number}-last"
    page = his.post(f"{here}/away", {first: "9 5 2026", last: "8 5 2026"}, 422)
    assert "not before the first" in page.text
    his.post(f"{here}/away", {first: ["4", "5", "2026"], last: ["8", "5", "2026"]})
    assert "You are away now." in his.get(mine).text
    his.post(f"{here}/back")
    assert "You serve now." in his.get(mine).text
    desk.post(f"{here}/end", status=404)
    clock.now += timedelta(minutes=1)
    his.post(f"{here}/end")
    his.get(terms, 404)  # the round is not published, and Sam no longer belongs to its team


def test_an_auditor_stands_in_where_the_round_declared_it_and_every_page_says_so(
    session, browse, pages
):
    town = make.round_(session, Phase.BALLOT, projects={"bench": ("town", 1_000_00)})
    slug = town.slug
    published, town.published_at = town.published_at, None
    session.flush()
    session.add(Stewardship(round_id=town.id, required=1, fallback=Fallback.AUDITOR))
    session.flush()
    town.published_at = published
    olga, omar, ada = (
        browse(make.appointed(session, town, role))
        for role in (Role.COMMISSIONER, Role.COMMISSIONER, Role.AUDITOR)
    )
    acts = f"/commission/rounds/{slug}/acts"
    olga.post(acts, {"kind": "freeze-ballot", "reason": "All costs are checked."})
    number = queries.acts(session, town)[0].id
    session.rollback()

    sentence = "This round needs 1 steward, and none serves now."
    for path in ("", "/acts", "/people", "/people/terms"):
        assert sentence in pages.get(f"/rounds/{slug}{path}").text
    omar.post(f"{acts}/{number}/confirmation", status=409)
    assert "Confirm and carry out" in ada.get(acts).text
    ada.post(f"{acts}/{number}/confirmation")
    page = pages.get(f"/rounds/{slug}/acts").text
    assert "Confirmed without a steward" in page and "an auditor" in page


def test_stepping_back_through_the_page_keeps_what_was_typed(session, browse, pages):
    town = make.round_(session, Phase.REVIEW)
    proposal = make.proposal(session, town, make.account(session))
    rita = browse(make.appointed(session, town, Role.REVIEWER, "Rita"))
    here = f"/rounds/{town.slug}/people"
    asked = rita.get(f"/commission/rounds/{town.slug}/proposals/{proposal.id}").text
    assert f"{here}/mine?proposal={proposal.id}#step-back" in asked
    assert f'value="{proposal.id}"' in rita.get(f"{here}/mine?proposal={proposal.id}").text
    assert rita.get(f"{here}/mine?proposal=none").status_code == 200
    page = rita.post(f"{here}/recusals", {"number": "999999", "reason": "My brother’s."}, 422)
    assert "There is no proposal 999999" in page.text and "My brother’s." in page.text
    rita.post(f"{here}/recusals", {"number": str(proposal.id), "reason": "My brother’s."})
    assert "My brother’s." in pages.get(f"{here}/terms").text
