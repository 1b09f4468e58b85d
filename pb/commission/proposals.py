"""From what residents sent in to the lines of the ballot."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.commission.proposal_forms import VERDICTS, DecisionForm
from pb.errors import NotFound, PhaseClosed, Refused, Unfit
from pb.policy import Permission
from pb.proposals import history, pipeline, queries, service
from pb.proposals.models import CRITERIA, Proposal, Verdict
from pb.proposals.review import DECIDING
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("proposals", __name__, url_prefix="/rounds/<round:round>/proposals")
NUMBER = f"<int(max={queries.LARGEST_NUMBER}):number>"


@bp.get("")
@requires(Permission.CONSOLE_READ)
def index(round: Round):
    """Every proposal by its state, and how long it has waited."""
    return _index(round, 200)


@bp.get(f"/{NUMBER}")
@requires(Permission.CONSOLE_READ)
def show(round: Round, number: int):
    """A proposal with its whole history, and the form of the reviewer."""
    proposal = _find(round, number)
    return _review(round, proposal, DecisionForm(round, data={"revision": proposal.revision}), 200)


@bp.post(f"/{NUMBER}/decisions")
@requires(Permission.PROPOSAL_REVIEW)
def decide(round: Round, number: int):
    """Store what a reviewer finds; a verdict shows once another person has released it."""
    proposal, database = _find(round, number), db.session()
    form = DecisionForm(round, request.form)
    if not form.validate(proposal):
        return _review(round, proposal, form, 422)
    try:
        service.decide(
            database, proposal, by=guard.me(), **form.finding, revision=form.seen, at=guard.now()
        )
    except PhaseClosed:
        raise
    except Refused as refusal:
        database.rollback()
        return _refused(round, number, form, refusal)
    database.commit()
    asks = form.finding["verdict"] is Verdict.CHANGES
    told = "The author can read it now." if asks else "It shows once a commissioner releases it."
    flash(f"Your finding on “{proposal.title}” is stored. {told}", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.post("/releases")
@requires(Permission.DECISION_RELEASE)
def release(round: Round):
    """Make the chosen decisions public, all or none."""
    database = db.session()
    waiting = {str(d.id): d for d in queries.waiting_for_release(database, round)}
    chosen = list(dict.fromkeys(request.form.getlist("decision")))
    if not chosen:
        return _index(round, 422, "Choose at least one decision.")
    if not waiting.keys() >= set(chosen):
        return _index(round, 409, "The list has changed since you opened it. Look at it again.")
    decisions = [waiting[id] for id in chosen]
    service.release(database, round, decisions, by=guard.me(), at=guard.now())
    database.commit()
    some = "1 decision is" if len(decisions) == 1 else f"{len(decisions)} decisions are"
    flash(f"{some} public now.", "success")
    return redirect(url_for(".index", round=round), 303)


@bp.get("/ballot")
@requires(Permission.CONSOLE_READ)
def ballot(round: Round):
    """The lines of the ballot as voters will see them."""
    return render_template(
        "commission/proposals/ballot.html",
        round=round,
        projects=queries.on_ballot(db.session(), round),
        missing=queries.missing_on_ballot(db.session(), round),
        seed=queries.lot(db.session(), round),
    )


@bp.post("/ballot")
@requires(Permission.BALLOT_COMPOSE)
def compose(round: Round):
    """Put the released, eligible proposals on the ballot."""
    database = db.session()
    projects = service.compose(database, round, by=guard.me(), at=guard.now())
    database.commit()
    lines = "1 project is" if len(projects) == 1 else f"{len(projects)} projects are"
    flash(f"{lines} on the ballot.", "success")
    return redirect(url_for(".ballot", round=round), 303)


def _find(round: Round, number: int) -> Proposal:
    """The proposal, if it was ever sent in: drafts are their authors' own."""
    found = queries.find(db.session(), round, number)
    if found is None or not found.public:
        raise NotFound(f"There is no proposal {number} in “{round.name}”.")
    return found


def _index(round: Round, status: int, problem: str | None = None):
    sent_in = queries.sent_in(db.session(), round)
    page = render_template(
        "commission/proposals/index.html",
        round=round,
        groups=pipeline.groups(sent_in, guard.now()),
        waiting=queries.waiting_for_release(db.session(), round),
        deciders=queries.deciders(db.session(), round),
        verdicts=VERDICTS,
        problem=problem,
        has_errors=problem is not None,
        on_ballot=len(queries.on_ballot(db.session(), round)),
        missing=queries.missing_on_ballot(db.session(), round),
    )
    return page, status


def _review(round: Round, proposal: Proposal, form: DecisionForm, status: int, refusal=None):
    page = render_template(
        "commission/proposals/show.html",
        round=round,
        proposal=proposal,
        form=form,
        refusal=refusal,
        has_errors=status != 200,
        may_decide=guard.allows(Permission.PROPOSAL_REVIEW) and proposal.state in DECIDING,
        steps=history.steps(proposal),
        deciders=queries.deciders(db.session(), round),
        criteria=CRITERIA,
        verdicts=VERDICTS,
    )
    return page, status


def _refused(round: Round, number: int, form: DecisionForm, refusal: Refused):
    """The review page again, as it is now, with what was typed."""
    proposal = _find(round, number)
    if isinstance(refusal, Unfit):
        for name, sentence in refusal.faults.items():
            form.refuse(name, sentence)
        return _review(round, proposal, form, refusal.status)
    form.revision.data = proposal.revision
    return _review(round, proposal, form, refusal.status, str(refusal))
