"""How long it takes to find similar ideas among many.

    python benchmarks/ideas.py [IDEAS]

Sentences are made of the words of real ones, with typing errors, so that their triples of letters
are as common as in a town. What is timed is what one key stroke costs: `Index.find`, after the
index was built once. The goal is 50 ms for 5,000 ideas.
"""

import random
import statistics
import sys
import time
import tracemalloc

from pb.proposals.ideas.similarity import Index

WHAT = [
    "bench", "bicycle", "rack", "playground", "lamp",
    "crossing", "fountain", "tree", "hedge", "ramp",
    "bus", "shelter", "café", "library", "choir",
    "workshop", "garden", "pond", "bridge", "path",
    "swing", "court", "stage", "market", "kitchen",
    "toilet", "mural",
]  # fmt: skip
HOW = [
    "new", "safe", "quiet", "bright", "accessible",
    "green", "small", "shared", "covered", "old",
    "warm", "free", "open",
]  # fmt: skip
WHERE = [
    "Mill Street", "Station Road", "the old school", "the town hall", "the river",
    "the swimming pool", "Church Lane", "the northern estate", "the cemetery", "the sports ground",
    "the care home", "the market square",
]  # fmt: skip
WHO = [
    "children", "older people", "everybody", "families", "young people",
    "people who work late",
]  # fmt: skip


def sentence(chance: random.Random) -> str:
    """Something that somebody in a town could say."""
    what, how, where, who = (chance.choice(words) for words in (WHAT, HOW, WHERE, WHO))
    text = f"A {how} {what} with a {chance.choice(WHAT)} near {where} for {who}"
    if chance.random() < 0.3:
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice("aeiourstn") + text[place + 1 :]
    return text


def main() -> None:
    ideas = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    chance = random.Random(1)
    sentences = [sentence(chance) for _ in range(ideas)]
    tracemalloc.start()
    index = Index(enumerate(sentences))
    index.find("anything at all")
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    times = []
    for _ in range(200):
        wanted = sentence(chance)
        began = time.perf_counter()
        index.find(wanted)
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    print(
        f"{ideas:,} ideas: find takes {statistics.median(times):.1f} ms (median), "
        f"{times[int(len(times) * 0.95)]:.1f} ms (95 %), {times[-1]:.1f} ms (slowest); "
        f"the index has {memory / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
