from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from common.errors import Fault, ValidationError
from common.schemas.parsing import parse
from common.schemas.texts import Name


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[A-Z]{3}$", examples=["ABC"])
    count: int = 1
    quick: bool = False
    share: float = 1.0
    names: Annotated[list[Name], Field(max_length=2)] = Field(default_factory=list)
    extras: dict[Name, int] = Field(default_factory=dict)


def faults_in(payload: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        parse(Order, payload)
    return {fault.field: fault.message for fault in caught.value.faults}


def test_a_valid_payload_becomes_a_model() -> None:
    assert parse(Order, {"code": "XYZ", "count": 2}) == Order(code="XYZ", count=2)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"code": 5}, "code", "must be text"),
        ({"code": "xyz"}, "code", "must look like ABC"),
        ({"code": "XYZ\n"}, "code", "must look like ABC"),
        ({"count": "2"}, "count", "must be a whole number"),
        ({"count": True}, "count", "must be a whole number"),
        ({"quick": 1}, "quick", "must be true or false"),
        ({"share": "half"}, "share", "is not valid"),
        ({"names": "a"}, "names", "must be a list"),
        ({"names": ["a", "b", "c"]}, "names", "must have at most 2 entries"),
        ({"names": ["a", ""]}, "names.1", "must not be empty"),
        ({"names": ["x" * 256]}, "names.0", "must have at most 255 characters"),
        ({"names": ["a\0"]}, "names.0", "contains a NUL character (U+0000); remove it"),
        ({"names": ["\ud800"]}, "names.0", "contains an incomplete character (an unpaired surrogate); remove it"),
        ({"extras": []}, "extras", "must be an object"),
        ({"extras": {"": 1}}, "extras.''", "must not be empty"),
        ({"cuont": 1}, "cuont", "is not a field of this request (did you mean count?)"),
        ({"\x1b": 1}, r"'\x1b'", "is not a field of this request"),
    ],
)
def test_a_fault_names_the_field_in_plain_words(change: dict[str, Any], field: str, message: str) -> None:
    assert faults_in({"code": "XYZ", **change}) == {field: message}


def test_all_faults_are_reported_together() -> None:
    assert faults_in({"count": "2", "other": 1}) == {
        "code": "is required",
        "count": "must be a whole number",
        "other": "is not a field of this request",
    }


def test_a_field_may_be_called_as_pydantic_calls_a_key() -> None:
    assert faults_in({"code": "x", "[key]": None})["[key]"] == "is not a field of this request"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(Order.model_fields)) | st.text(max_size=5), JSON, max_size=6))
def test_any_payload_becomes_a_model_or_faults_in_plain_words(payload: dict[str, Any]) -> None:
    faults: tuple[Fault, ...] = ()
    try:
        parse(Order, payload)
    except ValidationError as error:
        faults = error.faults
    assert all(fault.field and "pydantic" not in fault.message for fault in faults)
