"""What a handler takes and gives, said where it is written; the published OpenAPI document is made from it.

An Operation decorates a handler and changes nothing, so it costs a deployed function next to nothing. What holds for
every address alike (identity, request ids, error answers) is not repeated: tools.openapi adds it by rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from common.errors import SluiceError
from common.web.query import Query

_Handler = TypeVar("_Handler", bound=Callable[..., Any])

# A model of common.schemas; its name does for a function that starts without pydantic.
Model = type[Any] | str

_ATTRIBUTE: Final = "_operation"


@dataclass(frozen=True, slots=True)
class Text:
    """A body that is not JSON: its media type, and an example of it."""

    media: str
    example: str


Body = Model | Text


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. Its summary is the first line of the handler's docstring, its description the rest.

    `name` is for generated clients and stays when the handler is renamed; `answers` are those that are no errors,
    `errors` those that the rules do not add; `query` is the reader that the handler uses; `etag` says that a poller
    may be answered 304, `keyed` that an Idempotency-Key is honoured, `public` that nobody is asked who they are.
    """

    name: str
    answers: Mapping[int, Body | tuple[Body, ...]]
    query: Callable[[Query], object] | None = None
    body: Model | None = None
    errors: tuple[type[SluiceError], ...] = ()
    etag: bool = False
    keyed: bool = False
    public: bool = False

    def __call__(self, handler: _Handler) -> _Handler:
        vars(handler)[_ATTRIBUTE] = self
        return handler


def operation_of(handler: Callable[..., Any]) -> Operation | None:
    """What was said of `handler`; None when nothing was."""
    return cast(Operation | None, getattr(handler, _ATTRIBUTE, None))
