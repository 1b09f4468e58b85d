"""Limits on how much one person posts in a day, and turns, so that many people are heard."""
