"""Every endpoint, with every role, in every phase, against the table in docs/roles.md."""

import re
from pathlib import Path

import pytest
from flask import Flask

from pb.policy import GRANTS, Permission
from pb.rounds.models import Phase, Role
from pb.web import guard
from tests import make

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| `([a-z-]+:[a-z-]+)` \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)

# What each endpoint asks for. A new endpoint has to be entered here.
ASKED: dict[str, tuple[str, ...]] = {
    "public": (
        "community.account.create",
        "community.account.end_session",
        "community.account.new",
        "community.account.sign_in",
        "community.account.start_session",
        "community.help.accessibility",
        "community.help.how_it_works",
        "community.help.privacy",
        "community.help.roles",
        "community.official.come_back",
        "community.rounds.health",
        "community.rounds.home",
        "community.workshop_news.code",
        "community.workshop_news.go",
        "community.workshop_news.news",
    ),
    "signed-in": (
        "commission.rounds.home",
        "community.notes.index",
        "community.notes.mail",
        "community.notes.read",
        "community.moderation.mine",
        "community.proposals.mine",
        "community.handovers.add_line",
        "community.handovers.leave_note",
        "community.handovers.show",
        "community.handovers.tick",
        "community.terms.answer",
        "community.terms.be_away",
        "community.terms.come_back",
        "community.terms.declare",
        "community.terms.mine",
        "community.terms.recuse",
        "community.terms.resign",
    ),
    "round:read": (
        "community.acts.index",
        "community.ballots.find_receipt",
        "community.ballots.project",
        "community.ballots.projects",
        "community.ballots.receipt_list",
        "community.ballots.receipts",
        "community.calendar_entry.result_day",
        "community.delivery.show",
        "community.kiosk.start",
        "community.moderation.log",
        "community.moderation.log_csv",
        "community.moderation.rules_page",
        "community.oversight.show",
        "community.hearing.show",
        "community.listening.index",
        "community.listening.show",
        "community.ideas.index",
        "community.ideas.show",
        "community.proposals.index",
        "community.proposals.show",
        "community.lessons.show",
        "community.documents.compare",
        "community.documents.index",
        "community.documents.show",
        "community.documents.version",
        "community.connectors.forget",
        "community.connectors.hello",
        "community.connectors.index",
        "community.purpose.show",
        "community.reflection.board",
        "community.reflection.show",
        "community.survey.data",
        "community.survey.show",
        "community.results.bundle",
        "community.results.data_csv",
        "community.results.data_json",
        "community.results.pabulib",
        "community.results.project",
        "community.results.show",
        "community.roll_requests.answer",
        "community.roll_requests.find",
        "community.rounds.log",
        "community.rounds.log_file",
        "community.rounds.people",
        "community.rounds.show",
        "community.terms.index",
        "community.voices.invitation",
        "community.voices.poster",
        "community.voices.show",
        "community.workshops.index",
        "community.workshops.screen",
        "community.workshops.show",
    ),
    "connector:offer": (
        "community.connectors.leave",
        "community.connectors.mine",
        "community.connectors.offer",
    ),
    "connector:ask": ("community.connectors.ask", "community.connectors.show"),
    "connector:answer": (
        "community.connectors.answer",
        "community.connectors.poster",
        "community.connectors.requests",
    ),
    "round:create": (
        "commission.rounds.create",
        "commission.rounds.new",
    ),
    "round:setup": (
        "commission.setup.ballot",
        "commission.setup.basics",
        "commission.setup.dates",
        "commission.setup.money",
        "commission.setup.routes",
        "commission.setup.rule",
        "commission.setup.save_ballot",
        "commission.setup.save_basics",
        "commission.keys.choose",
        "commission.setup.save_confirmation",
        "commission.setup.save_dates",
        "commission.setup.save_money",
        "commission.setup.save_routes",
        "commission.setup.save_rule",
        "commission.pay.save",
        "commission.pay.show",
        "commission.voices.save",
        "commission.voices.show",
        "commission.lessons.save_times",
        "commission.lessons.times",
    ),
    "console:read": (
        "commission.acts.index",
        "commission.delivery.index",
        "commission.delivery.show",
        "commission.jobs.show",
        "commission.paper.index",
        "commission.paper.show",
        "commission.lessons.index",
        "commission.letters.index",
        "commission.letters.show",
        "commission.proposals.ballot",
        "commission.proposals.index",
        "commission.proposals.show",
        "commission.roll.show",
        "commission.keys.show",
        "commission.roll_requests.index",
        "commission.rounds.show",
        "commission.setup.tasks",
    ),
    "team:appoint": (
        "commission.setup.appoint",
        "commission.setup.end_appointment",
        "commission.setup.offer_further_term",
        "commission.setup.team",
    ),
    "act:ask": (
        "commission.acts.ask",
        "commission.turnout.void",
        "commission.acts.withdraw",
    ),
    "act:confirm": (
        "community.acts.confirm",
        "community.acts.opening",
        "community.acts.refuse",
    ),
    "act:confirm-alone": (
        "commission.acts.confirm",
        "commission.acts.opening",
    ),
    "document:draft": (
        "community.drafts.add",
        "community.drafts.begin",
        "community.drafts.edit",
        "community.drafts.move_up",
        "community.drafts.new",
        "community.drafts.open_vote",
        "community.drafts.remove",
        "community.drafts.reply",
        "community.drafts.save",
        "community.drafts.withdraw",
    ),
    "document:comment": ("community.documents.comment",),
    "document:vote": ("community.documents.vote",),
    "charter:accept": ("community.documents.accept",),
    "workshop:lead": (
        "community.workshop_leading.arrange",
        "community.workshop_leading.drop_group",
        "community.workshop_leading.let_go",
        "community.workshop_leading.more_time",
        "community.workshop_leading.move_on",
        "community.workshop_leading.name_group",
        "community.workshop_leading.next_idea",
        "community.workshop_leading.show",
        "community.workshop_paper.add",
        "community.workshop_paper.index",
        "community.workshop_paper.pair",
        "community.workshop_paper.save_ideas",
        "community.workshop_paper.save_marks",
        "community.workshop_paper.sheets",
        "community.workshops.carry",
        "community.workshops.create",
        "community.workshops.new",
    ),
    "workshop:join": (
        "community.taking_part.come_back",
        "community.taking_part.enter",
        "community.taking_part.forget",
        "community.taking_part.join",
        "community.taking_part.leave",
        "community.taking_part.show",
        "community.workshop_writing.add_idea",
        "community.workshop_writing.arrange",
        "community.workshop_writing.change_idea",
        "community.workshop_writing.drop_idea",
        "community.workshop_writing.drop_note",
        "community.workshop_writing.explain",
        "community.workshop_writing.finish_marking",
        "community.workshop_writing.keep_note",
        "community.workshop_writing.mark",
        "community.workshop_writing.name_group",
    ),
    "question:suggest": (
        "community.asking.new_suggestion",
        "community.asking.suggest",
    ),
    "question:ask": (
        "community.asking.change",
        "community.asking.create",
        "community.asking.edit",
        "community.asking.new",
        "community.asking.suggestion",
        "community.asking.turn_down",
    ),
    "answer:write": (
        "community.listening.create",
        "community.listening.new",
        "community.listening.support",
    ),
    "answer:own": (
        "community.hearing.say",
        "community.listening.differ",
        "community.listening.take_back",
    ),
    "answer:enter": (
        "community.asking.enter",
        "community.asking.on_behalf",
    ),
    "answer:hear": (
        "community.hearing.ask_dissent",
        "community.hearing.create",
        "community.hearing.new",
    ),
    "idea:write": (
        "community.ideas.alike",
        "community.ideas.create",
        "community.ideas.join",
        "community.ideas.new",
    ),
    "idea:own": (
        "community.ideas.answer",
        "community.ideas.leave",
        "community.ideas.name",
    ),
    "idea:enter": (
        "community.on_behalf.create",
        "community.on_behalf.new",
    ),
    "voice:invite": (
        "community.voices.invite",
        "community.voices.new",
    ),
    "proposal:submit": (
        "community.ideas.basket",
        "community.proposals.create",
        "community.proposals.new",
    ),
    "proposal:edit": (
        "community.ideas.ask",
        "community.proposals.edit",
        "community.proposals.submit",
        "community.proposals.update",
        "community.proposals.withdraw",
    ),
    "proposal:review": ("commission.proposals.decide",),
    "decision:release": ("commission.proposals.release",),
    "ballot:compose": ("commission.proposals.compose",),
    "key:make": (
        "commission.keys.make",
        "commission.keys.test",
    ),
    "roll:import": (
        "commission.roll.take_back",
        "commission.roll_import.ask_undo",
        "commission.roll_import.columns",
        "commission.roll_import.discard",
        "commission.roll_import.mistakes",
        "commission.roll_import.start",
        "commission.roll_import.undo",
        "commission.roll_import.upload",
        "commission.roll_people.rules",
        "commission.roll_people.save_rules",
    ),
    "people:erase": ("commission.roll_people.erase",),
    "code:issue": (
        "commission.desk.find",
        "commission.desk.hand_out",
        "commission.desk.note_help",
        "commission.desk.show",
        "commission.letters.again",
        "commission.letters.collect",
        "commission.letters.issue",
        "commission.roll.replace",
        "commission.roll_people.find",
        "commission.roll_requests.letter",
    ),
    "kiosk:set": (
        "commission.kiosk.begin",
        "commission.kiosk.end",
        "commission.kiosk.show",
    ),
    "paper:issue": (
        "commission.paper.issue",
        "commission.paper.print_",
    ),
    "paper:enter": (
        "commission.paper.close",
        "commission.paper.count",
        "commission.paper.enter",
        "commission.paper.look",
        "commission.paper.read",
        "commission.paper.read_again",
    ),
    "request:make": (
        "community.roll_requests.code",
        "community.roll_requests.create",
        "community.roll_requests.made",
        "community.roll_requests.new",
    ),
    "request:read": ("commission.roll_requests.show",),
    "request:propose": ("commission.roll_requests.propose",),
    "request:decide": ("commission.roll_requests.decide",),
    "voting:enter": (
        "community.ballots.enter",
        "community.ballots.start",
        "community.entering.declaration",
        "community.entering.declare",
        "community.entering.email",
        "community.entering.link",
        "community.entering.send_link",
        "community.entering.sent",
        "community.entering.use_link",
        "community.official.about",
        "community.official.go",
    ),
    "ballot:cast": (
        "community.ballots.cast_again",
        "community.ballots.check_again",
        "community.ballots.choose",
        "community.comparing.again",
        "community.comparing.show",
    ),
    "ballot:send": (
        "community.ballots.cast",
        "community.ballots.change",
        "community.ballots.check",
    ),
    "receipt:read": (
        "community.ballots.leave",
        "community.ballots.receipt",
    ),
    "sheet:hand-in": (
        "commission.keys.hand_in",
        "commission.keys.take_back",
    ),
    "count:read": (
        "commission.results.recount",
        "commission.results.show",
        "commission.turnout.show",
    ),
    "delivery:report": ("commission.delivery.report",),
    "reflection:write": (
        "community.lessons.close",
        "community.lessons.new",
        "community.lessons.own",
        "community.lessons.propose",
        "community.reflection.support",
        "community.reflection.take_back",
        "community.reflection.write",
    ),
    "lesson:adopt": (
        "community.lessons.adopt",
        "community.lessons.give_to_role",
    ),
    "lesson:answer": ("commission.lessons.answer",),
    "survey:answer": ("community.survey.answer",),
    "survey:read": ("community.survey.lines",),
    "post:report": (
        "community.reporting.create",
        "community.reporting.new",
    ),
    "post:moderate": (
        "community.moderating.answer",
        "community.moderating.inbox",
        "community.moderating.lift",
        "community.moderating.report",
    ),
    "measure:appeal": (
        "community.moderation.appeal",
        "community.moderation.measure",
    ),
    "appeal:decide": (
        "community.moderating.appeal",
        "community.moderating.decide",
    ),
}
ENDPOINTS = {endpoint: asked for asked, endpoints in ASKED.items() for endpoint in endpoints}


