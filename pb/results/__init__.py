"""Counting sealed ballots, explaining and publishing the outcome."""
