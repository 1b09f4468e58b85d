"""Casting, receipts, turnout and sealing."""
