"""Masks of fields."""

from typing import Any

import pytest

from localdev.stand_ins.http.field_mask import masked

ANSWER: dict[str, Any] = {
    "jobs": [{"name": "a", "status": {"state": "RUNNING", "events": [1]}}, {"name": "b"}],
    "next": "t",
    "n": 1,
}


@pytest.mark.parametrize(
    ("mask", "kept"),
    [
        ("", ANSWER),
        ("next", {"next": "t"}),
        ("jobs.name, next", {"jobs": [{"name": "a"}, {"name": "b"}], "next": "t"}),
        ("jobs.status.state", {"jobs": [{"status": {"state": "RUNNING"}}, {}]}),
        ("jobs.status,jobs.status.state", {"jobs": [{"status": ANSWER["jobs"][0]["status"]}, {}]}),
        ("n.deeper", {"n": 1}),
        ("nothing", {}),
    ],
)
def test_a_mask_selects_fields(mask: str, kept: object) -> None:
    assert masked(ANSWER, mask) == kept
