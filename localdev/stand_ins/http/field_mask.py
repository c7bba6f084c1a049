"""Leaves out of an answer what its caller does not want, as Google's APIs do for the header X-Goog-FieldMask."""

from typing import Any


def masked(answer: Any, mask: str) -> Any:  # noqa: ANN401 any JSON value
    """The part of `answer` that `mask` names: JSON names joined by dots, separated by commas; all of it for none.

    A name goes through lists. Not modelled: parentheses, `*`, and the error for a name that does not exist.
    """
    paths = [path.strip().split(".") for path in mask.split(",") if path.strip()]
    return _kept(answer, paths) if paths else answer


def _kept(value: Any, paths: list[list[str]]) -> Any:  # noqa: ANN401 any JSON value
    if [] in paths:
        return value
    if isinstance(value, list):
        return [_kept(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    below: dict[str, list[list[str]]] = {}
    for name, *rest in paths:
        below.setdefault(name, []).append(rest)
    return {name: _kept(value[name], rests) for name, rests in below.items() if name in value}
