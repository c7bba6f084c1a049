"""Describes a handler for the published OpenAPI document, beside the handler itself.

An Operation decorates a handler without wrapping it, so requests cost nothing more. tools.openapi adds what all
operations share (identity, request ids, error answers).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from common.errors import SluiceError
from common.web.query import Query

_Handler = TypeVar("_Handler", bound=Callable[..., Any])

# A model of common.schemas, or its name in a function that starts without pydantic.
Model = type[Any] | str

_ATTRIBUTE: Final = "_operation"


@dataclass(frozen=True, slots=True)
class Text:
    """A body that is not JSON: its media type and an example."""

    media: str
    example: str


@dataclass(frozen=True, slots=True)
class FormPart:
    """A part of a form: what it is, an example, and whether a form must have it."""

    about: str
    example: str
    is_required: bool = False


Body = Model | Text


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address; the handler's docstring is its summary (first line) and description (the rest)."""

    name: str  # the operationId, which generated clients use: keep it when a handler is renamed
    answers: Mapping[int, Body | tuple[Body, ...]]  # successful answers by status
    query: Callable[[Query], object] | None = None  # the reader that the handler uses
    body: Model | None = None
    form: Mapping[str, FormPart] | None = None  # the parts of the form that the address takes in place of `body`
    errors: tuple[type[SluiceError], ...] = ()  # beyond those that tools.openapi adds
    etag: bool = False  # answers 304 to If-None-Match
    keyed: bool = False  # honours Idempotency-Key
    public: bool = False  # needs no identity

    def __call__(self, handler: _Handler) -> _Handler:
        vars(handler)[_ATTRIBUTE] = self
        return handler


def operation_of(handler: Callable[..., Any]) -> Operation | None:
    """The Operation that decorates `handler`; None without one."""
    return cast(Operation | None, getattr(handler, _ATTRIBUTE, None))
