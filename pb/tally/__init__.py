"""Counting participatory budgets: exact, explained, and without web or database."""
