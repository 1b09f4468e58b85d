"""Storing and checking passwords."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's parameters for argon2id: about 35 ms and 19 MiB.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

# One hash at a time in a process: log-ins must not take the machine from the voters.
ONE_AT_A_TIME = threading.Semaphore(1)

SHORTEST = 12
WEAK = {"password", "passwort", "contraseña", "motdepasse", "qwertyuiop", "1234567890"}


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    with ONE_AT_A_TIME:
        return HASHER.hash(password)


# Checked when there is no account, so that the answer takes as long.
NOBODY = hash_password("nobody has this password")


def verify(password: str, stored: str | None) -> bool:
    """Whether the password matches; takes the same time where there is no account."""
    with ONE_AT_A_TIME:
        try:
            return HASHER.verify(stored or NOBODY, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def weakness(password: str) -> str | None:
    """What is wrong with a new password, in a sentence, or None."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Three or four words are easy to remember."
    lowered = password.lower()
    if len(set(password)) < 5 or any(lowered.startswith(word) for word in WEAK):
        return "That password is easy to guess. Three or four words are easy to remember."
    return None
