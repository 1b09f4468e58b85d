"""Accounts, sign-in and what protects it."""
