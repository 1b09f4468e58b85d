"""Moderation by stewards: reports, what was hidden and why, warn → limit → pause, appeals."""
