"""Twenty people in a workshop, in Chromium: the steward at a desk, a phone, a browser without
scripts, the screen on the wall, and seventeen more by HTTP."""

import re
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from config import Settings
from pb import db
from pb.app import create_app
from pb.cli.database import upgrade
from pb.rounds.models import Phase, Role
from tests import make
from tests.browser.conftest import violations
from tests.conftest import NOW, Clock
from tests.pages import Pages

playwright = pytest.importorskip("playwright.sync_api")
Page, expect = playwright.Page, playwright.expect

QUESTION = "What would a good evening by the harbour look like?"
AREAS = ("north", "south", "west")
OTHERS = [f"Guest {n}" for n in range(3, 20)]
SECRET = "CANARY-7391 of Ana alone"  # noqa: S105 (what somebody writes for herself)
PATIENCE = 30_000  # milliseconds; a quiet machine needs four seconds at most


@pytest.fixture
def harbour(tmp_path):
    """A round that looks for its purpose, on a server of its own whose clock stands still."""
    settings = Settings(
        DATABASE_URL=f"sqlite:///{tmp_path / 'pb.sqlite'}",
        DATA_DIR=tmp_path,
        SECRET_KEY="only for tests",
        TOWN_NAME="Riverside",
    )
    app = create_app(settings, clock=Clock(NOW))
    upgrade(app.extensions["engine"])
    with Session(app.extensions["engine"], expire_on_commit=False) as session:
        round = make.round_(session, Phase.PURPOSE, areas=dict.fromkeys(AREAS, 1_000_00))
        steward = make.appointed(session, round, Role.STEWARD, "Stella")
        session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(
        address=f"http://127.0.0.1:{server.port}",
        app=app,
        path=f"/rounds/{round.slug}",
        steward=steward,
    )
    server.shutdown()
    db.session.remove()
    app.extensions["engine"].dispose()


