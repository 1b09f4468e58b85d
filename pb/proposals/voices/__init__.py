"""Whose voices a round has heard, by part of town, and invitations to parts that are silent.

It stands above `pb.purpose`, because it counts ideas and proposals too.
"""
