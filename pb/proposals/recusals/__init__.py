"""Who keeps out of the decision on a proposal, because it concerns them."""