@pytest.fixture
def window(chromium, harbour):
    """`window(width, scripts=True)` opens a browser of somebody else on the harbour."""
    contexts = []
    expect.set_options(timeout=PATIENCE)

    def start(width: int, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=harbour.address,
            viewport={"width": width, "height": 844},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield start
    for context in contexts:
        context.close()


@dataclass
class Evening:
    """A workshop of twenty people, and what each of them sees."""

    harbour: SimpleNamespace
    desk: Page  # of Stella, who leads
    phone: Page  # of Ana
    plain: Page  # of Ben, without scripts
    wall: Page
    others: dict[str, Pages] = field(default_factory=dict)
    path: str = ""
    code: str = ""
    pairs: dict[str, list[str]] = field(default_factory=dict)  # number → names
    ideas: dict[str, str] = field(default_factory=dict)  # text → number of its pair

    # --- Coming in ---------------------------------------------------------------------------

    def stella_opens_it(self) -> None:
        pages = Pages(self.harbour.app)
        pages.sign_in(self.harbour.steward)
        cookies = pages.client._cookies.values()
        self.desk.context.add_cookies(
            [{"name": c.key, "value": c.value, "url": self.harbour.address} for c in cookies]
        )
        self.desk.goto(f"{self.harbour.path}/workshops")
        self.desk.get_by_role("link", name="Open a workshop").click()
        self.desk.get_by_label("The one question").fill(QUESTION)
        self.desk.get_by_label("Together in a room").check()
        self.desk.get_by_role("button", name="Open the workshop").click()
        expect(self.desk.get_by_text("The workshop is open")).to_be_visible()
        self.path = self.desk.url.removeprefix(self.harbour.address).removesuffix("/leading")
        self.code = self.desk.locator(".app-way-in .app-code").inner_text()
        self.wall.goto(f"{self.path}/screen")
        self.fit("Come in", self.desk, self.wall)

    def nineteen_come_in(self) -> None:
        for screen in (self.desk, self.wall):
            stay(screen)
        self.phone.goto(f"{self.harbour.path}/workshops/join?code={self.code}")
        self.phone.get_by_label("What should the others call you?").fill("Ana")
        self.phone.get_by_label("Where do you live? (if you like)").select_option("north")
        self.phone.get_by_role("button", name="Come in").click()
        expect(self.phone.get_by_text("You are in, Ana.")).to_be_visible()
        self.plain.goto("/w")
        self.plain.get_by_label("The code of the workshop").fill(self.code.lower())
        self.plain.get_by_role("button", name="Go on").click()
        self.plain.get_by_label("What should the others call you?").fill("Ben")
        self.plain.get_by_label("Where do you live? (if you like)").select_option("north")
        self.plain.get_by_role("button", name="Come in").click()
        for n, name in enumerate(OTHERS):
            self.others[name] = Pages(self.harbour.app)
            form = {"code": self.code, "name": name, "area": AREAS[(n + 1) % 3]}
            self.others[name].post(f"{self.harbour.path}/workshops/join", form)
        expect(self.desk.get_by_text("Who is here: 19")).to_be_visible()
        expect(self.wall.get_by_text("19 people are here.")).to_be_visible()
        for screen in (self.desk, self.wall):
            assert stayed(screen)

    # --- The five steps -------------------------------------------------------------------------

    def everybody_thinks_alone(self) -> None:
        self.go_on("Think alone")
        note = self.phone.get_by_label("A thought of yours")
        note.fill(SECRET)
        self.phone.get_by_role("button", name="Keep it").click()
        expect(self.phone.get_by_text(SECRET)).to_be_visible()
        self.plain.get_by_label("A thought of yours").fill("Ben thinks of lamps")
        self.plain.get_by_role("button", name="Keep it").click()
        for name, pages in self.others.items():
            pages.post(f"{self.path}/place/notes", {"text": f"{name} thinks of boats"})
        expect(self.desk.get_by_text("19 notes so far")).to_have_count(0)  # it is not asked for
        self.nobody_else_reads_it()

    def what_ana_still_types_when_the_time_is_up_is_kept(self) -> None:
        self.phone.get_by_label("A thought of yours").fill(f"{SECRET}, half a")
        self.press("Go on: Talk in pairs")
        kept = self.phone.locator(".app-notes li", has_text=f"{SECRET}, half a")
        expect(kept).to_be_visible()
        expect(self.phone.get_by_role("heading", name="Talk in pairs")).to_be_visible()
        self.arrived("Talk in pairs", self.wall)
        self.look_again("Talk in pairs")
        self.nobody_else_reads_it()

    def pairs_write_ideas_down(self) -> None:
        self.pairs = self.read_pairs()
        assert sorted(len(names) for names in self.pairs.values()) == [2] * 8 + [3]
        for number, names in self.pairs.items():
            writer = next(name for name in names if name in self.others)
            first = f"Boats for pair {number}"
            if "Ana" in names:
                self.ana_types_while_the_other_writes(writer, first)
                self.ideas["Lanterns that nobody has to light"] = number
            else:
                self.write(writer, first)
                self.write(writer, f"Benches for pair {number}")
                self.ideas[f"Benches for pair {number}"] = number
            self.ideas[first] = number
        self.look_again("Talk in pairs")
        self.plain.get_by_label("An idea of your pair").fill("x" * 141)
        self.plain.get_by_role("button", name="Write it down").click()
        told = self.plain.get_by_role("alert")
        expect(told).to_contain_text("141 characters long")
        self.plain.get_by_label("An idea of your pair").fill("Ben's lamps")
        self.plain.get_by_role("button", name="Write it down").click()
        self.ideas["Ben's lamps"] = self.pair_of("Ben")
        expect(self.desk.get_by_text(f"{len(self.ideas)} ideas so far")).to_be_visible()
        self.fit("Talk in pairs", self.desk, self.phone, self.wall)

    def ana_types_while_the_other_writes(self, other: str, text: str) -> None:
        stay(self.phone)
        self.phone.get_by_label("An idea of your pair").fill("Lanterns that nobody has to ")
        self.write(other, text)
        expect(self.phone.get_by_text("There is something new on this page")).to_be_visible()
        self.phone.keyboard.type("light")
        assert stayed(self.phone)
        self.phone.get_by_role("button", name="Write it down").click()
        for idea in (text, "Lanterns that nobody has to light"):
            expect(self.phone.locator(".app-card__title", has_text=idea)).to_be_visible()

    def every_idea_is_explained(self) -> None:
        self.go_on("Explain")
        for screen in (self.phone, self.wall):
            stay(screen)
        for _ in range(2):
            now = self.desk.locator(".app-lead strong").inner_text()
            expect(self.wall.locator(".app-wall__idea")).to_have_text(now)
            expect(self.phone.locator(".app-hero__title")).to_have_text(now)
            self.press("Explained: next idea")
            expect(self.desk.locator(".app-lead strong")).not_to_have_text(now)
        assert stayed(self.phone) and stayed(self.wall)
        self.look_again("Explain")
        self.plain.locator(
            ".app-card", has=self.plain.get_by_text("Ben's lamps", exact=True)
        ).get_by_label("What we mean by it").fill("Warm ones, that go out at eleven.")
        self.plain.locator(
            ".app-card", has=self.plain.get_by_text("Ben's lamps", exact=True)
        ).get_by_role("button", name="Keep it").click()
        self.nobody_else_reads_it()

    def pairs_mark_a_quarter(self) -> None:
        self.go_on("Rank")
        most = len(self.ideas) // 4
        self.fit("Rank", self.desk, self.phone, self.wall)
        self.ben_marks_more_than_there_are(most)
        stay(self.phone)
        for number, names in self.pairs.items():
            if {"Ana", "Ben"} & set(names):
                continue
            pages = self.others[names[0]]
            numbers = re.findall(r'name="mark" value="(\d+)"', pages.get(self.place).text)
            pages.post(f"{self.path}/place/marks", {"mark": numbers[int(number) % 3]})
            pages.post(f"{self.path}/place/marks/done")
        mark(self.phone, "Ben's lamps")
        expect(self.phone.locator("#used")).to_contain_text(f"1 of {most} marks used")
        assert "Ben's lamps 1 mark" not in " ".join(self.wall.locator("main").inner_text().split())
        self.phone.get_by_role("button", name="Our pair is done").click()
        expect(self.phone.get_by_text("All pairs are done.")).to_be_visible()
        expect(self.wall.locator(".app-heap")).to_be_visible()

    def ben_marks_more_than_there_are(self, most: int) -> None:
        """By the form of a page that he opened when there were marks left."""
        numbers = {}
        for card in self.plain.locator("article[id^=idea-]").all():
            text = card.locator(".app-card__title").inner_text()
            numbers[text] = card.get_attribute("id").removeprefix("idea-")
        own = [text for text, number in self.ideas.items() if number == self.pair_of("Ben")]
        strange = [text for text in self.ideas if text not in own]
        mark(self.plain, own[0])
        why = "At most one mark goes to an idea of your own: take the other back first."
        self.ben_is_refused(numbers[own[1]], why)
        for text in strange[: most - 1]:
            mark(self.plain, text)
        expect(self.plain.locator("#used")).to_contain_text(f"{most} of {most} marks used")
        why = "All of your marks are given. Take one back to move it."
        self.ben_is_refused(numbers[strange[most]], why)
        self.look_again("Rank")
        expect(self.plain.locator("#used")).to_contain_text(f"{most} of {most} marks used")
        self.plain.get_by_role("button", name="Our pair is done").click()

    def ben_is_refused(self, idea: str, why: str) -> None:
        token = self.plain.locator("input[name=csrf_token]").first.get_attribute("value")
        form = {"csrf_token": token, "mark": idea}
        answer = self.plain.request.post(f"{self.place}/marks", form=form)
        assert answer.status == 409
        assert why in answer.text()

    def ideas_go_into_groups(self) -> None:
        self.go_on("Arrange")
        for screen in (self.phone, self.wall):
            stay(screen)
        self.desk.get_by_label("Name of a new group").fill("Light")
        self.press("Make the group")
        self.desk.get_by_label("Ben's lamps").select_option(label="Light")
        self.press("Put them there")
        stay(self.desk)
        light = self.desk.locator("[data-group]", has_text="Light")
        self.desk.locator("[data-idea]", has_text="Lanterns that nobody").drag_to(light)
        for screen in (self.phone, self.wall):
            group = screen.locator(".app-heap", has_text="Light")
            for text in ("Ben's lamps", "Lanterns that nobody has to light"):
                expect(group.first).to_contain_text(text)
            assert stayed(screen)
        assert stayed(self.desk)
        self.fit("Arrange", self.desk, self.phone, self.wall)
        self.nobody_else_reads_it()

    # --- What came out of it ---------------------------------------------------------------------

    def the_result_names_everybody(self) -> None:
        for screen in (self.phone, self.wall):
            stay(screen)
        self.press("Finish the workshop")
        for screen, text in ((self.phone, "Thank you, Ana."), (self.wall, "This is what came")):
            expect(screen.get_by_text(text)).to_be_visible()
            assert stayed(screen)
        self.phone.get_by_role("link", name="What came out of it").click()
        cards = self.phone.locator("main .app-card")
        expect(cards).to_have_count(len(self.ideas))
        for text, number in self.ideas.items():
            card = " ".join(cards.filter(has_text=text).first.inner_text().split())
            assert f"By {' and '.join(self.pairs[number])}" in card
        assert violations(self.phone) == []

    def the_ideas_go_over_into_the_round(self) -> None:
        self.desk.get_by_role("link", name="See the result and carry it over").click()
        self.press("Carry over into the ideas of the round")
        expect(self.desk.get_by_text(f"Carried over: {len(self.ideas)} ideas.")).to_be_visible()
        self.phone.reload()
        for text in ("Ben's lamps", "Lanterns that nobody has to light"):
            self.phone.get_by_role("link", name=text).click()
            for name in self.pairs[self.ideas[text]]:
                expect(self.phone.locator("main")).to_contain_text(name)
            self.phone.go_back()

    # --- What they all do -----------------------------------------------------------------------

    @property
    def place(self) -> str:
        return f"{self.path}/place"

    def press(self, button: str) -> None:
        """Stella presses a button of hers."""
        self.desk.get_by_role("button", name=button, exact=True).click()

    def go_on(self, stage: str) -> None:
        """Stella begins a stage; the phone and the wall show it without being loaded again."""
        for screen in (self.phone, self.wall):
            stay(screen)
        self.press(f"Go on: {stage}")
        self.arrived(stage, self.phone, self.wall)
        assert stayed(self.phone) and stayed(self.wall)
        self.look_again(stage)

    def arrived(self, stage: str, *screens: Page) -> None:
        for screen in screens:
            heading = screen.get_by_role("heading", name=stage, exact=True)
            expect(heading).to_be_visible()

    def look_again(self, stage: str) -> None:
        """Ben has no scripts: he follows a link."""
        self.plain.goto(self.place)
        self.plain.get_by_role("link", name="Look again").click()
        self.arrived(stage, self.plain)

    def fit(self, stage: str, *screens: Page) -> None:
        for screen in screens:
            assert violations(screen) == [], f"{stage} at {screen.url}"
            wide, there = screen.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert wide <= there, f"{stage} at {screen.url} is {wide} px wide"

    def read_pairs(self) -> dict[str, list[str]]:
        """Who talks with whom, from the desk."""
        expect(self.desk.get_by_text("9 pairs talk")).to_be_visible()
        rows = self.desk.locator("tbody th").all_inner_texts()
        found = (row.partition(": ") for row in rows)
        return {number: names.split(", ") for number, _, names in found}

    def pair_of(self, name: str) -> str:
        return next(number for number, names in self.pairs.items() if name in names)

    def write(self, name: str, text: str) -> None:
        self.others[name].post(f"{self.place}/ideas", {"text": text})

    def nobody_else_reads_it(self) -> None:
        """Ana's own notes are on no page of anybody else."""
        for screen in (self.desk, self.plain, self.wall):
            screen.reload()
            assert "CANARY" not in screen.content()
        for pages in self.others.values():
            assert "CANARY" not in pages.get(self.place).text


def mark(page: Page, idea: str) -> None:
    name = re.compile(rf"^Mark\s*: {re.escape(idea)}\s*$")
    page.get_by_role("button", name=name).click()


def stay(page: Page) -> None:
    """Leave a trace in the page, which is gone when the page is loaded again."""
    page.evaluate("window.stayed = true")


def stayed(page: Page) -> bool:
    return page.evaluate("window.stayed === true")


def test_twenty_people_find_ideas_together(harbour, window):
    evening = Evening(harbour, window(1280), window(390), window(390, scripts=False), window(1280))
    evening.stella_opens_it()
    evening.nineteen_come_in()
    evening.everybody_thinks_alone()
    evening.what_ana_still_types_when_the_time_is_up_is_kept()
    evening.pairs_write_ideas_down()
    evening.every_idea_is_explained()
    evening.pairs_mark_a_quarter()
    evening.ideas_go_into_groups()
    evening.the_result_names_everybody()
    evening.the_ideas_go_over_into_the_round()
