"""Connectors: residents who introduce people, by part of town; thanked, never ranked."""
