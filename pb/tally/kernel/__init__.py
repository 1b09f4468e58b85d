"""The compiled kernel: two small C files that the package's own install builds where it can.

Nothing depends on it: where it is missing, or the environment has PB_TALLY_PORTABLE=1, the
portable code counts, with the same outcome to the last digit.
"""

import ctypes
import os
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

# The C code and this package are changed together; an older build is not used.
INTERFACE = 1


def library() -> ctypes.CDLL | None:
    """The compiled kernel, or None where it was not built, is old, or is switched off."""
    return None if os.environ.get("PB_TALLY_PORTABLE") else _loaded()


@cache
def _loaded() -> ctypes.CDLL | None:
    for suffix in EXTENSION_SUFFIXES:
        path = Path(__file__).with_name(f"_kernel{suffix}")
        if not path.is_file():
            continue
        try:
            found = ctypes.CDLL(str(path))
            return found if found.pb_interface() == INTERFACE else None
        except (OSError, AttributeError):
            return None
    return None
