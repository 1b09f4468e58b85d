"""What a round can choose beyond what it needs: the second list of its set-up."""

from typing import NamedTuple


class Practice(NamedTuple):
    """One optional page of the set-up."""

    title: str
    text: str  # one sentence: what it is, and what happens if nothing is chosen
    endpoint: str  # its address needs nothing but the round


PRACTICES: list[Practice] = [
    Practice(
        "Lessons of earlier rounds",
        "What earlier rounds want this one to do differently. Say what you make of it.",
        "commission.lessons.index",
    ),
    Practice(
        "Voices and votes",
        "Three ideas and three comments a day for each person, and votes on documents of seven "
        "days with five people, if you choose nothing.",
        "commission.voices.show",
    ),
    Practice(
        "Who pays whom",
        "Who pays the platform, the workshops, the stewards and the auditors. Until you say it, "
        "the oversight page says that you have not.",
        "commission.pay.show",
    ),
    Practice(
        "How long to look back",
        "Two weeks after each phase and 60 days for the survey, if you choose nothing.",
        "commission.lessons.times",
    ),
]
