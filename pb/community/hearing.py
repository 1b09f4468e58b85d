"""A steward says what they heard, and the author says whether that is what they meant."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.accounts.models import Account
from pb.community import listening
from pb.community.listening_forms import FitForm, HeardForm
from pb.errors import NotFound, Refused, Unfit
from pb.policy import Permission
from pb.purpose.listening import hearing, queries
from pb.purpose.listening import listing as answers
from pb.purpose.listening.models import Answer, Dissent, Fit, Heard, HeardAnswer, Question
from pb.rounds.models import Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("hearing", __name__, url_prefix="/rounds/<round:round>/listening")
MOST = 200  # answers from which a steward chooses


@bp.get("/<int:number>/heard")
@requires(Permission.ANSWER_HEAR)
def new(round: Round, number: int):
    """The form of a summary: which answers, and what a steward heard in them."""
    question = listening.find(round, number)
    return _form_page(question, HeardForm(), request.args.getlist("answer"), 200)


@bp.post("/<int:number>/heard")
@requires(Permission.ANSWER_HEAR)
def create(round: Round, number: int):
    """Say it; the authors are asked."""
    question, form, database = listening.find(round, number), HeardForm(request.form), db.session()
    ticked = request.form.getlist("answer")
    chosen = [one for one in _hearable(question) if str(one.id) in ticked]
    try:
        made = hearing.hear(
            database,
            question,
            chosen,
            by=guard.me(),
            text=form.text.data or "",
            at=guard.now(),
        )
    except Refused as refusal:
        database.rollback()
        if isinstance(refusal, Unfit):
            form.refuse_all(refusal.faults)
            return _form_page(question, form, ticked, refusal.status)
        return _form_page(question, form, ticked, refusal.status, str(refusal))
    database.commit()
    flash("Their authors are asked now whether this is what they meant.", "success")
    return redirect(url_for(".show", round=round, number=made.id), 303)


@bp.get("/heard/<int:number>")
@requires(Permission.ROUND_READ)
def show(round: Round, number: int):
    """A summary, and what the authors say; before one finds themselves in it, for them alone."""
    return _page(_find(round, number), 200)


@bp.post("/heard/<int:number>/answers/<int:answer>")
@requires(Permission.ANSWER_OWN)
def say(round: Round, number: int, answer: int):
    """Confirm, correct or decline it, for oneself or for somebody who is not online."""
    heard, form = _find(round, number), FitForm(request.form)
    link = next((one for one in heard.answers if one.answer_id == answer), None)
    if link is None:
        raise NotFound("This summary is not about that answer.")
    if not form.validate():
        return _page(heard, 422, form)
    given = {"by": guard.me(), "words": form.words.data or "", "at": guard.now()}
    try:
        hearing.say(db.session(), link, Fit(form.fit.data), **given)
    except Refused as refusal:
        db.session.rollback()
        faults = refusal.faults if isinstance(refusal, Unfit) else {"fit": str(refusal)}
        form.refuse_all(faults)
        return _page(_find(round, number), refusal.status, form)
    db.session.commit()
    flash("Thank you. The steward reads it, and so does everybody else.", "success")
    return redirect(url_for(".show", round=round, number=number), 303)


@bp.post("/answers/<int:number>/dissent-question")
@requires(Permission.ANSWER_HEAR)
def ask_dissent(round: Round, number: int):
    """Ask an author whether their answer stands against what most say."""
    answer = listening.find_answer(round, number)
    hearing.ask_whether_it_differs(db.session(), answer, by=guard.me(), at=guard.now())
    db.session.commit()
    flash("The author is asked. If they agree, it is listed by itself.", "success")
    return listening.to(answer)


def _find(round: Round, number: int) -> Heard:
    found = queries.find_heard(db.session(), round, number)
    account = guard.viewer().account
    own = found is not None and account is not None
    own = own and any(_wrote(one, account) for one in found.answers)
    if found is None or not (found.public or own or listening.is_steward()):
        raise NotFound("There is no such summary, or its author has not confirmed it.")
    return found


def _hearable(question: Question) -> list[Answer]:
    """The answers that this steward could sum up, unheard ones first."""
    found = answers.listing(
        db.session(),
        question,
        reader=guard.me(),
        steward=True,
        seed=f"question {question.id}",
        now=guard.now(),
        size=MOST,
    )
    return [one.answer for one in found.items if _can_be_heard(one)]


def _can_be_heard(one: answers.Shown) -> bool:
    asked = any(link.fit is Fit.WAITING for link in one.heard)
    return not (one.mine or one.hiding or asked)


def _form_page(
    question: Question,
    form: HeardForm,
    ticked: list[str],
    status: int,
    refusal: str | None = None,
):
    page = render_template(
        "community/listening/hear.html",
        round=question.round,
        question=question,
        form=form,
        answers=_hearable(question),
        ticked=ticked,
        together=hearing.TOGETHER,
        differs=Dissent.YES,
        refusal=refusal,
        has_errors=status >= 400,
    )
    return page, status


def _page(heard: Heard, status: int, form: FitForm | None = None) -> tuple[str, int]:
    account, round = guard.viewer().account, heard.question.round
    own = {one.answer_id for one in heard.answers if account and _wrote(one, account)}
    whole = bool(own) or listening.is_steward()
    page = render_template(
        "community/listening/heard.html",
        round=round,
        heard=heard,
        links=[one for one in heard.answers if whole or one.fit is not Fit.WAITING],
        asked=next((one for one in heard.answers if _is_asked(one)), None),
        hidden=queries.hidden(db.session(), round, [one.answer_id for one in heard.answers]),
        own=own,
        form=form or FitForm(),
        has_errors=status >= 400,
    )
    return page, status


def _wrote(link: HeardAnswer, account: Account) -> bool:
    return link.answer.account_id == account.id


def _is_asked(link: HeardAnswer) -> bool:
    """Whether this answer waits for the person at the screen."""
    account = guard.viewer().account
    if account is None or link.fit is not Fit.WAITING:
        return False
    return hearing.may_say(link, account) and (_wrote(link, account) or listening.is_steward())
