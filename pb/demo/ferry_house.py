"""Texts of the demo town's youngest round, which is still looking for what it is for."""

from types import MappingProxyType

from pb.demo.content import Round, Town
from pb.rounds.models import Phase

SLUG = "ferry-house"
DRAFT = (
    (
        "A house for the evening",
        "From five o'clock on there is light in the ferry house, and somebody who knows the place.",
    ),
    (
        "Open to whoever comes",
        "Nobody has to buy, book or belong to anything before they may sit down.",
    ),
)
# (which clause, who, comment, the steward's answer)
COMMENTS = (
    (0, "resident", "My shift ends at four. What about the mornings?", ""),
    (
        1,
        "reviewer",
        "The fire officer allows 90 people. Does “whoever” know that?",
        "It will be said at the door, and on the first page of the house rules.",
    ),
    (1, "Fatima", "“Belong to” sounds like a club. I like that we say it.", ""),
)


def plan(town: Town) -> Round:
    """The round: its money, its calendar, and nothing proposed yet."""
    budgets = {area.slug: 9_000_000 if area.whole_town else 1_500_000 for area in town.areas}
    return Round(
        slug=SLUG,
        name="The Ferry House",
        purpose="The last ferry left in March. The town keeps the **ferry house** with its "
        "waiting room, its kitchen and its two landing stages, and sets aside **€165,000** for "
        "what happens in it and on the way to it.\n\n"
        "Nobody has proposed anything yet, and that is how it should be. First we find out "
        "together what the house is for: in a workshop one evening, in another one without a "
        "room, and over a draft that everybody can comment on.",
        who_may_vote="Everybody who lives in Marlehaven and is **14 or older** on the first day of "
        "voting.",
        limit=4,
        rule="equal-shares",
        rule_params=MappingProxyType({"utility": "cost", "completion": "add1+greedy"}),
        areas=town.areas,
        budgets=MappingProxyType(budgets),
        opens=MappingProxyType(
            {
                Phase.PURPOSE: -12,
                Phase.IDEAS: 16,
                Phase.REVIEW: 51,
                Phase.BALLOT: 93,
                Phase.VOTING: 107,
                Phase.COUNTING: 128,
                Phase.RESULTS: 131,
                Phase.DELIVERY: 145,
                Phase.REFLECTION: 510,
            }
        ),
        ends=540,
        proposals=(),
        projects=(),
        ineligible=(),
        ballots=0,
        roll=0,
    )


# --- The workshop that is over ----------------------------------------------------------------

EVENING = "What would bring you to the ferry house on an ordinary Tuesday?"
# (name, part of town, whether somebody with an account); the last one has no phone
IN_THE_ROOM = (
    ("Remi", "station-quarter", True),
    ("Joris", "old-quay", True),
    ("Fatima", "eastmeadow", True),
    ("Wim", "millbrook", True),
    ("Odile", "lindenfield", False),
    ("Mehmet", "eastmeadow", False),
    ("Aunt Lies", "old-quay", False),
    ("Sanne", "lindenfield", False),
    ("Tariq", "station-quarter", False),
    ("Noor", "station-quarter", False),
    ("Gerda", "old-quay", False),
)
EATING, DOING, COMING = "Eating together", "Making and mending", "Getting there"
# (idea, what is meant, group): four of the first pair, then three of each
FOUND = (
    ("A pot of soup that is always on.", "Whoever cooks writes it on the door.", EATING),
    ("A kettle and cups without a till.", "", EATING),
    ("Breakfast for the night shift.", "From six, when the hospital bus comes in.", EATING),
    ("A long table by the water.", "Long enough that one sits beside strangers.", EATING),
    (
        "An evening on which broken things are mended.",
        "Toasters, zips, bicycles. Who knows how shows who does not.",
        DOING,
    ),
    ("Tools to borrow for a day.", "A drill is used for twelve minutes of its life.", DOING),
    ("A choir for people who cannot sing.", "", DOING),
    ("Homework at the big window.", "Two tables, and one grown-up who has time.", DOING),
    (
        "A light on the path from the tram.",
        "My mother goes home at four in winter, because of that path.",
        COMING,
    ),
    ("A bench half way up the dyke.", "", COMING),
    (
        "A ramp beside the eleven steps.",
        "The steps are where the ferry ended for me, long before March.",
        COMING,
    ),
    ("The clock on the tower, going again.", "Then one knows when the last bus leaves.", COMING),
    ("A warm room on Sundays.", "When everything else is closed.", ""),
    ("Somebody who says hello at the door.", "Not a guard. A host.", COMING),
    ("Bicycles for people who learn to ride.", "", DOING),
    ("The old ferry bell, to call people to table.", "", EATING),
)
# The ideas that each pair marked: a quarter of all, at most one of its own.
MARKED = ((0, 4, 8, 13), (0, 4, 8, 10), (0, 4, 8, 14), (0, 4, 8, 10), (0, 4, 10, 13))

# --- The workshop that goes on ----------------------------------------------------------------

EACH_IN_THEIR_TIME = "How could the ferry house belong to people who never came to the ferry?"
BY_THEMSELVES = (
    ("Remi", "station-quarter", True),
    ("Aisha", "eastmeadow", True),
    ("Lena", "lindenfield", True),
    ("Jo", "old-quay", True),
    ("Marek", "eastmeadow", False),
    ("Ilse", "millbrook", False),
    ("Bram", "lindenfield", False),
    ("Yusra", "station-quarter", False),
    ("Dana", "old-quay", False),
    ("Piet", "millbrook", False),
)
# By pair, in the order in which pairs were drawn; some have not written anything yet.
SO_FAR = (
    ("Keys for ten people from ten streets.", "A wall on which every language says welcome."),
    ("Let the school hold its parents' evening there.",),
    ("A letter to every door, written by hand.", "Nothing on the walls about the ferry."),
)
NOTES = (
    "I never took the ferry. I thought that it was for other people.",
    "Who has the key decides who comes.",
    "My daughter would go if her friends went.",
)
