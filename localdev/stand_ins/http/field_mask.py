"""Reduces a response to the fields of the header X-Goog-FieldMask, as Google's APIs do."""

from typing import Any


def masked(content: Any, mask: str) -> Any:  # noqa: ANN401 any JSON value
    """The fields of `content` that `mask` names: comma-separated paths of JSON names; all fields for an empty mask.

    A path applies to each member of a list. Left out: parentheses, `*`, and the error for an unknown field.
    """
    paths = [path.strip().split(".") for path in mask.split(",") if path.strip()]
    return _select(content, paths) if paths else content


def _select(value: Any, paths: list[list[str]]) -> Any:  # noqa: ANN401 any JSON value
    if [] in paths:
        return value
    if isinstance(value, list):
        return [_select(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    inner: dict[str, list[list[str]]] = {}
    for name, *rest in paths:
        inner.setdefault(name, []).append(rest)
    return {name: _select(value[name], rests) for name, rests in inner.items() if name in value}
