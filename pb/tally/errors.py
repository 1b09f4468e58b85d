"""What a count refuses, always in one clear sentence."""


class TallyError(Exception):
    """The input or the parameters of a count cannot be used; the message says why."""


class PabulibError(TallyError):
    """A Pabulib file cannot be read; knows the file, the line and the field."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, field: str = "") -> None:
        self.problem, self.file, self.line, self.field = message, file, line, field
        places = (file, f"line {line}" if line else "", f"field {field}" if field else "")
        where = ", ".join(place for place in places if place)
        super().__init__(f"{where}: {message}" if where else message)
