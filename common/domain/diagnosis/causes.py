"""The causes for which a run can fail."""

from enum import StrEnum


class CauseClass(StrEnum):
    """Why a run failed; UNKNOWN if no other cause is proved."""

    OUT_OF_MEMORY = "out_of_memory"
    PREEMPTED = "preempted"
    MISSING_OUTPUT = "missing_output"
    MISSING_INPUT = "missing_input"
    COMMAND_FAILED = "command_failed"
    SCRIPT_ERROR = "script_error"
    CONFIG_ERROR = "config_error"
    INTERNAL_ERROR = "internal_error"
    QUOTA = "quota"
    PERMISSION = "permission"
    IMAGE_PULL = "image_pull"
    DISK_FULL = "disk_full"
    TIME_LIMIT = "time_limit"
    KILLED_BY_SIGNAL = "killed_by_signal"
    UNKNOWN = "unknown"
