"""Every reader of the API reads any query string or names what is wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import ValidationError
from common.web.query import Parameter, Query, read_query
from tools.openapi.addresses import public_addresses

READERS = {
    f"{address.method} {address.path}": address.operation.query
    for address in public_addresses()
    if address.operation.query
}


def parameters_of(reader: Callable[[Query], object]) -> list[Parameter]:
    query = Query([])
    reader(query)
    return list(query.read.values())


PARAMETERS = [
    pytest.param(reader, parameter, id=f"{name} {parameter.name}")
    for name, reader in READERS.items()
    for parameter in parameters_of(reader)
]


def refused_fields(pairs: list[tuple[str, str]], reader: Callable[[Query], object]) -> set[str]:
    try:
        read_query(pairs, reader)
    except ValidationError as refused:
        return {fault.field for fault in refused.faults}
    return set()


def allowed(schema: Any) -> st.SearchStrategy[str]:  # noqa: ANN401 an OpenAPI schema
    """Values that fit a schema, as text in an address."""
    if "enum" in schema:
        return st.sampled_from([str(option) for option in schema["enum"]])
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["maximum"]).map(str)
    if schema["type"] == "boolean":
        return st.sampled_from(["true", "false"])
    if schema.get("format") == "date-time":
        return st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
    if schema.get("format") == "date":
        return st.dates().map(date.isoformat)
    return st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=schema.get("maxLength"))


@pytest.mark.parametrize(("reader", "parameter"), PARAMETERS)
@settings(max_examples=20)  # for each of many parameters
@given(data=st.data())
def test_every_value_that_the_description_allows_is_read(
    reader: Callable[[Query], object], parameter: Parameter, data: st.DataObject
) -> None:
    pairs = [(parameter.name, data.draw(allowed(parameter.schema)))]
    if parameter.name == "page":
        pairs.append(("page_size", "1"))  # the default size would limit the page number
    read_query(pairs, reader)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@settings(max_examples=20)  # for each of many readers; `make fuzz` tries more
@given(data=st.data())
def test_any_query_string_is_read_or_refused(reader: Callable[[Query], object], data: st.DataObject) -> None:
    names = st.sampled_from([*(parameter.name for parameter in parameters_of(reader)), "other"]) | st.text()
    values = st.text() | st.integers().map(str) | st.datetimes().map(datetime.isoformat)
    pairs = data.draw(st.lists(st.tuples(names, values), max_size=8))
    assert refused_fields(pairs, reader) <= {name for name, _ in pairs}
