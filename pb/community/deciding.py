"""Who decides what in one round: the policy, with the names of those who hold its roles now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pb.community import decisions
from pb.policy import GRANTS, Permission, Who
from pb.proposals.recusals.models import Recusal
from pb.rounds.models import Appointment, Role
from pb.rounds.terms.models import Declaration
from pb.rounds.terms.second_hand import SecondHand

# Who has to put a hand to it too; what is not here, one person does alone.
CONFIRMS: Mapping[Permission, str] = {
    Permission.DOCUMENT_DRAFT: "A vote of residents",
    Permission.PROPOSAL_REVIEW: "A commissioner who did not decide it",
    Permission.PAPER_ENTER: "Another clerk, who types it again",
    Permission.REQUEST_PROPOSE: "A commissioner who did not propose it",
    Permission.SHEET_HAND_IN: "Somebody who hands in another sheet",
    Permission.LESSON_ADOPT: "One hand of each side",
    Permission.POST_MODERATE: "Nobody; another steward decides on an appeal",
}
UNLISTED = frozenset({Role.CONNECTOR})  # on a page of their own, by part of town


class Person(NamedTuple):
    """Somebody who holds a role now, and what stands beside their name."""

    name: str
    role: str
    said: str  # that they declared an interest, or stepped back from something


class Decision(NamedTuple):
    """A line of the table."""

    what: str
    who: str
    people: tuple[Person, ...]
    when: str
    confirms: str


@dataclass(frozen=True)
class Serving:
    """Who serves in a round now, and what they said about themselves."""

    held: Mapping[Role, list[Appointment]]
    declared: Mapping[int, Declaration]
    recusals: Iterable[Recusal]
    hand: SecondHand

    def people(self, roles: Iterable[Role]) -> tuple[Person, ...]:
        """Those who hold one of the roles, in the order of the roles; nobody twice."""
        found: dict[int, Person] = {}
        for role in roles:
            for one in self.held[role]:
                name = one.account.name
                found.setdefault(one.account_id, Person(name, role, self.said(one.account_id)))
        return tuple(found.values())

    def said(self, account_id: int) -> str:
        """What stands beside a name; empty where there is nothing."""
        words, declared = [], self.declared.get(account_id)
        if declared is not None and declared.text:
            words.append("declared an interest")
        back = sum(one.account_id == account_id for one in self.recusals)
        if back:
            words.append(f"stepped back from {back} proposal{'s' if back > 1 else ''}")
        return ", ".join(words)


def table(serving: Serving) -> list[Decision]:
    """Every decision that the policy knows, in the order of a round."""
    return [
        Decision(
            decisions.WHAT[permission],
            decisions.held_by(permission),
            serving.people(_roles(permission, serving.hand)),
            decisions.when(permission),
            _confirms(permission, serving.hand),
        )
        for permission in GRANTS
    ]


def _roles(permission: Permission, hand: SecondHand) -> list[Role]:
    """The roles whose holders can use it: of those who may confirm, only who may just now."""
    named = [role for role in Role if Who(role) in GRANTS[permission].to and role not in UNLISTED]
    if permission in (Permission.ACT_CONFIRM, Permission.ACT_CONFIRM_ALONE):
        return [role for role in named if role in hand.roles]
    return named


def _confirms(permission: Permission, hand: SecondHand) -> str:
    if permission is Permission.ACT_ASK:
        roles = " or ".join(f"another {role}" if role is Role.COMMISSIONER
                            else decisions.one(role) for role in hand.roles)  # fmt: skip
        return roles.capitalize() if roles else "Nobody now: acts wait for more stewards"
    return CONFIRMS.get(permission, "Nobody")
