"""The kinds of text in requests."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from common.domain.text.secrets import hide_in, hide_in_text
from common.domain.text.storable import storage_problem

PLAIN_WORDS = "plain_words"  # the type of the errors whose message is shown to the caller unchanged

_PIPELINE: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+$"
_VERSION: Final = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"
_VISIBLE_ENDS: Final = r"^\S(.*\S)?$"


def _storable(text: str) -> str:
    if problem := storage_problem(text):
        raise PydanticCustomError(PLAIN_WORDS, "{problem}", {"problem": problem})
    return text


# As they are shown: without secrets.
ShownText = Annotated[str, AfterValidator(hide_in_text)]
ShownValues = Annotated[dict[str, Any], AfterValidator(hide_in)]


def _one_line(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise PydanticCustomError(PLAIN_WORDS, "must be one line without blanks at its ends")
    return text


# The length comes before our own check; after it, pydantic would report a too long text with the message for lists.
Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_storable)]
Label = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_storable)]
Title = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_storable), AfterValidator(_one_line)]
Tag = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_storable), AfterValidator(_one_line)]
Note = Annotated[str, Field(max_length=4_000), AfterValidator(_storable)]
DisplayName = Annotated[str, Field(pattern=_VISIBLE_ENDS, max_length=255), AfterValidator(_storable)]
PipelineName = Annotated[str, Field(pattern=_PIPELINE, max_length=100), AfterValidator(_storable)]
Version = Annotated[str, Field(pattern=_VERSION, max_length=20), AfterValidator(_storable)]
