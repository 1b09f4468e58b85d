"""The most memory a process ever had; needs nothing but the standard library."""

import sys
from pathlib import Path


def peak(process: int | str = "self") -> int | None:
    """Peak resident memory in bytes; of another process only on Linux, None where unknown."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        return _own_peak() if process == "self" else None


def _own_peak() -> int:
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