def documented() -> dict[str, tuple[set[str], set[str]]]:
    """permission → (who, phases), as docs/roles.md tells people."""
    table = {}
    for permission, who, phases in ROW.findall((ROOT / "docs" / "roles.md").read_text()):
        named = {name.strip() for name in phases.split(",")}
        everywhere = {str(phase) for phase in Phase}
        table[permission] = (
            {name.strip() for name in who.split(",")},
            everywhere if named == {"any"} else named,
        )
    return table


def test_the_documented_table_is_the_policy():
    assert documented() == {
        str(permission): ({str(who) for who in grant.to}, {str(phase) for phase in grant.phases})
        for permission, grant in GRANTS.items()
    }


def test_every_endpoint_is_expected_here(app):
    found = {
        endpoint: str(view.access)
        for endpoint, view in app.view_functions.items()
        if endpoint != "static"
    }
    assert found == ENDPOINTS


def test_every_permission_is_used(app):
    assert set(Permission) <= set(ENDPOINTS.values())


def test_the_application_does_not_start_with_an_open_endpoint(app):
    strange = Flask("strange")
    strange.add_url_rule("/", "forgotten", lambda: "")
    with pytest.raises(RuntimeError, match="forgotten does not say who may use it"):
        guard.check_endpoints(strange)


