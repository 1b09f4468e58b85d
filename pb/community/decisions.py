"""Who decides what: the table of the policy in plain words, and the log as people read it."""

from datetime import datetime

from pb import policy
from pb.audit.models import Entry
from pb.policy import EVER, Permission, Who
from pb.rounds import calendar
from pb.rounds.models import Appointment, Role

WHAT = {
    Permission.ROUND_READ: "Read the public pages",
    Permission.ROUND_CREATE: "Open a new round",
    Permission.ROUND_SETUP: "Set up the round: money, dates, ballot, counting rule",
    Permission.CONSOLE_READ: "See the pages of the commission",
    Permission.TEAM_APPOINT: "Appoint people to roles",
    Permission.ACT_ASK: "Ask for an act: publish, freeze, extend, count",
    Permission.ACT_CONFIRM: "Confirm an act, or turn it down",
    Permission.ACT_CONFIRM_ALONE: "Confirm an act where there are no stewards, or too few",
    Permission.DOCUMENT_DRAFT: "Draft a document, answer comments, put it to the vote",
    Permission.DOCUMENT_COMMENT: "Comment on a draft of a document",
    Permission.DOCUMENT_VOTE: "Vote on a document",
    Permission.CHARTER_ACCEPT: "Accept the charter",
    Permission.WORKSHOP_LEAD: "Open a workshop, lead it, and type what stands on paper",
    Permission.WORKSHOP_JOIN: "Take part in a workshop, with its code; never for the commission",
    Permission.CONNECTOR_OFFER: "Offer to introduce people, and be a connector by it",
    Permission.CONNECTOR_ASK: "Ask a connector for an introduction",
    Permission.CONNECTOR_ANSWER: "Answer such a request, and hand out a link to the round",
    Permission.QUESTION_SUGGEST: "Suggest a question to the stewards",
    Permission.QUESTION_ASK: "Ask everybody an open question",
    Permission.ANSWER_WRITE: "Answer a question, or agree with an answer",
    Permission.ANSWER_OWN: "Take back an answer of their own, say that it differs, "
    "and say whether a steward heard it rightly",
    Permission.ANSWER_ENTER: "Write down the answer of a workshop, or of somebody not online",
    Permission.ANSWER_HEAR: "Say what they heard in an answer; its author confirms it",
    Permission.IDEA_WRITE: "Say an idea, or say the same as somebody else",
    Permission.IDEA_OWN: "Leave an idea of their own, answer for it, and choose how they are named",
    Permission.IDEA_ENTER: "Write down the idea of somebody who is not online",
    Permission.VOICE_INVITE: "Invite the people of a part of town that is silent",
    Permission.PROPOSAL_SUBMIT: "Send in a proposal",
    Permission.PROPOSAL_EDIT: "Change or withdraw a proposal of their own",
    Permission.PROPOSAL_REVIEW: "Check a proposal and its cost",
    Permission.DECISION_RELEASE: "Release what somebody else decided on a proposal",
    Permission.BALLOT_COMPOSE: "Put projects on the ballot",
    Permission.KEY_MAKE: "Make and test the key of the ballot box",
    Permission.ROLL_IMPORT: "Import the list of voters",
    Permission.PEOPLE_ERASE: "Erase names and addresses from the list of voters before their time",
    Permission.CODE_ISSUE: "Hand out and replace voting codes",
    Permission.PAPER_ISSUE: "Make and print numbered ballots on paper",
    Permission.PAPER_ENTER: "Type ballots that came on paper; two people for every sheet",
    Permission.KIOSK_SET: "Make a computer a place to vote",
    Permission.REQUEST_MAKE: "Ask to be put on the list of voters",
    Permission.REQUEST_READ: "Read who asks to be put on the list of voters",
    Permission.REQUEST_PROPOSE: "Propose how such a request is answered",
    Permission.REQUEST_DECIDE: "Decide on such a request that another officer looked at",
    Permission.VOTING_ENTER: "Get to a ballot, by code or otherwise",
    Permission.BALLOT_CAST: "Vote, and change the vote",
    Permission.BALLOT_SEND: "Send a ballot; after the close only if it was begun before",
    Permission.RECEIPT_READ: "See the receipt of a ballot",
    Permission.SHEET_HAND_IN: "Hand in a key sheet for the count",
    Permission.COUNT_READ: "See a count before it is published",
    Permission.DELIVERY_REPORT: "Report what becomes of funded projects",
    Permission.REFLECTION_WRITE: "Look back at a phase, and say which lines matter",
    Permission.LESSON_ADOPT: "Adopt a lesson; it takes a steward and a commissioner",
    Permission.LESSON_ANSWER: "Say what this round makes of a lesson of an earlier one",
    Permission.SURVEY_ANSWER: "Answer the survey, once and without a name",
    Permission.SURVEY_READ: "Read lines of the survey that are not to be published",
    Permission.POST_REPORT: "Tell the stewards that a post breaks a rule",
    Permission.POST_MODERATE: "Hide a post, warn, limit or pause its author; never their own post "
    "and never one that they reported",
    Permission.MEASURE_APPEAL: "Appeal against what a steward did about them or their post",
    Permission.APPEAL_DECIDE: "Decide on such an appeal; never who took the measure",
}
WHO = {
    Who.ANYONE: "everybody",
    Who.RESIDENT: "residents with an account",
    Who.VOTER: "people with a voting code",
    Who.STEWARD: "stewards",
    Who.CONNECTOR: "connectors",
    Who.COMMISSIONER: "commissioners",
    Who.REVIEWER: "reviewers",
    Who.CLERK: "clerks",
    Who.AUDITOR: "auditors",
    Who.OFFICER: "officers who may open rounds",
}
KINDS = {
    "round.create": "The round was opened for set-up",
    "round.describe": "Name or texts were changed",
    "round.areas": "Areas or money were changed",
    "round.dates": "Dates were changed",
    "round.limits": "The limits of the ballot were changed",
    "round.rule": "The counting rule was changed",
    "round.confirmation": "Who confirms acts was changed",
    "round.pay": "It was said who pays whom",
    "round.publish": "The round was published",
    "appointment.start": "Somebody was appointed",
    "appointment.end": "An appointment ended",
    "appointment.invite": "Somebody was invited to serve",
    "appointment.decline": "Somebody said no to an invitation to serve",
    "appointment.away": "Somebody who serves said that they will be away",
    "appointment.back": "Somebody who serves is back",
    "round.stewardship": "How many stewards there are to be, or who fills in, was changed",
    "interest.declare": "Somebody declared their interests",
    "recusal.make": "Somebody stepped back from a decision",
    "act.ask": "An act was asked for",
    "act.confirm": "An act was confirmed",
    "act.withdraw": "An act was taken back or turned down",
    "contingents.set": "How much one person may post was changed",
    "document.draft": "A draft of a document was begun",
    "document.clause": "A clause of a draft was written or changed",
    "document.clause-out": "A clause was taken out of a draft",
    "document.withdraw": "A draft of a document was thrown away",
    "document.comment": "Somebody commented on a draft",
    "document.reply": "A comment on a draft was answered",
    "document.vote": "A draft was put to the vote",
    "document.adopt": "A document was adopted by vote",
    "document.reject": "A document was not adopted",
    "document.terms": "How votes on documents are held was changed",
    "connector.offer": "Somebody offered to introduce people",
    "idea.write": "An idea was written",
    "idea.enter": "A steward wrote an idea down for somebody",
    "idea.harvest": "An idea was carried over from a workshop",
    "idea.withdraw": "An idea was taken back",
    "idea.grow": "An idea went into a proposal",
    "question.ask": "A question was asked",
    "question.change": "A question was changed before anybody answered it",
    "question.suggest": "The commission suggested a question",
    "question.turn-down": "A suggested question was not asked",
    "question.close": "A question closed",
    "answer.give": "Somebody answered a question",
    "answer.enter": "A steward wrote down an answer for somebody",
    "answer.take-back": "An answer was taken back",
    "answer.hear": "A steward said what they heard",
    "answer.ask-dissent": "Somebody was asked whether their answer differs",
    "answer.differ": "Somebody said that their answer differs",
    "answer.not-differ": "Somebody said that their answer does not differ",
    "heard.confirmed": "Somebody confirmed what a steward heard",
    "heard.corrected": "Somebody corrected what a steward heard",
    "heard.declined": "Somebody did not find themselves in what a steward heard",
    "voice.invite": "A part of town was invited to take part",
    "proposal.draft": "A proposal was begun",
    "proposal.submit": "A proposal was sent in",
    "proposal.revise": "A proposal was changed",
    "proposal.withdraw": "A proposal was withdrawn",
    "decision.make": "A proposal was decided on",
    "decision.release": "A decision was released",
    "ballot.compose": "Projects were put on the ballot",
    "ballot.freeze": "The ballot was frozen",
    "roll.import": "A list of voters was imported",
    "codes.issue": "Voting codes were made",
    "codes.replace": "A voting code was replaced",
    "desk.help": "Somebody was helped to fill in a ballot",
    "paper.issue": "Paper ballots were made",
    "paper.close": "A batch of paper ballots was closed",
    "codes.collect": "Letters with voting codes were collected",
    "codes.revoke": "A batch of voting codes was taken back",
    "codes.take-back": "Voting codes were taken back",
    "project.withdraw": "A project was withdrawn from the ballot",
    "round.routes": "How people get to their ballot was changed",
    "request.decide": "A request to be put on the list of voters was answered",
    "voting.extend": "The voting was extended",
    "round.secrecy": "Envelopes around ballots were chosen or given up",
    "key.make": "The key of the ballot box was made",
    "key.test": "The key of the ballot box was tested",
    "key.hand-in": "A key sheet was handed in for the count",
    "vote.void": "A vote was taken out of the box",
    "box.checkpoint": "How many have voted, with a fingerprint of the box",
    "box.alarm": "Marks and ballots were not equally many",
    "box.seal": "The ballot box was sealed",
    "election.import": "A finished election was imported",
    "result.count": "The ballots were counted",
    "result.recount": "The ballots were counted again",
    "result.publish": "A result was published",
    "result.amend": "A result was amended",
    "delivery.report": "Something was reported about a project",
    "reflection.write": "A line was written about a phase",
    "reflection.take-back": "A line about a phase was taken back",
    "reflection.rules": "How long the round looks back was changed",
    "lesson.propose": "A lesson was proposed",
    "lesson.adopt": "A hand was put under a lesson",
    "lesson.own": "Somebody looks after a lesson",
    "lesson.hand-back": "A lesson needs somebody to look after it",
    "lesson.close": "A lesson was done or dropped",
    "lesson.answer": "It was said what becomes of an earlier lesson",
    "post.report": "A post was reported to the stewards",
    "report.answer": "A report was answered",
    "post.hide": "A post was hidden",
    "post.warn": "Somebody was warned",
    "post.limit": "Somebody was limited to one post a day",
    "post.pause": "Somebody was paused",
    "post.lift": "A steward took back what was done about a post",
    "appeal.make": "Somebody appealed against moderation",
    "appeal.decide": "An appeal against moderation was decided",
    "workshop.create": "A workshop was opened; the seed of its draw is fixed",
    "workshop.move": "A workshop went on to its next stage",
    "workshop.pair": "The pairs of a workshop were drawn, by the seed that is shown here",
}


