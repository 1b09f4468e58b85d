"""What came out of the vote, why, and the data to check it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.dates import format_date
from flask import Blueprint, Response, current_app, redirect, render_template, url_for

from pb import db
from pb.audit import queries as log
from pb.ballots import desk, turnout
from pb.ballots.paper import queries as paper
from pb.errors import NotFound, PhaseClosed
from pb.policy import Permission
from pb.proposals import withdrawal
from pb.results import explanations, export, queries, words
from pb.results.models import Publication
from pb.rounds import calendar
from pb.rounds import queries as rounds
from pb.rounds.models import Phase, Round
from pb.web import guard
from pb.web.filters import LOCALE, money
from pb.web.guard import requires

bp = Blueprint("results", __name__)
SHOWN = calendar.ORDER[calendar.ORDER.index(Phase.RESULTS) :]
PARTS = 6  # of a budget bar; if there are more projects, the cheaper ones share the last


@bp.get("/rounds/<round:round>/results")
@requires(Permission.ROUND_READ)
def show(round: Round):
    """The result: one sentence, turnout, and every project of every area with its reason."""
    publications = _publications(round)
    publication, result = publications[0], publications[0].result
    database = db.session()
    counted, confirmed = queries.acts_of(database, result.act_id, publication.act_id)
    areas = explanations.areas(database, round, result, money)
    return render_template(
        "community/results/show.html",
        round=round,
        publication=publication,
        earlier=publications[1:],
        result=result,
        areas=[(area, bar_parts(area)) for area in areas],
        withdrawn=withdrawal.withdrawn(database, round),
        totals=explanations.totals(areas),
        by_route=turnout.by_route(database, round),
        fewest=turnout.FEWEST_SHOWN,
        certainty=explanations.how_sure(areas),
        **words.of_round(round, current_app.extensions["rules"]),
        counted=counted,
        confirmed=confirmed,
        paper=paper.totals(database, round),
        helped=desk.helped(database, round),
        why=paper.WHY,
    )


@bp.get("/rounds/<round:round>/results/projects/<int:number>")
@requires(Permission.ROUND_READ)
def project(round: Round, number: int):
    """Why this project won or lost."""
    result = _published(round).result
    found = queries.find_project(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no project {number} on the ballot of “{round.name}”.")
    if found.withdrawal is not None:
        return redirect(url_for("community.ballots.project", round=round, number=number), 303)
    return render_template(
        "community/results/project.html",
        round=round,
        project=found,
        story=explanations.story(db.session(), round, result, found, money),
        **words.of_round(round, current_app.extensions["rules"]),
    )


@bp.get("/rounds/<round:round>/results/data.csv")
@requires(Permission.ROUND_READ)
def data_csv(round: Round):
    """One row for every project."""
    _published(round)
    text = export.csv_text(db.session(), round, money)
    return _download(text, "text/csv; charset=utf-8", f"{round.slug}.csv")


@bp.get("/rounds/<round:round>/results/data.json")
@requires(Permission.ROUND_READ)
def data_json(round: Round):
    """The result with its digests and every step of the count."""
    _published(round)
    text = export.json_text(db.session(), round, money)
    return _download(text, "application/json", f"{round.slug}.json")


@bp.get("/rounds/<round:round>/results/areas/<area>.pb")
@requires(Permission.ROUND_READ)
def pabulib(round: Round, area: str):
    """The ballots and the result of one area, in the format of pabulib.org."""
    publication = _published(round)
    found = rounds.area(round, area)
    if found is None:
        raise NotFound(f"“{round.name}” has no area of this name.")
    unit = current_app.config["TOWN_NAME"]

    def make() -> bytes:
        return export.pabulib_text(db.session(), round, found, unit=unit).encode()

    path = _kept(round, publication, f"{found.slug}.pb", make)
    return _download(path.read_bytes(), "text/plain; charset=utf-8", f"{round.slug}-{area}.pb")


@bp.get("/rounds/<round:round>/results/bundle.zip")
@requires(Permission.ROUND_READ)
def bundle(round: Round):
    """Everything that a recount needs, in one file."""
    publication = _published(round)
    head = log.head(db.session(), round.id)

    def make() -> bytes:
        return export.bundle_bytes(db.session(), round)

    path = _kept(round, publication, f"{head[:12]}.zip", make)
    return _download(path.read_bytes(), "application/zip", f"{round.slug}.zip")


def _published(round: Round) -> Publication:
    """The publication that everybody may see, or a refusal that says when to come back."""
    return _publications(round)[0]


def _publications(round: Round) -> Sequence[Publication]:
    """All publications, the one that holds first; or a refusal."""
    if guard.phase() not in SHOWN:
        raise PhaseClosed(f"There is no result yet. {_expected(round)}")
    found = queries.publications(db.session(), round)
    if not found:
        raise NotFound(f"No result of “{round.name}” is published.")
    return found


def _expected(round: Round) -> str:
    span = calendar.span(round, Phase.RESULTS)
    if span is None:
        return "Its date is not fixed yet."
    if span.opens_at <= guard.now():
        return "It will be published as soon as the count is confirmed."
    day = format_date(span.opens_at.astimezone(round.zone), "d MMMM y", locale=LOCALE)
    return f"It is expected on {day}."


@dataclass(frozen=True)
class Parts:
    """The parts of a budget bar, and the class of each project's part by its code."""

    bar: list[tuple[str, int, str]]
    classes: dict[str, str]
    rest: str  # the key of the last part, where several projects share it


def bar_parts(area: explanations.AreaLines) -> Parts:
    """The funded projects as parts of the bar: the dearest one by one, the others together."""
    by_cost = sorted(area.funded, key=lambda line: -line.project.cost)
    alone = by_cost if len(by_cost) <= PARTS else by_cost[: PARTS - 1]
    bar = [(line.project.title, line.project.cost, f"part-{n}") for n, line in enumerate(alone, 1)]
    classes = {line.project.code: f"part-{n}" for n, line in enumerate(alone, 1)}
    others = by_cost[len(alone) :]
    rest = f"{len(others)} other funded projects" if others else ""
    if others:
        bar.append((rest, sum(line.project.cost for line in others), f"part-{PARTS}"))
        classes |= {line.project.code: f"part-{PARTS}" for line in others}
        rest = f"{rest} together: {money(bar[-1][1])}"
    return Parts(bar, classes, rest)


def _download(content: str | bytes, mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=mimetype, headers=headers)


def _kept(round: Round, publication: Publication, name: str, make: Callable[[], bytes]) -> Path:
    """A file that is made from all ballots once, and then kept for everybody who asks."""
    folder = Path(current_app.config["DATA_DIR"]) / "downloads" / f"round-{round.id}"
    path = folder / f"{publication.id}-{publication.result.digest[:16]}-{name}"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{id(path)}.tmp")
        draft.write_bytes(make())
        draft.replace(path)
    return path