def test_no_endpoint_changes_anything_by_get(app):
    for rule in app.url_map.iter_rules():
        assert not ({"GET", "POST"} <= rule.methods), f"{rule} reads and writes"


class Everybody:
    """One person of every kind, for one round."""

    def __init__(self, session, browse, round) -> None:
        self.browsers = {"anyone": browse(), "voter": browse()}
        self.who = {"anyone": {"anyone"}, "voter": {"anyone", "voter"}}
        entry = make.entry(session, round)
        with self.browsers["voter"].client.session_transaction() as cookie:
            cookie["voter"] = {str(round.id): entry.id}
        self._add("resident", browse, make.account(session), {"anyone", "resident"})
        self._add("officer", browse, make.officer(session), {"anyone", "resident", "officer"})
        for role in Role:
            account = make.appointed(session, round, role)
            names = {"anyone", str(role)}
            if role in (Role.STEWARD, Role.CONNECTOR):
                names.add("resident")
            self._add(str(role), browse, account, names)

    def _add(self, name, browse, account, who) -> None:
        self.browsers[name] = browse(account)
        self.who[name] = who


@pytest.mark.own_app
@pytest.mark.parametrize("phase", list(Phase))
def test_every_endpoint_lets_in_whom_the_table_names(app, session, browse, phase):
    round = make.round_(session, phase, projects={"park": ("town", 5_000_00)})
    everybody = Everybody(session, browse, round)
    team = {str(role) for role in Role}
    app.config["WTF_CSRF_ENABLED"] = False
    _answer_only_whether_somebody_got_in(app)
    table, wrong = documented(), []

    for endpoint, path, method, about_round in requests(app, round):
        for name, pages in everybody.browsers.items():
            if ENDPOINTS[endpoint] == "public":
                expected = True
            elif ENDPOINTS[endpoint] == "signed-in":
                expected = name not in ("anyone", "voter")
            else:
                who, phases = table[ENDPOINTS[endpoint]]
                expected = bool(everybody.who[name] & who)
                expected &= str(phase) in phases or not about_round
            if about_round and round.published_at is None:
                expected &= bool(everybody.who[name] & team)
            response = pages.client.open(path, method=method)
            if (response.status_code == 299) is not expected:
                wrong.append(f"{method} {path} as {name}: {response.status_code}")
            assert response.status_code in (299, 303, 403, 404, 409)

    assert not wrong, "\n".join(wrong)


