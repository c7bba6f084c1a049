"""What a cost is based on; a module of its own, because every list of runs says it and none computes it."""

from enum import StrEnum


class Basis(StrEnum):
    """What a cost is based on: machines that Batch named, at least one guess from a request, or nothing."""

    MACHINE = "machine"
    REQUEST = "request"
    NONE = "none"
