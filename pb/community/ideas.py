"""Reading ideas, saying one, and saying the same as somebody else."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from pb import db
from pb.community import charter, introduced
from pb.community.idea_forms import FilterForm, IdeaForm, numbers
from pb.errors import NotFound, PhaseClosed, Refused, Unfit
from pb.policy import Permission
from pb.proposals import queries as proposals
from pb.proposals.ideas import credits, growing, queries, service
from pb.proposals.ideas.models import Idea
from pb.purpose.contingents import queries as contingents
from pb.purpose.contingents.models import Kind as Post
from pb.purpose.documents import queries as documents
from pb.purpose.documents.models import Kind
from pb.purpose.moderation import queries as moderation
from pb.purpose.moderation.models import Subject
from pb.rounds.calendar import ORDER
from pb.rounds.models import Phase, Round
from pb.web import guard
from pb.web.guard import reads_first, requires

bp = Blueprint("ideas", __name__, url_prefix="/rounds/<round:round>/ideas")
NUMBER = f"<int(max={proposals.LARGEST_NUMBER}):number>"
PROPOSAL = f"<int(max={proposals.LARGEST_NUMBER}):proposal>"


@bp.get("")
@requires(Permission.ROUND_READ)
def index(round: Round):
    """What people say should be there, in an order of the reader's own."""
    database = db.session()
    form = FilterForm(round, queries.topics(database, round), request.args)
    listing = queries.search(
        database, round, form.wanted, seed=_seed(round), page=guard.page_number()
    )
    searched = {name: value for name, value in vars(form.wanted).items() if value}
    return render_template(
        "community/ideas/index.html",
        round=round,
        filters=form,
        listing=listing,
        hidden=_hidden(round, listing.items),
        purpose=documents.in_force(database, round, Kind.PURPOSE, guard.now()),
        basket=_basket(round),
        credits=credits,
        base=url_for(".index", round=round, **searched),
        searched=bool(searched),
    )


@bp.get("/new")
@requires(Permission.IDEA_WRITE)
def new(round: Round):
    """The form for a new idea."""
    return form_page(round, IdeaForm(round), 200)


@bp.get("/alike")
@requires(Permission.IDEA_WRITE)
def alike(round: Round):
    """A piece of a page: ideas that say nearly the same as what is being typed."""
    found = queries.alike(db.session(), round, request.args.get("text", "")[:500])
    return render_template("community/ideas/_alike.html", round=round, alike=found)


@bp.post("")
@requires(Permission.IDEA_WRITE)
def create(round: Round):
    """Put an idea on the list; first show those that say nearly the same."""
    form, database = IdeaForm(round, request.form), db.session()
    if not form.validate():
        return form_page(round, form, 422)
    found = () if "different" in request.form else queries.alike(database, round, form.text.data)
    if found:
        return form_page(round, form, 200, alike=found)
    try:
        introduced.took_part(round)
        charter.require(round)
        named = not form.unnamed.data
        idea = service.write(
            database, round, guard.me(), **form.fields, named=named, at=guard.now()
        )
    except PhaseClosed:
        raise
    except Refused as refusal:
        return refused(round, form, refusal)
    database.commit()
    flash("Your idea is on the list. Everybody can read it now.", "success")
    return _to(idea)


@bp.get(f"/{NUMBER}")
@requires(Permission.ROUND_READ)
def show(round: Round, number: int):
    """An idea, who says it, and what it grew into."""
    return _page(round, _find(round, number))


def _page(round: Round, idea: Idea, refusal: str | None = None) -> str:
    account = guard.viewer().account
    return render_template(
        "community/ideas/show.html",
        round=round,
        idea=idea,
        refusal=refusal,
        hiding=_hidden(round, [idea]).get(idea.id),
        mine=account and idea.author(account),
        counted=ORDER.index(guard.phase()) > ORDER.index(Phase.IDEAS),
        askable=queries.askable(db.session(), idea, account) if account else (),
        alike=queries.alike(db.session(), round, idea.text, but=idea.id),
        credits=credits,
    )


@bp.post(f"/{NUMBER}/joining")
@requires(Permission.IDEA_WRITE)
def join(round: Round, number: int):
    """Say the same."""
    idea = _find(round, number)
    named = "unnamed" not in request.form
    introduced.took_part(round)
    try:
        charter.require(round)
    except charter.NotAccepted as refusal:
        if "text" not in request.form:
            return _page(round, idea, str(refusal)), refusal.status
        # Joined from the form of an idea of one's own: what was typed there comes back.
        form = IdeaForm(round, request.form)
        return form_page(round, form, refusal.status, refusal=str(refusal), alike=[idea])
    service.join(db.session(), idea, guard.me(), named=named, at=guard.now())
    db.session.commit()
    flash("You say the same now. You are credited wherever this idea goes.", "success")
    return _to(idea)