def _answer_only_whether_somebody_got_in(app) -> None:
    """Replace what the views do, keep who may enter: nothing but the guard is tried here."""
    for endpoint, view in app.view_functions.items():
        if endpoint != "static":

            def entered(_view=view, **kwargs):
                return "entered", 299

            entered.access = view.access
            app.view_functions[endpoint] = entered


def requests(app, round) -> list[tuple[str, str, str, bool]]:
    """(endpoint, path, method, about a round?) for every rule, with made-up parts."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint == "static":
                continue
            parts = dict.fromkeys(rule.arguments, 1)
            about_round = "round" in parts
            if about_round:
                parts["round"] = round
            for name in ("area", "format", "page", "what"):
                if name in parts:
                    parts[name] = "x"
            if "document" in parts:
                parts["document"] = "charter"
            path = app.url_map.bind("localhost").build(rule.endpoint, parts)
            for method in rule.methods & {"GET", "POST"}:
                found.append((rule.endpoint, path, method, about_round))
    return found


def test_no_form_is_taken_without_its_token(app, session, browse):
    """Without the token, whatever a commissioner may send is refused as a bad request."""
    round = make.round_(session, Phase.IDEAS)
    pages = browse(make.appointed(session, round, Role.COMMISSIONER))
    statuses = {
        path: pages.client.post(path).status_code
        for _, path, method, _ in requests(app, round)
        if method == "POST"
    }
    assert set(statuses.values()) <= {400, 403, 409, 303}, statuses
    assert 400 in statuses.values()
