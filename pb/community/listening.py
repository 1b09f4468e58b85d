"""Open questions, and what people answer: reading, answering, agreeing."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from pb import db
from pb.community import charter, introduced
from pb.community.listening_forms import AnswerForm, OnBehalfForm
from pb.errors import NotFound, PhaseClosed, Refused, Unfit
from pb.policy import Permission
from pb.purpose.contingents import queries as contingents
from pb.purpose.contingents.models import Kind as Post
from pb.purpose.listening import answering, hearing, queries
from pb.purpose.listening import listing as answers
from pb.purpose.listening.models import Answer, Question
from pb.rounds.models import Role, Round
from pb.web import guard
from pb.web.guard import requires

bp = Blueprint("listening", __name__, url_prefix="/rounds/<round:round>/listening")


@bp.get("")
@requires(Permission.ROUND_READ)
def index(round: Round):
    """The questions of this round, and those that the commission suggests."""
    database = db.session()
    return render_template(
        "community/listening/index.html",
        round=round,
        questions=queries.questions(database, round, guard.now()),
        counts=queries.answer_counts(database, round),
        suggestions=queries.suggestions(database, round),
    )


@bp.get("/<int:number>")
@requires(Permission.ROUND_READ)
def show(round: Round, number: int):
    """A question with its answers; once it has closed, also what came out."""
    question, database, now = find(round, number), db.session(), guard.now()
    reading = {"reader": guard.viewer().account, "steward": is_steward(), "now": now}
    listing = answers.listing(
        database, question, **reading, seed=_seed(question), page=guard.page_number()
    )
    closed = now >= question.closes_at
    return render_template(
        "community/listening/show.html",
        round=round,
        question=question,
        open=question.open_at(now),
        closed=closed,
        listing=listing,
        summary=queries.summary(database, question, now),
        dissents=answers.dissents(database, question, **reading) if closed else (),
        heard=queries.heard(database, question) if closed else (),
        answered=queries.answered(database, question),
        base=url_for(".show", round=round, number=question.id),
    )


@bp.get("/<int:number>/answer")
@requires(Permission.ANSWER_WRITE)
def new(round: Round, number: int):
    """The form of an answer."""
    question = find(round, number)
    answering.require_open(question, guard.now())
    return form_page(question, _form(round), 200)


@bp.post("/<int:number>/answers")
@requires(Permission.ANSWER_WRITE)
def create(round: Round, number: int):
    """Answer a question; what does not fit comes back with everything that was typed."""
    question, form, database = find(round, number), _form(round, request.form), db.session()
    answering.require_open(question, guard.now())
    if not form.validate():
        return form_page(question, form, 422)
    try:
        introduced.took_part(round)
        charter.require(round)
        made = answering.answer(database, question, guard.me(), **form.fields, at=guard.now())
    except PhaseClosed:
        raise
    except Refused as refusal:
        return refused(question, form, refusal)
    database.commit()
    flash("Thank you. Your answer is there for everybody to read.", "success")
    return to(made)


@bp.post("/answers/<int:number>/support")
@requires(Permission.ANSWER_WRITE)
def support(round: Round, number: int):
    """Agree with somebody else's answer, or no longer."""
    answer, wanted = find_answer(round, number), request.form.get("wanted") == "yes"
    answering.support(db.session(), answer, wanted, by=guard.me(), at=guard.now())
    db.session.commit()
    return to(answer)


@bp.post("/answers/<int:number>/removal")
@requires(Permission.ANSWER_OWN)
def take_back(round: Round, number: int):
    """No longer say it."""
    answer = find_answer(round, number)
    answering.take_back(db.session(), answer, by=guard.me(), at=guard.now())
    db.session.commit()
    flash("Your answer is gone.", "success")
    return redirect(url_for(".show", round=round, number=answer.question_id), 303)


@bp.post("/answers/<int:number>/dissent")
@requires(Permission.ANSWER_OWN)
def differ(round: Round, number: int):
    """Say that one's own answer stands against what most say, or that it does not."""
    answer, yes = find_answer(round, number), request.form.get("differs") == "yes"
    hearing.differ(db.session(), answer, yes, by=guard.me(), at=guard.now())
    db.session.commit()
    flash(
        "Your answer is listed by itself." if yes else "Your answer stands among the others.",
        "success",
    )
    return to(answer)


def find(round: Round, number: int) -> Question:
    """The question in the address; raises NotFound."""
    found = queries.find(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no question {number} in “{round.name}”.")
    return found


def find_answer(round: Round, number: int) -> Answer:
    """The answer in the address; raises NotFound."""
    found = queries.find_answer(db.session(), round, number)
    if found is None:
        raise NotFound(f"There is no answer {number} in “{round.name}”.")
    return found


def is_steward() -> bool:
    """Whether the person at the screen serves as a steward."""
    return Role.STEWARD in guard.viewer().roles


def to(answer: Answer):
    """Lead to an answer on the page of its question."""
    address = url_for(
        "community.listening.show",
        round=answer.question.round,
        number=answer.question_id,
        _anchor=f"answer-{answer.id}",
    )
    return redirect(address, 303)


def form_page(
    question: Question,
    form: AnswerForm | OnBehalfForm,
    status: int,
    refusal: str | None = None,
) -> tuple[str, int]:
    """The form of an answer, or of what a steward writes down for somebody."""
    left = contingents.left(
        db.session(), question.round, guard.me(), Post.ANSWER, question.id, guard.now()
    )
    page = render_template(
        form.page,
        round=question.round,
        question=question,
        form=form,
        refusal=refusal,
        left=left,
        has_errors=status >= 400,
    )
    return page, status


def refused(
    question: Question, form: AnswerForm | OnBehalfForm, refusal: Refused
) -> tuple[str, int]:
    """The form again, with everything that was typed and the reason why it was not saved."""
    db.session.rollback()
    if isinstance(refusal, Unfit):
        form.refuse_all(refusal.faults)
        return form_page(question, form, refusal.status)
    return form_page(question, form, refusal.status, str(refusal))


def _form(round: Round, formdata=None) -> AnswerForm:
    me = guard.me()
    return AnswerForm(round, me.name, queries.own_name(db.session(), round, me), formdata)


def _seed(question: Question) -> str:
    """A lasting order for each person; for visitors one a day, as there is nobody to know."""
    account = guard.viewer().account
    if account is not None:
        return f"question {question.id}: person {account.id}"
    return f"question {question.id}: {guard.now().astimezone(question.round.zone).date()}"