def table() -> list[tuple[str, str, str]]:
    """(what, who, when) for every line of the policy, in the order of a round."""
    return [
        (WHAT.get(permission, permission.value), _who(grant.to), _when(grant.phases))
        for permission, grant in policy.GRANTS.items()
    ]


def held_by(permission: Permission) -> str:
    """Who holds a permission, in plain words."""
    return _who(policy.GRANTS[permission].to)


def when(permission: Permission) -> str:
    """In which phases a permission can be used, in plain words."""
    return _when(policy.GRANTS[permission].phases)


def one(role: Role) -> str:
    """“A steward”, “an auditor”, in the middle of a sentence."""
    return f"an {role}" if role is Role.AUDITOR else f"a {role}"


def title(entry: Entry) -> str:
    """What an entry of the log tells, in a few words."""
    return KINDS.get(entry.kind, entry.kind.replace(".", ": ").replace("-", " ").capitalize())


def actor(entry: Entry, appointments: list[Appointment]) -> str:
    """Who did it: a role or a side, never a name."""
    roles = [
        one.role
        for one in appointments
        if one.account_id == entry.actor_id
        and one.side == entry.side
        and one.starts_at <= entry.at
        and _serves(one, entry.at)
    ]
    if roles:
        return f"a {roles[0]}"
    return {"commission": "the commission", "community": "a resident"}.get(
        entry.side or "", "the system"
    )


def _serves(appointment: Appointment, at: datetime) -> bool:
    return appointment.ends_at is None or appointment.ends_at >= at


def _who(to: frozenset[Who]) -> str:
    return ", ".join(WHO[who] for who in Who if who in to)


def _when(phases: frozenset) -> str:
    ordered = calendar.in_order(phases)
    if len(ordered) == len(EVER):
        return "always"
    places = [calendar.ORDER.index(phase) for phase in ordered]
    labels = [calendar.LABELS[phase].lower() for phase in ordered]
    if len(ordered) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"from “{labels[0]}” to “{labels[-1]}”"
    return " and ".join(f"“{label}”" for label in labels)
