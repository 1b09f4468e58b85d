"""Workshops: think alone, talk in pairs, explain, rank, arrange."""
