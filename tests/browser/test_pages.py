"""Every page of the town, as everybody who may open it: accessible, and fit for a phone."""

import re

import pytest

from pb.demo import builder
from tests.browser.conftest import violations
from tests.pages import Page, Pages

VISITORS = ("visitor", "voter", *builder.LOGINS)
CONSOLE = ("reviewer", "commissioner", "clerk", "second-clerk")
# What is shown after sending a ballot, and ways back to it: the voting tests see these.
AFTER_SENDING = {
    "community.ballots.receipt",
    "community.ballots.check_again",
    "community.ballots.cast_again",
    # The page of a job is there for as long as somebody waits for it.
    "commission.jobs.show",
}
# Pages that no link of the demo reaches, and why; their own tests open them.
NOT_IN_THE_DEMO = (
    "community.official.",  # needs the server of an official sign-in
    "community.entering.link",  # its address is in a mail
    "community.entering.sent",  # stands after a form
    "community.roll_requests.made",  # stands after a form
    "community.comparing.again",  # leads back to the ballot
    "community.kiosk.",  # leads on to the ballot of a computer that a clerk made a kiosk
    "commission.acts.opening",  # only where a round has no stewards
    "community.asking.edit",  # as long as nobody has answered a question
    "community.asking.suggestion",  # in the demo the commission has suggested none
    "community.connectors.hello",  # its address is on the poster of a connector
    "community.connectors.poster",  # connectors alone see these two; none of them signs in here
    "community.connectors.requests",
    "community.workshop_news.code",  # its address stands on the screen in the room
    # In the demo the stewards have hidden nothing.
    "community.moderation.measure",
    "community.moderating.appeal",
)
# What is not a page: files to download, and answers for machines.
FILES = {
    "community.results.bundle",
    "community.results.data_csv",
    "community.results.data_json",
    "community.results.pabulib",
    "community.ballots.receipt_list",
    "community.calendar_entry.result_day",
    "community.rounds.log_file",
    "community.moderation.log_csv",
    "community.rounds.health",
    "community.survey.data",
    "community.ideas.alike",
    "community.workshop_news.news",
    "commission.roll_import.mistakes",
    "static",
}


def browser_for(town, name: str) -> Pages:
    """A fast browser without a window, signed in as one of the visitors."""
    pages = Pages(town.app)
    if name == "voter":
        round = town.demo.rounds["together-2"]
        pages.post(f"/rounds/{round.slug}/vote", {"code": town.demo.codes[0]})
    elif name != "visitor":
        pages.sign_in(town.demo.people[name])
    return pages


def crawl(town, name: str) -> dict[str, str]:
    """endpoint → one address, for every page that this visitor reaches by following links."""
    pages, found = browser_for(town, name), {}
    waiting, seen = ["/", "/commission/" if name in CONSOLE else "/"], set()
    routes = town.app.url_map.bind("localhost")
    while waiting:
        path = waiting.pop(0)
        address = path.partition("?")[0].partition("#")[0]
        if address in seen or not routes.test(address, "GET"):
            continue
        seen.add(address)
        endpoint, _ = routes.match(address, "GET")
        if endpoint in FILES:
            continue
        response = pages.client.get(address)
        if response.status_code != 200:
            continue
        found.setdefault(endpoint, address)
        waiting += [link for link in Page(response.text).links if link.startswith("/")]
    return found


@pytest.fixture(scope="session")
def tour(town) -> dict[str, tuple[str, str]]:
    """endpoint → (visitor, address): every page once, through the first visitor who gets there."""
    stops: dict[str, tuple[str, str]] = {}
    for name in VISITORS:
        for endpoint, address in crawl(town, name).items():
            stops.setdefault(endpoint, (name, address))
    return stops


def test_following_links_leads_to_every_page(town, tour):
    pages = {
        rule.endpoint
        for rule in town.app.url_map.iter_rules()
        if "GET" in rule.methods and rule.endpoint not in FILES
    }
    missed = pages - set(tour) - AFTER_SENDING
    assert sorted(one for one in missed if not one.startswith(NOT_IN_THE_DEMO)) == []


def cookies(town, name: str) -> list[dict[str, str]]:
    """The visitor's session, to be put into the real browser."""
    pages = browser_for(town, name)
    return [
        {"name": cookie.key, "value": cookie.value, "url": town.address}
        for cookie in pages.client._cookies.values()
    ]


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_is_accessible(town, tour, visit, width):
    wrong = []
    for name in VISITORS:
        page = visit(width)
        page.context.add_cookies(cookies(town, name))
        for endpoint, (visitor, address) in sorted(tour.items()):
            if visitor != name:
                continue
            assert page.goto(address).status == 200, address
            wrong += [f"{endpoint} as {name}: {found}" for found in violations(page)]
    assert not wrong, "\n".join(wrong)


def test_no_page_is_wider_than_a_small_phone(town, tour, visit):
    wrong = []
    for name in VISITORS:
        page = visit(320)
        page.context.add_cookies(cookies(town, name))
        for endpoint, (visitor, address) in sorted(tour.items()):
            if visitor == name:
                page.goto(address)
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > 320:
                    wrong.append(f"{endpoint} ({address}) is {wide} px wide")
    assert not wrong, "\n".join(wrong)


def test_a_first_visit_is_light_and_asks_nobody_else(town, visit):
    page, requests, sizes = visit(390), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto("/rounds/together-1/results", wait_until="networkidle")

    assert len(requests) <= 6, requests
    assert all(url.startswith(town.address) for url in requests), requests


def test_the_skip_link_and_focus_work_by_keyboard(visit):
    page = visit(1280)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


ERRORS = [
    ("visitor", "/nothing"),
    ("visitor", "/rounds/no-such-round"),
    ("resident", "/commission/rounds/together-2"),
    ("resident", "/rounds/together-2/proposals/new"),
]


@pytest.mark.parametrize(("name", "address"), ERRORS)
def test_refusals_are_accessible_pages_too(town, visit, name, address):
    page = visit(390)
    page.context.add_cookies(cookies(town, name))
    assert page.goto(address).status in (403, 404, 409)
    assert violations(page) == []


def test_pages_of_the_two_doors_differ_in_colour(town, visit):
    page = visit(1280)
    page.context.add_cookies(cookies(town, "commissioner"))
    colours = []
    for address in ("/", "/commission/"):
        page.goto(address)
        colours.append(
            page.evaluate("getComputedStyle(document.querySelector('.app-header')).backgroundColor")
        )
    assert len(set(colours)) == 2
    assert all(re.match(r"rgb", colour) for colour in colours)
