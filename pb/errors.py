"""What the domain says when it will not do what it was asked."""

from collections.abc import Mapping


class Refused(Exception):
    """A request that the rules do not allow; the message is for the person who asked."""

    status = 409


class PhaseClosed(Refused):
    """The round is not in the phase that this needs."""


class Invalid(Refused):
    """Input that cannot be used; `problems` names every fault, one sentence each."""

    status = 422

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems or (message,)


class Unfit(Invalid):
    """Input that cannot be used; `faults` has one sentence per field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()), tuple(faults.values()))
        self.faults = faults


class NotFound(Refused):
    """There is nothing under this name."""

    status = 404
