"""The demo town: invented places, people and ballots that show a round in each state."""
