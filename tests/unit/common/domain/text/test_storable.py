import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.text.storable import storable_bytes, storable_json, storable_text, storage_problem

_TEXTS = st.text() | st.text("\\u0\0\ud800\udc00\"'n", max_size=12)


@pytest.mark.parametrize(
    ("text", "stored", "problem"),
    [
        ("plain \N{GREEK SMALL LETTER MU} \N{GRINNING FACE}\n", None, None),
        ("a\0b", "a\ufffdb", "contains a NUL character (U+0000); remove it"),
        ("a\ud800b", "a?b", "contains an incomplete character (an unpaired surrogate); remove it"),
    ],
)
def test_text_that_postgres_cannot_store_is_named_and_replaced(
    text: str, stored: str | None, problem: str | None
) -> None:
    assert storage_problem(text) == problem
    assert storable_text(text) == (stored or text)
    assert storable_bytes(text) == (stored or text).encode()


@given(_TEXTS)
def test_cleaned_text_has_no_problem(text: str) -> None:
    cleaned = storable_text(text)
    assert storage_problem(cleaned) is None
    assert len(cleaned) == len(text)
    assert cleaned == text or storage_problem(text) is not None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a\0": ["\ud800", 1, None]}, '{"a\ufffd": ["?", 1, null]}'),
        ("\\u0000 is no NUL", '"\\\\u0000 is no NUL"'),
        ("\\\0", '"\\\\\ufffd"'),
    ],
)
def test_json_is_cleaned_in_every_text_and_name(value: object, written: str) -> None:
    assert storable_json(value) == written
