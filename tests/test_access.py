"""Every endpoint, with every role, in every phase, against the table in docs/roles.md."""

import re
from pathlib import Path

import pytest
from flask import Flask

from pb.policy import GRANTS, Permission
from pb.rounds.models import Phase, Role
from pb.web import guard
from tests import make
from tests.endpoints import ENDPOINTS

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| `([a-z-]+:[a-z-]+)` \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)


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
