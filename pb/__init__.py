"""Participatory budgeting that a town can trust."""

__version__ = "0.1.0"
