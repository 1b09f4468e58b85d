"""Ballots on paper: batches of numbered sheets, typed by two people who do not see each other."""
