from typing import Any

import pytest

from common.domain.users.user import User
from common.errors import ValidationError
from common.schemas.parsing import parse
from common.schemas.users import UserPreferences, UserResponse, UserUpdateRequest
from tests.support.runs import NOON


def faults_of(payload: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        parse(UserUpdateRequest, payload)
    return [(fault.field, fault.message) for fault in caught.value.faults]


def changes_in(payload: dict[str, Any]) -> dict[str, Any]:
    return parse(UserUpdateRequest, payload).preferences.model_dump(exclude_unset=True)


def test_each_preference_can_be_set() -> None:
    chosen = {
        "default_pipeline": "nf-core/scrnaseq",
        "default_genome": "GRCh38",
        "default_protocol": "10XV3",
        "notifications_enabled": True,
        "notify_events": ["run.failed", "run.stuck"],
        "notify_mail": False,
        "notify_slack_url": "https://hooks.slack.com/x",
        "notify_webhook_url": "https://example.org/hook",
        "notify_cost_limit_usd": 2.5,
    }
    assert changes_in({"preferences": chosen}) == chosen


def test_null_is_a_change_and_an_absent_field_is_not() -> None:
    assert changes_in({"preferences": {"default_genome": None}}) == {"default_genome": None}
    assert changes_in({}) == {}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("default_pipeline", "scrnaseq", "must look like nf-core/scrnaseq"),
        ("default_pipeline", "nf-core/" + "x" * 100, "must have at most 100 characters"),
        ("default_genome", "", "must not be empty"),
        ("default_genome", 38, "must be text"),
        ("default_protocol", "x" * 101, "must have at most 100 characters"),
        ("default_protocol", "a\0b", "contains a NUL character (U+0000); remove it"),
        ("notifications_enabled", "yes", "must be true or false"),
        ("notifications_enabled", 1, "must be true or false"),
        ("default_genom", "GRCh38", "is not a field of this request (did you mean default_genome?)"),
        ("theme", "dark", "is not a field of this request"),
    ],
)
def test_an_invalid_preference_is_named_with_the_reason(field: str, value: object, message: str) -> None:
    assert faults_of({"preferences": {field: value}}) == [(f"preferences.{field}", message)]


@pytest.mark.parametrize("name", ["", " ", " Ana", "Ana\n", "Ana\nPérez"])
def test_a_name_starts_and_ends_with_a_visible_character(name: str) -> None:
    assert faults_of({"display_name": name}) == [("display_name", "must look like Ana Pérez")]


@pytest.mark.parametrize("name", ["A", "Ana", "Ana Pérez", "名前", "x" * 255])
def test_any_other_name_is_accepted(name: str) -> None:
    assert parse(UserUpdateRequest, {"display_name": name}).display_name == name


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        ({"display_name": "x" * 256}, ("display_name", "must have at most 255 characters")),
        ({"preferences": None}, ("preferences", "must be an object")),
        ({"preferences": []}, ("preferences", "must be an object")),
        ({"email": "ben@lab.example"}, ("email", "is not a field of this request")),
        ({"stats": {"total_runs": 9}}, ("stats", "is not a field of this request")),
    ],
)
def test_read_only_fields_are_refused(payload: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults_of(payload) == [fault]


def test_all_faults_are_reported_together() -> None:
    fields = faults_of({"display_name": 1, "preferences": {"default_genome": 2, "notifications_enabled": 3}})
    assert [field for field, _ in fields] == [
        "display_name", "preferences.default_genome", "preferences.notifications_enabled",
    ]  # fmt: skip


def test_an_answer_has_every_preference_and_number() -> None:
    user = User(
        email="ana@lab.example", display_name="ana", created_at=NOON, last_login_at=None,
        preferences={"default_genome": "GRCh38", "of_an_older_version": 1}, stats={"total_runs": 3},
    )  # fmt: skip
    fields = UserResponse.model_validate(user).model_dump()
    assert fields["preferences"].keys() == UserPreferences.model_fields.keys()
    assert {name: value for name, value in fields["preferences"].items() if value is not None} == {
        "default_genome": "GRCh38"
    }
    assert fields["stats"] == {"total_runs": 3, "successful_runs": 0, "total_samples_processed": 0}
