"""Reading proposals, and writing one's own."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from pb import db
from pb.community import charter
from pb.community.idea_forms import numbers
from pb.community.proposal_forms import ProposalForm, SearchForm
from pb.errors import NotFound, PhaseClosed, Refused, Unfit
from pb.policy import Permission
from pb.proposals import history, queries, service, withdrawal
from pb.proposals.ideas import credits, growing
from pb.proposals.ideas import queries as ideas
from pb.proposals.models import CRITERIA, Proposal
from pb.purpose.moderation import service as moderation
from pb.purpose.moderation.models import Subject
from pb.purpose.moderation.queries import hidden
from pb.rounds import calendar
from pb.rounds.models import Phase, Round
from pb.web import guard
from pb.web.guard import requires, signed_in

bp = Blueprint("proposals", __name__, url_prefix="/rounds/<round:round>/proposals")
NUMBER = f"<int(max={queries.LARGEST_NUMBER}):number>"
NEWEST_FIRST = (Phase.SETUP, Phase.PURPOSE, Phase.IDEAS)  # later the order is drawn by lot


@bp.get("")
@requires(Permission.ROUND_READ)
def index(round: Round):
    """The proposals that everybody may read, and a search among them."""
    database = db.session()
    form = SearchForm(round, queries.topics(database, round), request.args)
    by_lot = guard.phase() not in NEWEST_FIRST
    listing = queries.search(
        database,
        round,
        form.wanted,
        page=guard.page_number(),
        seed=_lot_of_today(round) if by_lot else None,
    )
    searched = {name: value for name, value in vars(form.wanted).items() if value}
    return render_template(
        "community/proposals/index.html",
        round=round,
        filters=form,
        listing=listing,
        hidden=hidden(database, round, Subject.PROPOSAL, [one.id for one in listing.items]),
        by_lot=by_lot,
        off_ballot=withdrawal.proposals_off_ballot(database, round),
        base=url_for(".index", round=round, **searched),
        searched=bool(searched),
    )


@bp.get("/mine")
@signed_in
def mine(round: Round):
    """What this person has written, drafts too."""
    proposals = queries.by_author(db.session(), round, guard.me())
    room = service.PER_PERSON - queries.count_by_author(db.session(), round, guard.me())
    return render_template(
        "community/proposals/mine.html",
        round=round,
        proposals=proposals,
        room=room,
        off_ballot=withdrawal.proposals_off_ballot(db.session(), round),
    )


@bp.get("/new")
@requires(Permission.PROPOSAL_SUBMIT)
def new(round: Round):
    """The form for a new proposal."""
    wanted = numbers(request.args.getlist("idea"))
    begun = ideas.together(db.session(), round, wanted) if wanted else []
    return _form(round, ProposalForm.from_ideas(round, begun), 200)


@bp.post("")
@requires(Permission.PROPOSAL_SUBMIT)
def create(round: Round):
    """Keep a draft, or send the proposal in at once."""
    form, database = ProposalForm(round, request.form), db.session()
    if not form.validate(complete=_sends_in()):
        return _form(round, form, 422)
    try:
        charter.require(round)
        proposal = service.draft(database, round, guard.me(), **form.fields, at=guard.now())
        begun = ideas.together(database, round, form.ideas.chosen)
        growing.grow(database, proposal, begun, by=guard.me(), at=guard.now())
        if _sends_in():
            moderation.require_may_post(database, round, guard.me(), guard.now())
            service.submit(database, proposal, by=guard.me(), at=guard.now())
    except PhaseClosed:
        raise
    except Refused as refusal:
        database.rollback()
        return _refused(round, form, refusal)
    database.commit()
    session.pop("ideas", None)
    return _saved(proposal)


@bp.get(f"/{NUMBER}")
@requires(Permission.ROUND_READ)
def show(round: Round, number: int):
    """A proposal with its history and what the commission says."""
    proposal = _find(round, number)
    mine = guard.viewer().account is not None and proposal.author_id == guard.me().id
    phase, project = guard.phase(), queries.find_line(db.session(), proposal)
    hiding = hidden(db.session(), round, Subject.PROPOSAL, [number]).get(number)
    return render_template(
        "community/proposals/show.html",
        round=round,
        proposal=proposal,
        hiding=hiding,
        mine=mine,
        may_edit=mine and service.editable(proposal, phase),
        may_send=mine and service.sendable(proposal, phase),
        may_withdraw=mine and service.withdrawable(proposal, phase),
        steps=history.steps(proposal),
        project=project,
        off_ballot={proposal.id} if project and project.withdrawal else (),
        criteria=CRITERIA,
        **_grown(proposal),
    )


@bp.get(f"/{NUMBER}/edit")
@requires(Permission.PROPOSAL_EDIT)
def edit(round: Round, number: int):
    """The form with the text as it is saved."""
    proposal = _find_own(round, number)
    service.require_editable(proposal, guard.now())
    return _form(round, ProposalForm.of(proposal), 200, proposal)


@bp.post(f"/{NUMBER}/edit")
@requires(Permission.PROPOSAL_EDIT)
def update(round: Round, number: int):
    """Save the changed text, and send it in where that is asked for."""
    proposal, database = _find_own(round, number), db.session()
    form = ProposalForm(round, request.form)
    if not form.validate(complete=_sends_in() or proposal.public):
        return _form(round, form, 422, proposal)
    try:
        charter.require(round)
        if proposal.public:
            moderation.require_not_paused(database, round, guard.me(), guard.now())
        service.revise(
            database, proposal, by=guard.me(), **form.fields, revision=form.seen, at=guard.now()
        )
        if _sends_in():
            moderation.require_may_post(database, round, guard.me(), guard.now())
            service.submit(database, proposal, by=guard.me(), at=guard.now())
    except PhaseClosed:
        raise
    except Refused as refusal:
        database.rollback()
        return _refused(round, form, refusal, _find_own(round, number))
    database.commit()
    return _saved(proposal)


@bp.post(f"/{NUMBER}/submission")
@requires(Permission.PROPOSAL_EDIT)
def submit(round: Round, number: int):
    """Send a saved draft in, or a changed proposal in again."""
    proposal, database = _find_own(round, number), db.session()
    try:
        moderation.require_may_post(database, round, guard.me(), guard.now())
        service.submit(database, proposal, by=guard.me(), at=guard.now())
    except Unfit as refusal:
        database.rollback()
        form = ProposalForm.of(_find_own(round, number))
        form.refuse_all(refusal.faults)
        return _form(round, form, 422, proposal)
    database.commit()
    return _saved(proposal)


@bp.post(f"/{NUMBER}/withdrawal")
@requires(Permission.PROPOSAL_EDIT)
def withdraw(round: Round, number: int):
    """Take a proposal back."""
    proposal, database = _find_own(round, number), db.session()
    service.withdraw(database, proposal, by=guard.me(), at=guard.now())
    database.commit()
    flash(f"You have withdrawn “{proposal.title}”.", "success")
    return redirect(url_for(".mine", round=round), 303)


def _grown(proposal: Proposal) -> dict:
    """The ideas that it grew from, for its page."""
    grew = ideas.in_proposal(db.session(), proposal)
    numbers = [link.idea_id for link in grew]
    gone = hidden(db.session(), proposal.round, Subject.IDEA, numbers)
    counted = calendar.ORDER.index(guard.phase()) > calendar.ORDER.index(Phase.IDEAS)
    return {
        "grew": grew,
        "grew_by": credits.grown(grew, counted=counted),
        "hidden_ideas": gone,
        "counted": counted,
    }


def _find(round: Round, number: int) -> Proposal:
    """The proposal, if this person may read it; a draft of somebody else does not exist."""
    found = queries.find_readable(db.session(), round, number, guard.viewer().account)
    if found is None:
        raise NotFound(f"There is no proposal {number} in “{round.name}”.")
    return found


def _find_own(round: Round, number: int) -> Proposal:
    proposal = _find(round, number)
    guard.require(Permission.PROPOSAL_EDIT, proposal)
    return proposal


def _form(round: Round, form: ProposalForm, status: int, proposal=None, refusal=None, stale=False):
    page = render_template(
        "community/proposals/form.html",
        round=round,
        form=form,
        proposal=proposal,
        refusal=refusal,
        stale=stale,
        has_errors=status != 200,
        room=service.PER_PERSON,
        ideas=calendar.span(round, Phase.IDEAS),
        begun=ideas.together(db.session(), round, form.ideas.chosen) if form.ideas.chosen else (),
    )
    return page, status


def _refused(round: Round, form: ProposalForm, refusal: Refused, proposal=None):
    """The form again, with everything that was typed and the reason why it was not saved.

    After a change from another window, saving once more means: this text, not that one.
    """
    stale = isinstance(refusal, service.Stale)
    if isinstance(refusal, Unfit):
        form.refuse_all(refusal.faults)
    if stale:
        form.revision.data = proposal.revision
    sentence = None if isinstance(refusal, Unfit) or stale else str(refusal)
    return _form(round, form, refusal.status, proposal, sentence, stale)


def _saved(proposal: Proposal):
    """On to the page of the proposal, which says what comes next."""
    if _sends_in() or request.endpoint == "community.proposals.submit":
        flash("Your proposal is in. Everybody can read it now.", "success")
    elif proposal.public:
        flash("Your changes are saved. Everybody can read them now.", "success")
    else:
        flash("Your draft is saved. Only you can see it.", "success")
    return redirect(url_for(".show", round=proposal.round, number=proposal.id), 303)


def _sends_in() -> bool:
    return request.form.get("action") == "send"


def _lot_of_today(round: Round) -> str:
    """The same order for everybody all day, and another one tomorrow."""
    return f"{round.slug}:{guard.now().astimezone(round.zone).date()}"
