"""Open templates: suggestions to begin a draft with. Nothing here is ever adopted by itself."""

from pb.purpose.documents.models import Kind

NAMES = {
    Kind.PURPOSE: "Purpose",
    Kind.PRINCIPLES: "Principles",
    Kind.CHARTER: "Charter",
    Kind.GLOSSARY: "Glossary",
}
ABOUT = {
    Kind.PURPOSE: "What we want to have achieved together, in a sentence or two.",
    Kind.PRINCIPLES: "What we look at when we weigh one thing against another.",
    Kind.CHARTER: "How we treat each other. It binds residents and the commission alike.",
    Kind.GLOSSARY: "The words we use, so that we mean the same thing by them.",
}

Clauses = tuple[tuple[str, str], ...]  # (heading, text)

STARTERS: dict[Kind, Clauses] = {
    Kind.PURPOSE: (
        (
            "What good would look like",
            "In a few years more people will … because of what we decide here. "
            "(Finish the sentence together: what would be different, and for whom?)",
        ),
        (
            "Who has to gain from it",
            "We look first at those who were asked least in the past.",
        ),
        (
            "How we will know",
            "Next year we ask the people concerned whether it has become better for them.",
        ),
    ),
    Kind.PRINCIPLES: (
        ("Listen before answering", "We ask open questions first, and propose afterwards."),
        (
            "The unheard first",
            "Where we are short of time or money, those who have not had a turn go first.",
        ),
        (
            "Share what we know",
            "Everybody works with the same information: costs, plans and doubts are public.",
        ),
        (
            "Hand it on",
            "Nobody leads for long. Whoever carries a task shows the next person how.",
        ),
        (
            "Learn on the way",
            "We say what did not work, and change it, without looking for somebody to blame.",
        ),
    ),
    Kind.CHARTER: (
        (
            "Lanyards stay at the door",
            "Here nobody speaks by office, title or years of service. "
            "A good thought counts the same whoever has it.",
        ),
        (
            "Listening comes before answering",
            "We try to say back what we heard before we say what we think of it.",
        ),
        (
            "Speak of the matter, not of the person",
            "We may disagree about everything. We do not insult, mock or threaten anybody.",
        ),
        (
            "Leave room for others",
            "Who has spoken often waits. Who has not spoken yet is asked.",
        ),
        (
            "What is private stays private",
            "We write nothing about other people’s health, homes or families "
            "without asking them, and name no third persons.",
        ),
        (
            "Say what you have to gain",
            "Whoever has an interest in the outcome says so before taking part.",
        ),
        (
            "Put it right",
            "Everybody can make a mistake. We take it back, and then it is over.",
        ),
    ),
    Kind.GLOSSARY: (
        (
            "steward",
            "A resident chosen to look after fair play and to confirm the acts that decide money.",
        ),
        ("commission", "The town’s officers who hold the money and carry out what is decided."),
        ("proposal", "What a resident sends in: what should happen, where, and why."),
    ),
}
