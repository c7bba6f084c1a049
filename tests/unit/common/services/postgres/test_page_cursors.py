import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.services.postgres.page_cursors import cursor_at, place_in

_VALUES = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(_VALUES, max_size=4))
def test_a_cursor_names_its_place(place: list[object]) -> None:
    assert place_in(cursor_at(place)) == place


@given(st.lists(_VALUES, max_size=4))
def test_a_cursor_fits_into_an_address(place: list[object]) -> None:
    assert set(cursor_at(place)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    try:
        place = place_in(text)
    except ValueError:
        return
    assert cursor_at(place) == text


def encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize("text", [b"", b"{}", b"null", b"[ 1]", b"[1] ", b"[1", b"\xff", b"[" * 100_000])
def test_what_no_list_hands_out_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        place_in(encoded(text))
