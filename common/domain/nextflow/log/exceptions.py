"""Parses the exceptions that Java and Nextflow add to a record: class, text and causes, without the stack frames."""

import re

_CLASS = r"(?:[a-z]\w{0,99}\.){1,40}[A-Z][\w$]{0,200}"
_EXCEPTION_LINE = re.compile(rf"^{_CLASS}(?::|$)", re.MULTILINE)
# Small logs and pipelines' own classes have no package; then only the line below these words is an exception.
_HEAD_WITHOUT_TEXT = re.compile(r"(?:@unknown|Operation aborted)[^\n]{0,200}\n(?=[A-Z]\w{0,200}(?:Exception|Error)\b)")
_STACK_FRAME = re.compile(r"^(?:\tat |\t\.\.\. \d)", re.MULTILINE)
_CAUSED_BY = "Caused by: "
_LINES_OF_EACH = 30  # of the text of one exception; a compiler lists all faults of a script in one
_EXCEPTIONS = 8


def without_stack_trace(message: str) -> str:
    """The part of `message` before the exception and its stack trace, stripped."""
    at = _first_exception(message)
    return (message if at is None else message[:at]).strip()


def exception_text(message: str) -> str:
    """The text of the first exception whose class starts a line of `message`; the class name if it has no text."""
    at = _first_exception(message)
    if at is None:
        return ""
    text = _STACK_FRAME.split(message[at:], maxsplit=1)[0].strip()
    name, _, detail = text.partition(":")
    detail = detail.strip()
    return detail if detail not in ("", "null") else name


def exception_lines(message: str) -> str | None:
    """The lines with class and text of the first exception in `message` and of its causes; None without exception."""
    at = _first_exception(message)
    if at is None:
        return None
    kept: list[str] = []
    exceptions = of_this = 1
    in_frames = False
    for line in message[at:].split("\n"):
        if line.startswith(_CAUSED_BY):
            exceptions, of_this, in_frames = exceptions + 1, 0, False
        in_frames = in_frames or line.startswith("\t")
        of_this += 1
        if exceptions > _EXCEPTIONS:
            break
        if not in_frames and of_this <= _LINES_OF_EACH and line.strip():
            kept.append(line)
    return "\n".join(kept)


def text_without_rules(text: str) -> str:
    """`text` without the lines at its ends that hold no letter or digit, such as those of a banner."""
    lines = text.split("\n")
    wordy = [number for number, line in enumerate(lines) if any(map(str.isalnum, line))]
    return "\n".join(lines[wordy[0] : wordy[-1] + 1]).strip() if wordy else text.strip()


def _first_exception(message: str) -> int | None:
    if head := _HEAD_WITHOUT_TEXT.match(message):
        return head.end()
    found = _EXCEPTION_LINE.search(message)
    return found.start() if found else None
