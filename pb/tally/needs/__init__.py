"""What a project that lost would have needed: found by search, confirmed by counting again."""

from pb.tally.needs.finding import all_needs, needs
from pb.tally.needs.words import SENTENCES, Means, Need, Needs, Smallest

__all__ = ["SENTENCES", "Means", "Need", "Needs", "Smallest", "all_needs", "needs"]
