"""Failures as another run would meet them: other folders, samples, ids, numbers and times."""

import re
from collections.abc import Mapping
from random import Random
from typing import Any, Final

REWRITINGS: Final = 20
_PLACE: Final = re.compile(r"(?<![\w.])(?:[a-z]+:/)?/[\w.-]+(?:/[\w.?=#-]+)+")
_DIGITS: Final = re.compile(r"\d+")


def rewritten(diagnosis: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """A stored diagnosis with other paths, tags, ids, numbers and times; the words of programs stay."""
    random = Random(seed)
    task = diagnosis["error_task"]
    other_task = task and _with_another_tag(task, random)
    lines = [
        evidence | {"line": _rewritten_text(evidence["line"], task, other_task, random), "offset": None}
        for evidence in diagnosis["evidence"]
    ]
    message = diagnosis["message"] and _rewritten_text(diagnosis["message"], task, other_task, random)
    return {**diagnosis, "error_task": other_task, "message": message, "evidence": lines}


def _with_another_tag(task: str, random: Random) -> str:
    process, _, tag = task.partition(" (")
    scope = "".join(f"{random.choice(('NFCORE', 'LAB', 'QC'))}:" for _ in range(random.randrange(3)))
    tagged = f" ({_other_tag(tag.removesuffix(')'), random)})" if tag else ""
    return scope + process.rpartition(":")[2] + tagged


def _other_tag(tag: str, random: Random) -> str:
    return (
        str(random.randrange(1, 500)) if tag.isdigit() else random.choice(("donor", "patient")) + f"_{random.random()}"
    )


def _rewritten_text(text: str, task: str | None, other_task: str | None, random: Random) -> str:
    own, other = (_names_in(name) for name in (task, other_task))
    for place, name in own.items():
        text = text.replace(name, place)
    text = _PLACE.sub(lambda _: _other_place(random), text)
    text = _DIGITS.sub(lambda _: str(random.randrange(10 ** random.randrange(1, 7))), text)
    for place in own:
        text = text.replace(place, other[place])
    return text


def _names_in(task: str | None) -> dict[str, str]:
    """The name of a task and its tag, unless that is part of too many words, by characters that stand for them."""
    tag = task.partition(" (")[2].removesuffix(")") if task else ""
    return {place: name for place, name in (("\x00", task), ("\x01", tag)) if name and len(name) > 2}


def _other_place(random: Random) -> str:
    root = random.choice(("/", "gs://", "s3://", "https://"))
    folders = [random.choice(("data", "home", "scratch", "lab-refs", "x1")) for _ in range(random.randrange(1, 5))]
    return root + "/".join([*folders, f"file_{random.randrange(9_999)}.gz"])
