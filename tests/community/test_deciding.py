"""Who decides what in a round: the policy with the names of those who hold its roles now."""

import re
from datetime import timedelta

from pb.community import deciding, decisions
from pb.policy import GRANTS, Permission
from pb.proposals.recusals import service as recusals
from pb.rounds import people
from pb.rounds.models import Phase, Role
from pb.rounds.terms import interests
from tests import make


def lines(page):
    """What the table of the page says, by its first column."""
    table = page.split('aria-label="Who decides what"')[1].split("</table>")[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.S)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows[1:]]
    return {cell[0].replace("&#39;", "'"): cell[1:] for cell in cells}


def test_every_permission_is_a_line_of_the_page(session, pages):
    town = make.round_(session, Phase.IDEAS)
    found = lines(pages.get(f"/rounds/{town.slug}/people").text)
    assert len(found) == len(GRANTS) == len(Permission)
    assert set(found) == {decisions.WHAT[permission] for permission in Permission}


def test_whoever_confirms_something_is_said_only_of_what_the_policy_knows():
    assert set(deciding.CONFIRMS) <= set(GRANTS)


def test_a_change_of_appointments_shows(session, browse, pages, clock):
    town = make.round_(session, Phase.IDEAS)
    olga = make.appointed(session, town, Role.COMMISSIONER, "Olga")
    here = f"/rounds/{town.slug}/people"
    confirm = decisions.WHAT[Permission.ACT_CONFIRM]
    ask = decisions.WHAT[Permission.ACT_ASK]
    assert lines(pages.get(here).text)[confirm][1] == "–"
    assert "acts wait for more stewards" in lines(pages.get(here).text)[ask][3]

    sam = people.appoint(
        session, town, make.account(session, "Sam"), Role.STEWARD, by=olga, at=clock.now
    )
    people.appoint(
        session,
        town,
        make.account(session, "Dana"),
        Role.STEWARD,
        by=olga,
        at=clock.now,
        deputy_for=sam,
    )
    session.commit()
    found = lines(pages.get(here).text)
    assert found[confirm][1] == "Sam" and found[ask][1:] == ["Olga", "always", "A steward"]

    clock.now += timedelta(days=1)
    people.end(session, sam, by=olga, at=clock.now)
    session.commit()
    assert lines(pages.get(here).text)[confirm][1] == "Dana"


def test_interests_and_steps_back_stand_beside_the_names_and_on_the_oversight_page(
    session, pages, clock
):
    town = make.round_(session, Phase.REVIEW)
    proposal = make.proposal(session, town, make.account(session), title="A pond")
    rita = make.appointed(session, town, Role.REVIEWER, "Rita")
    interests.declare(session, town, "My brother builds ponds.", by=rita, at=clock.now)
    recusals.recuse(session, proposal, "He would build it.", by=rita, at=clock.now)
    session.commit()
    check = lines(pages.get(f"/rounds/{town.slug}/people").text)[
        decisions.WHAT[Permission.PROPOSAL_REVIEW]
    ]
    assert check[1] == "Rita (declared an interest, stepped back from 1 proposal)"
    assert check[3] == "A commissioner who did not decide it"
    page = pages.get(f"/rounds/{town.slug}/oversight").text
    assert "My brother builds ponds." in page and "He would build it." in page
    assert "A pond" in page


def test_where_the_round_has_no_stewards_another_commissioner_is_named(session, pages):
    town = make.round_(session, Phase.IDEAS, stewards_confirm=False)
    make.appointed(session, town, Role.COMMISSIONER, "Olga")
    found = lines(pages.get(f"/rounds/{town.slug}/people").text)
    assert found[decisions.WHAT[Permission.ACT_ASK]][3] == "Another commissioner"
    assert found[decisions.WHAT[Permission.ACT_CONFIRM]][1] == "–"
    assert found[decisions.WHAT[Permission.ACT_CONFIRM_ALONE]][1] == "Olga"
