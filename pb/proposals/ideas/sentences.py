"""One idea, one sentence: what may be wrong with it, in kind words."""

import re

LONGEST = 140
SHORTEST = 8
LONGEST_NAME = 80

# A sentence ends after a word, not after an abbreviation (“St. Anne”, “Nr. 5”), and another begins.
ANOTHER = re.compile(r"[^\W\d_]{4,}[.!?…。؟]+[\"”»’)]?\s+[\"“«„‘(¿¡]?(?:[^\W\d_a-z])")


def fault(text: str) -> str | None:
    """What is wrong with a cleaned sentence, if anything."""
    if not text:
        return "Say your idea in one sentence."
    if len(text) < SHORTEST or not re.search(r"[^\W\d_]{2}", text):
        return "Say a little more: what should be there that is not there now?"
    if len(text) > LONGEST:
        return (
            f"Use at most {LONGEST} characters. Now it is {len(text)}. "
            "The details can wait until it becomes a proposal."
        )
    if ANOTHER.search(text):
        return (
            "This looks like more than one sentence. Say one thing here, "
            "and the other as an idea of its own."
        )
    return None
