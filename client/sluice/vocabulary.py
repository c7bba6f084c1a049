"""Words that the client acts on; others of the API are shown as they are."""

from typing import Final

LAST: Final = "@last"  # one's newest run
FINAL: Final = frozenset({"completed", "failed", "cancelled"})  # states of a run that it never leaves
LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")  # of log entries, the lowest first
GROUPS: Final = ("inputs", "results", "logs")  # of files
