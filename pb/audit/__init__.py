"""The append-only, hash-chained log."""

from pb.audit.service import TOWN, record

__all__ = ["TOWN", "record"]
