"""Whose idea it was: names as everybody may see them."""

from collections.abc import Iterable, Sequence

from pb.proposals.ideas.models import Idea, IdeaAuthor, IdeaInProposal, Part

MANY = 40  # names in one sentence


def wrote(idea: Idea) -> str:
    """Who said it first, also where they have left it since."""
    return sentence(author for author in idea.authors if author.part is Part.WROTE)


def joined(idea: Idea) -> str:
    """Who says the same; empty where nobody does."""
    return sentence(
        author for author in idea.authors if author.part is Part.JOINED and author.left_at is None
    )


def voices(idea: Idea) -> int:
    """How many people say it."""
    return sum(author.left_at is None for author in idea.authors)


def grown(links: Sequence[IdeaInProposal], *, counted: bool = True) -> str:
    """Everybody whose ideas went into a proposal, by name and not by idea.

    Who said which idea would tell how many joined it, which stays hidden while ideas are collected:
    until they are `counted`, a proposal that grew from one idea names only those who wrote it.
    """
    alone = not counted and len(links) == 1
    people = (author for link in links for author in credited(link))
    return sentence(author for author in people if author.part is Part.WROTE or not alone)


def credited(link: IdeaInProposal) -> list[IdeaAuthor]:
    """Who is credited in a proposal: all but those who left the idea before it went in."""
    return [
        author for author in link.idea.authors if author.left_at is None or author.left_at > link.at
    ]


def sentence(authors: Iterable[IdeaAuthor]) -> str:
    """“Ana, Ben and a resident”: each person once, and only the names that may be seen."""
    # Who asked not to be named with one idea is not named beside others either.
    by_consent = sorted(authors, key=lambda author: author.named, reverse=True)
    people = {a.account_id or f"{a.idea_id}:{a.name or a.id}": a.shown for a in by_consent}
    shown = sorted((name for name in people.values() if name), key=str.casefold)
    unnamed = len(people) - len(shown)
    rest = unnamed + max(0, len(shown) - MANY)
    parts = shown[:MANY]
    if rest:
        others = "other " if parts and rest > 1 else ""
        parts.append("a resident" if rest == 1 else f"{rest} {others}residents")
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
