"""Looking back: what both sides learn in a round, and what the next round makes of it."""
