"""Renders sample pages with every component into a folder, for looking at them without the app.

    python frontend/preview.py DIR [ar]

Open DIR/index.html. The texts are samples; the filters stand in for the app's own.
"""

import json
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    EmailField,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
    widgets,
)
from wtforms.fields import SelectChoice

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "frontend" / "preview"
NOON = datetime(2026, 6, 3, 12, 2, tzinfo=UTC)


def money(minor, currency):
    sign = {"EUR": "€", "PLN": "zł "}.get(currency, currency + " ")
    return f"{sign}{minor / 100:,.2f}".removesuffix(".00")


def when(shape):
    def write(value):
        text = value.astimezone(ZoneInfo("Europe/Lisbon")).strftime(shape)
        return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)

    return write


REQUIRED = validators.InputRequired
POSITIVE = validators.NumberRange(min=1, message="The amount must be more than nothing.")


def choices(*values):
    return [SelectChoice(value, value) for value in values]


class Line(Form):
    what = StringField("What it buys", [REQUIRED("Say what this line buys.")])
    amount = IntegerField("Amount in euros", [POSITIVE])


class ProposalForm(Form):
    step = HiddenField(default="2")
    title = StringField(
        "What should we call it?",
        [REQUIRED("Give your proposal a name.")],
        description="A few words that say what it is.",
    )
    summary = TextAreaField(
        "What is it, and who is it for?",
        [validators.Length(max=120, message="Keep this to 120 characters; it has 163 now.")],
    )
    area = SelectField("Where?", choices=choices("Whole town", "Harbour", "Old Mill", "Station"))
    cost = DecimalField(
        "What might it cost?",
        [POSITIVE],
        description="A guess is fine. An officer works out the real cost.",
    )
    topic = RadioField(
        "What is it about?",
        choices=[
            SelectChoice("green", "Green places", {"hint": "Trees, parks, water"}),
            SelectChoice("street", "Streets and paths"),
            SelectChoice("people", "People and meeting places"),
        ],
    )
    helps = SelectMultipleField(
        "Who does it help?",
        choices=choices("Children", "Older people", "Everyone"),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(),
    )
    ready = DateField(
        "When should it be ready?",
        [REQUIRED("Give a day.")],
        format="%d %m %Y",
        invalid_value_message="There is no such day.",
        description="For example, 27 3 2027.",
    )
    closes = DateTimeLocalField("Voting closes", format="%d %m %Y %H:%M")
    opens = DateField("Voting opens")
    photo = FileField("A picture")
    email = EmailField(
        "Your e-mail address",
        [validators.Regexp("@", message="An e-mail address has an @ in it.")],
    )
    password = PasswordField("Password")
    agree = BooleanField(
        "I may be named as the one who proposed it", [REQUIRED("Say whether you may be named.")]
    )
    lines = FieldList(FormField(Line), "Rough costs", min_entries=1)


class CodeForm(Form):
    code = StringField(
        "Your voting code",
        description="In the letter you got, like ABCD-EFGH-JKLM. Small letters are fine.",
    )


WON = {1, 3, 4, 5, 7}
CHOSEN = {1, 3, 5}


HELP = ["How voting works", "How winners are chosen", "Paper and in person", "Privacy", "Contact"]
FLASHES = [
    ("success", "Your draft is saved."),
    ("warning", "Voting closes on Sunday."),
    ("info", "The roll was updated."),
]
TYPED = {
    "title": "",
    "summary": "A very long text " * 9,
    "area": "Harbour",
    "cost": "-3",
    "topic": "street",
    "helps": "Children",
    "ready": ["31", "2", "2027"],
    "closes": ["14", "6", "2026", "18:00"],
    "opens": "2026-06-01",
    "email": "ana",
    "lines-0-what": "",
    "lines-0-amount": "0",
}


def forms():
    wrong = ProposalForm(MultiDict(TYPED))
    wrong.validate()
    dates = {"ready": date(2027, 3, 27), "closes": datetime.fromisoformat("2026-06-14T18:00")}
    return {"form": wrong, "fresh": ProposalForm(data=dates), "code_form": CodeForm()}


def environment(lang, flashes):
    env = Environment(
        loader=FileSystemLoader([ROOT / "templates", PAGES]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(money=money, moment=when("%-d %B %Y, %H:%M"), day=when("%-d %B %Y"))
    samples = json.loads((PAGES / "samples.json").read_text())
    env.globals.update(
        asset=lambda name: f"static/{name}",
        csrf_token=lambda: "sample",
        get_flashed_messages=lambda with_categories=False: flashes,
        town_name="Rivermouth",
        lang=lang,
        dir="rtl" if lang in ("ar", "fa", "he", "ur") else "ltr",
        home_href="index.html",
        help_links=[(text, "#") for text in HELP],
        NOON=NOON,
        LATER=NOON + timedelta(hours=3),
        WON=WON,
        CHOSEN=CHOSEN,
        **{name.upper(): rows for name, rows in samples.items()},
    )
    return env


def main(folder, lang="en"):
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "static", target / "static", dirs_exist_ok=True)
    flashes = []
    env = environment(lang, flashes)
    for page in sorted(PAGES.glob("[a-z]*.html")):
        flashes[:] = FLASHES if page.stem == "components" else []
        variables = forms() if page.stem in ("form", "components") else {}
        (target / page.name).write_text(env.get_template(page.name).render(variables))
    error = env.get_template("errors/error.html").render(
        code=409,
        sentence="Voting closed on 14 June at 18:00, so this ballot cannot be changed.",
        next_href="#",
        next_text="See the round",
    )
    (target / "error.html").write_text(error)


if __name__ == "__main__":
    main(*sys.argv[1:3])
