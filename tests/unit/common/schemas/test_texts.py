import pytest
from pydantic import TypeAdapter, ValidationError

from common.schemas.texts import Name, Note, Text

TEXT: TypeAdapter[str] = TypeAdapter(Text)
NAME: TypeAdapter[str] = TypeAdapter(Name)
NOTE: TypeAdapter[str] = TypeAdapter(Note)


@pytest.mark.parametrize("text", ["", "Zürich ≥ 5 µl", "a\r\nb\tc", "\U0001f9ec"])
def test_text_is_not_changed(text: str) -> None:
    assert TEXT.validate_python(text) == text


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udfff"])
@pytest.mark.parametrize("kind", [TEXT, NAME, NOTE])
def test_text_that_postgres_cannot_store_is_refused(kind: TypeAdapter[str], text: str) -> None:
    with pytest.raises(ValidationError, match=r"unpaired surrogate|NUL|string_unicode"):
        kind.validate_python(text)


@pytest.mark.parametrize(("kind", "longest"), [(NAME, 255), (NOTE, 4_000)])
def test_text_has_a_maximum_length(kind: TypeAdapter[str], longest: int) -> None:
    assert len(kind.validate_python("x" * longest)) == longest
    with pytest.raises(ValidationError):
        kind.validate_python("x" * (longest + 1))
