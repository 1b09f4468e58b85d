"""Who may vote: the roll of a round and its access codes."""
