"""Who may do what, and when: the whole answer, in one table.

`docs/roles.md` shows the same table to people; a test keeps the two equal, and another walks every
page with every role in every phase.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from pb.accounts.models import Account
from pb.rounds import people
from pb.rounds.models import Phase, Role, Round, Side
from pb.rounds.terms import queries as invitations


class Who(StrEnum):
    """Everybody that a grant can name: the roles of a round, and those without a role."""

    ANYONE = "anyone"
    RESIDENT = "resident"  # signed in, and not on the commission's side of this round
    VOTER = "voter"  # has entered a voting code of this round; needs no account
    STEWARD = "steward"
    CONNECTOR = "connector"
    COMMISSIONER = "commissioner"
    REVIEWER = "reviewer"
    CLERK = "clerk"
    AUDITOR = "auditor"
    OFFICER = "officer"  # may open a new round


class Permission(StrEnum):
    """noun:verb, in the order of a round."""

    ROUND_READ = "round:read"
    ROUND_CREATE = "round:create"
    ROUND_SETUP = "round:setup"
    CONSOLE_READ = "console:read"
    TEAM_APPOINT = "team:appoint"
    ACT_ASK = "act:ask"
    ACT_CONFIRM = "act:confirm"
    ACT_CONFIRM_ALONE = "act:confirm-alone"
    DOCUMENT_DRAFT = "document:draft"
    DOCUMENT_COMMENT = "document:comment"
    DOCUMENT_VOTE = "document:vote"
    CHARTER_ACCEPT = "charter:accept"
    WORKSHOP_LEAD = "workshop:lead"
    WORKSHOP_JOIN = "workshop:join"
    CONNECTOR_OFFER = "connector:offer"
    CONNECTOR_ASK = "connector:ask"
    CONNECTOR_ANSWER = "connector:answer"
    QUESTION_SUGGEST = "question:suggest"
    QUESTION_ASK = "question:ask"
    ANSWER_WRITE = "answer:write"
    ANSWER_OWN = "answer:own"
    ANSWER_ENTER = "answer:enter"
    ANSWER_HEAR = "answer:hear"
    IDEA_WRITE = "idea:write"
    IDEA_OWN = "idea:own"
    IDEA_ENTER = "idea:enter"
    VOICE_INVITE = "voice:invite"
    PROPOSAL_SUBMIT = "proposal:submit"
    PROPOSAL_EDIT = "proposal:edit"
    PROPOSAL_REVIEW = "proposal:review"
    DECISION_RELEASE = "decision:release"
    BALLOT_COMPOSE = "ballot:compose"
    KEY_MAKE = "key:make"
    ROLL_IMPORT = "roll:import"
    PEOPLE_ERASE = "people:erase"
    CODE_ISSUE = "code:issue"
    KIOSK_SET = "kiosk:set"
    PAPER_ISSUE = "paper:issue"
    PAPER_ENTER = "paper:enter"
    REQUEST_MAKE = "request:make"
    REQUEST_READ = "request:read"
    REQUEST_PROPOSE = "request:propose"
    REQUEST_DECIDE = "request:decide"
    VOTING_ENTER = "voting:enter"
    BALLOT_CAST = "ballot:cast"
    BALLOT_SEND = "ballot:send"
    RECEIPT_READ = "receipt:read"
    SHEET_HAND_IN = "sheet:hand-in"
    COUNT_READ = "count:read"
    DELIVERY_REPORT = "delivery:report"
    REFLECTION_WRITE = "reflection:write"
    LESSON_ADOPT = "lesson:adopt"
    LESSON_ANSWER = "lesson:answer"
    SURVEY_ANSWER = "survey:answer"
    SURVEY_READ = "survey:read"
    POST_REPORT = "post:report"
    POST_MODERATE = "post:moderate"
    MEASURE_APPEAL = "measure:appeal"
    APPEAL_DECIDE = "appeal:decide"


@dataclass(frozen=True)
class Viewer:
    """The person at the screen, as far as this round is concerned."""

    account: Account | None = None
    side: Side | None = None
    roles: frozenset[Role] = frozenset()
    entry_id: int | None = None  # of the roll, after entering a voting code
    named: bool = False  # invited, away or standing by, in a round that is not published yet

    @property
    def who(self) -> frozenset[Who]:
        """Everything that a grant could call this person."""
        found = {Who.ANYONE, *(Who(role) for role in self.roles)}
        if self.entry_id is not None:
            found.add(Who.VOTER)
        if self.account is not None:
            if self.side is not Side.COMMISSION:
                found.add(Who.RESIDENT)
            if self.account.may_open_rounds:
                found.add(Who.OFFICER)
        return frozenset(found)


def _always(viewer: Viewer, subject: Any) -> bool:
    return True


def own(viewer: Viewer, subject: Any) -> bool:
    """The subject was written by this person."""
    return viewer.account is not None and subject.author_id == viewer.account.id


def not_own_decision(viewer: Viewer, subject: Any) -> bool:
    """The decision was made by somebody else: the reviewer is not the approver."""
    return viewer.account is not None and subject.decided_by != viewer.account.id


@dataclass(frozen=True)
class Grant:
    """Who holds a permission, in which phases, and about which things."""

    to: frozenset[Who]
    phases: frozenset[Phase]
    where: Callable[[Viewer, Any], bool] = _always


EVER = tuple(Phase)
BEFORE_VOTING = EVER[: EVER.index(Phase.VOTING)]
AFTER_SETUP = EVER[1:]
AFTER_PURPOSE = EVER[2:]
LISTENING = (Phase.PURPOSE, Phase.IDEAS)
FROM_COUNTING = EVER[EVER.index(Phase.COUNTING) :]
FROM_RESULTS = EVER[EVER.index(Phase.RESULTS) :]
UNTIL_VOTING = EVER[: EVER.index(Phase.COUNTING)]
CONSOLE = (Who.COMMISSIONER, Who.REVIEWER, Who.CLERK, Who.AUDITOR)


def _grant(
    to: Who | tuple[Who, ...], phases: Phase | tuple[Phase, ...] = EVER, where: Any = _always
) -> Grant:
    return Grant(
        frozenset(to if isinstance(to, tuple) else (to,)),
        frozenset(phases if isinstance(phases, tuple) else (phases,)),
        where,
    )


# fmt: off
GRANTS: dict[Permission, Grant] = {
    Permission.ROUND_READ:        _grant(Who.ANYONE),
    Permission.ROUND_CREATE:      _grant(Who.OFFICER),
    Permission.ROUND_SETUP:       _grant(Who.COMMISSIONER, BEFORE_VOTING),
    Permission.CONSOLE_READ:      _grant(CONSOLE),
    Permission.TEAM_APPOINT:      _grant(Who.COMMISSIONER),
    Permission.ACT_ASK:           _grant(Who.COMMISSIONER),
    Permission.ACT_CONFIRM:       _grant(Who.STEWARD),
    Permission.ACT_CONFIRM_ALONE: _grant((Who.COMMISSIONER, Who.AUDITOR)),
    Permission.DOCUMENT_DRAFT:    _grant(Who.STEWARD),
    Permission.DOCUMENT_COMMENT:  _grant((Who.RESIDENT, Who.COMMISSIONER, Who.REVIEWER,
                                          Who.CLERK)),
    Permission.DOCUMENT_VOTE:     _grant(Who.RESIDENT, AFTER_SETUP),
    Permission.CHARTER_ACCEPT:    _grant((Who.RESIDENT, *CONSOLE)),
    Permission.WORKSHOP_LEAD:     _grant(Who.STEWARD, AFTER_SETUP),
    # With the code of the workshop; the service refuses accounts of the commission's side.
    Permission.WORKSHOP_JOIN:     _grant(Who.ANYONE, AFTER_SETUP),
    Permission.CONNECTOR_OFFER:   _grant(Who.RESIDENT, AFTER_SETUP),
    Permission.CONNECTOR_ASK:     _grant(Who.RESIDENT, AFTER_SETUP),
    Permission.CONNECTOR_ANSWER:  _grant(Who.CONNECTOR),
    Permission.QUESTION_SUGGEST:  _grant((Who.COMMISSIONER, Who.REVIEWER, Who.CLERK), LISTENING),
    Permission.QUESTION_ASK:      _grant(Who.STEWARD, LISTENING),
    Permission.ANSWER_WRITE:      _grant(Who.RESIDENT, LISTENING),
    Permission.ANSWER_OWN:        _grant(Who.RESIDENT, AFTER_SETUP),
    Permission.ANSWER_ENTER:      _grant(Who.STEWARD, LISTENING),
    Permission.ANSWER_HEAR:       _grant(Who.STEWARD, (*LISTENING, Phase.REVIEW)),
    Permission.IDEA_WRITE:        _grant(Who.RESIDENT, Phase.IDEAS),
    Permission.IDEA_OWN:          _grant(Who.RESIDENT, AFTER_SETUP),
    Permission.IDEA_ENTER:        _grant(Who.STEWARD, Phase.IDEAS),
    Permission.VOICE_INVITE:      _grant(Who.STEWARD, (Phase.PURPOSE, Phase.IDEAS)),
    Permission.PROPOSAL_SUBMIT:   _grant(Who.RESIDENT, Phase.IDEAS),
    Permission.PROPOSAL_EDIT:     _grant(Who.RESIDENT, (Phase.IDEAS, Phase.REVIEW), own),
    Permission.PROPOSAL_REVIEW:   _grant(Who.REVIEWER, (Phase.IDEAS, Phase.REVIEW)),
    Permission.DECISION_RELEASE:  _grant(Who.COMMISSIONER, (Phase.REVIEW, Phase.BALLOT),
                                         not_own_decision),
    Permission.BALLOT_COMPOSE:    _grant(Who.COMMISSIONER, (Phase.REVIEW, Phase.BALLOT)),
    Permission.KEY_MAKE:          _grant(Who.COMMISSIONER, BEFORE_VOTING),
    Permission.ROLL_IMPORT:       _grant(Who.COMMISSIONER, BEFORE_VOTING),
    Permission.PEOPLE_ERASE:      _grant(Who.COMMISSIONER),
    Permission.CODE_ISSUE:        _grant((Who.COMMISSIONER, Who.CLERK), UNTIL_VOTING),
    Permission.KIOSK_SET:         _grant((Who.COMMISSIONER, Who.CLERK)),
    Permission.PAPER_ISSUE:       _grant((Who.COMMISSIONER, Who.CLERK),
                                         (Phase.BALLOT, Phase.VOTING)),
    Permission.PAPER_ENTER:       _grant(Who.CLERK, (Phase.VOTING, Phase.COUNTING)),
    Permission.REQUEST_MAKE:      _grant(Who.ANYONE, UNTIL_VOTING),
    Permission.REQUEST_READ:      _grant((Who.COMMISSIONER, Who.CLERK)),
    Permission.REQUEST_PROPOSE:   _grant((Who.COMMISSIONER, Who.CLERK), UNTIL_VOTING),
    Permission.REQUEST_DECIDE:    _grant(Who.COMMISSIONER, UNTIL_VOTING),
    Permission.VOTING_ENTER:      _grant(Who.ANYONE, Phase.VOTING),
    Permission.BALLOT_CAST:       _grant(Who.VOTER, Phase.VOTING),
    # Until the box is sealed: a form that was begun before the close may come a little later.
    Permission.BALLOT_SEND:       _grant(Who.VOTER, (Phase.VOTING, Phase.COUNTING)),
    Permission.RECEIPT_READ:      _grant(Who.VOTER, AFTER_SETUP),
    Permission.SHEET_HAND_IN:     _grant((Who.COMMISSIONER, Who.AUDITOR), Phase.COUNTING),
    Permission.COUNT_READ:        _grant((Who.COMMISSIONER, Who.AUDITOR), FROM_COUNTING),
    Permission.DELIVERY_REPORT:   _grant(Who.COMMISSIONER, FROM_RESULTS),
    # Of a phase that is over, for some days and while the whole round looks back.
    Permission.REFLECTION_WRITE:  _grant((Who.RESIDENT, Who.COMMISSIONER, Who.REVIEWER, Who.CLERK),
                                         AFTER_PURPOSE),
    Permission.LESSON_ADOPT:      _grant((Who.STEWARD, Who.COMMISSIONER), AFTER_PURPOSE),
    Permission.LESSON_ANSWER:     _grant(Who.COMMISSIONER, BEFORE_VOTING),
    Permission.SURVEY_ANSWER:     _grant(Who.RESIDENT, FROM_RESULTS),
    Permission.SURVEY_READ:       _grant(Who.STEWARD, FROM_RESULTS),
    Permission.POST_REPORT:       _grant((Who.RESIDENT, *CONSOLE), AFTER_SETUP),
    Permission.POST_MODERATE:     _grant(Who.STEWARD),
    Permission.MEASURE_APPEAL:    _grant((Who.RESIDENT, *CONSOLE)),
    Permission.APPEAL_DECIDE:     _grant((Who.STEWARD, Who.AUDITOR)),
}
# fmt: on


def allows(viewer: Viewer, permission: Permission, subject: Any = None) -> bool:
    """Whether this person holds a permission; with a subject, also about that thing."""
    grant = GRANTS[permission]
    if not grant.to & viewer.who:
        return False
    return subject is None or grant.where(viewer, subject)


def open_in(permission: Permission, phase: Phase) -> bool:
    """Whether the permission can be used in a phase."""
    return phase in GRANTS[permission].phases


def may_see(viewer: Viewer, round: Round) -> bool:
    """Whether the round exists for this person: until it is published, only for its team.

    Those who are invited to serve in it, away or standing by belong to the team here.
    """
    return round.published_at is not None or bool(viewer.roles) or viewer.named


def viewer_of(
    session: Session,
    account: Account | None,
    round: Round | None,
    now: datetime,
    entry_id: int | None = None,
) -> Viewer:
    """The person at the screen, with seat and roles in this round."""
    if account is None or round is None:
        return Viewer(account=account, entry_id=entry_id)
    seat = people.find_seat(session, round, account)
    roles = people.roles_at(session, round, account, now) if seat else frozenset()
    named = round.published_at is None and (
        people.has_role(session, round, account, now)
        or bool(invitations.invited(session, round, account))
    )
    return Viewer(account, seat and seat.side, roles, entry_id, named)