@bp.post(f"/{NUMBER}/leaving")
@requires(Permission.IDEA_OWN)
def leave(round: Round, number: int):
    """No longer say it."""
    idea = _find(round, number)
    service.leave(db.session(), idea, guard.me(), at=guard.now())
    db.session.commit()
    flash("You no longer say this.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.post(f"/{NUMBER}/name")
@requires(Permission.IDEA_OWN)
def name(round: Round, number: int):
    """Choose whether everybody may see who says it."""
    idea, named = _find(round, number), request.form.get("named") == "yes"
    service.show_name(db.session(), idea, guard.me(), named=named)
    db.session.commit()
    flash("Your name shows." if named else "It says “a resident” instead of your name.", "success")
    return _to(idea)


@bp.post("/basket")
@requires(Permission.PROPOSAL_SUBMIT)
@reads_first
def basket(round: Round):
    """Remember the ticked ideas, or begin a proposal from them."""
    shown, ticked = (numbers(request.form.getlist(name)) for name in ("shown", "idea"))
    kept = [number for number in _basket(round) if number not in shown]
    chosen = numbers([str(number) for number in kept + ticked])
    session["ideas"] = {str(round.id): chosen}
    if request.form.get("action") == "write" and chosen:
        return redirect(url_for("community.proposals.new", round=round, idea=chosen), 303)
    flash(f"Ideas in your basket: {len(chosen)}. They stay ticked.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.post(f"/{NUMBER}/proposals")
@requires(Permission.PROPOSAL_EDIT)
def ask(round: Round, number: int):
    """Ask the people who say an idea whether it may go into one's proposal."""
    idea, database = _find(round, number), db.session()
    [chosen] = numbers([request.form.get("proposal", "")]) or [0]
    proposal = proposals.find(database, round, chosen)
    if proposal is None or not proposal.public:
        raise NotFound("Choose one of your proposals.")
    guard.require(Permission.PROPOSAL_EDIT, proposal)
    link = growing.ask(database, proposal, idea, by=guard.me(), at=guard.now())
    database.commit()
    flash(ASKED[str(link.step)], "success")
    return _to(idea)


ASKED = {
    "in": "The idea is in your proposal, and the people who say it are credited there.",
    "asked": "They are asked. You get a note when one of them answers.",
}


@bp.post(f"/{NUMBER}/proposals/{PROPOSAL}")
@requires(Permission.IDEA_OWN)
def answer(round: Round, number: int, proposal: int):
    """Answer for an idea of one's own whether it may go into a proposal."""
    idea = _find(round, number)
    link = queries.find_link(db.session(), idea, proposal)
    if link is None:
        raise NotFound("Nobody has asked for that.")
    yes = request.form.get("answer") == "yes"
    growing.answer(db.session(), link, by=guard.me(), yes=yes, at=guard.now())
    db.session.commit()
    flash("Your answer is with the person who asked.", "success")
    return _to(idea)


def _find(round: Round, number: int) -> Idea:
    found = queries.find(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no idea {number} in “{round.name}”.")
    return found


def _hidden(round: Round, ideas):
    return moderation.hidden(db.session(), round, Subject.IDEA, [idea.id for idea in ideas])


def form_page(
    round: Round, form: IdeaForm, status: int, *, refusal: str | None = None, alike=()
) -> tuple[str, int]:
    """The form of an idea, or of what a steward writes down for somebody."""
    page = render_template(
        form.page,
        round=round,
        form=form,
        refusal=refusal,
        alike=alike,
        left=contingents.left(
            db.session(), round, guard.me(), Post.IDEA, service.ALL_IDEAS, guard.now()
        ),
        has_errors=status >= 400,
    )
    return page, status


def refused(round: Round, form: IdeaForm, refusal: Refused) -> tuple[str, int]:
    """The form again, with everything that was typed and the reason why it was not saved."""
    db.session.rollback()
    if isinstance(refusal, Unfit):
        form.refuse_all(refusal.faults)
        return form_page(round, form, refusal.status)
    return form_page(round, form, refusal.status, refusal=str(refusal))


def _to(idea: Idea):
    return redirect(url_for("community.ideas.show", round=idea.round, number=idea.id), 303)


def _basket(round: Round) -> list[int]:
    return session.get("ideas", {}).get(str(round.id), [])


def _seed(round: Round) -> str:
    """A lasting order for each person; for visitors one a day, as there is nobody to know."""
    account = guard.viewer().account
    if account is not None:
        return f"{round.slug}:person:{account.id}"
    return f"{round.slug}:{guard.now().astimezone(round.zone).date()}"
