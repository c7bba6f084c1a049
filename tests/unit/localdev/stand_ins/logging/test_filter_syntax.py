"""The supported part of the Logging query language."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.logging.filter_syntax import MAX_CHARACTERS, parse_filter

ENTRY = {
    "logName": "projects/p/logs/batch_task_logs",
    "resource": {"type": "batch.googleapis.com/Job", "labels": {"job_id": "nf-1"}},
    "timestamp": "2026-11-23T08:00:00.500Z",
    "severity": "WARNING",
    "labels": {"job_uid": "u-1", "task_id": "u-1-group0-0", "k8s.io/app": "x"},
    "jsonPayload": {"message": "Out of memory", "exit": 137, "late": True, "tags": ["a", "b"], "note": 'say "hi"\n'},
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  -- only a remark\n",
        'resource.type="batch.googleapis.com/Job"',
        "resource.type=batch.googleapis.com/Job",
        'logName = "projects/p/logs/batch_task_logs" AND labels.job_uid = "u-1"',
        "labels.job_uid=u-1 labels.task_id=u-1-group0-0",
        "log_name:batch_task",
        'labels."k8s.io/app"=x',
        "jsonPayload.exit=137",
        "jsonPayload.exit>=137.0 jsonPayload.exit<138 jsonPayload.exit>-5",
        "jsonPayload.late=true",
        "jsonPayload.tags=b",
        "jsonPayload.message:MEMORY",
        'jsonPayload.message="out OF memory"',
        'jsonPayload.message=~"^Out of \\w+$"',
        'jsonPayload.message!~"^out"',
        r'jsonPayload.note="say \"hi\"\n"',
        r'jsonPayload.note:"\x68\u0069"',
        'jsonPayload.message=("nothing" OR "out of memory")',
        "labels.job_uid:*",
        "labels:task_id",
        "severity>=WARNING",
        "severity>INFO severity<error severity=400",
        "severity=(INFO OR WARNING)",
        'timestamp>="2026-11-23T08:00:00Z" timestamp<="2026-11-23T09:00:00.5+01:00"',
        'timestamp>="2026-11-23"',
        "memory",
        '"out of mem"',
        "NOT jsonPayload.exit=1",
        "-jsonPayload.exit=1",
        '-"no such text"',
        "-(severity=INFO OR severity=ERROR)",
        "severity=INFO OR severity=WARNING",
        "severity=INFO OR severity=WARNING AND labels.job_uid=u-1",
        "severity=WARNING -- and nothing else\n AND labels.job_uid=u-1",
    ],
)
def test_a_filter_matches_the_entry(text: str) -> None:
    assert parse_filter(text)(ENTRY)


@pytest.mark.parametrize(
    "text",
    [
        "severity>=ERROR",
        "severity=WARNING AND labels.job_uid=u-2",
        "labels.job_uid!=u-1",
        "labels.absent!=x",  # an absent field never matches
        "labels.absent:*",
        "jsonPayload.message=~out",  # only regular expressions are case-sensitive
        'jsonPayload.message="Out"',
        "timestamp<2026-11-23",
        "-memory",
        "severity=WARNING OR severity=INFO AND labels.job_uid=u-2",  # OR binds tighter than AND
        "jsonPayload.exit=(1 OR 2)",
        "textPayload:memory",
    ],
)
def test_a_filter_does_not_match_the_entry(text: str) -> None:
    assert not parse_filter(text)(ENTRY)


@pytest.mark.parametrize(
    "text",
    [
        "severity=",
        "severity>=LOUD",
        "timestamp>yesterday",
        "job_uid=u-1",
        "a = ( b",
        "(severity=INFO",
        "severity=INFO)",
        "AND severity=INFO",
        "severity=INFO AND",
        "severity=INFO OR OR severity=INFO",
        "NOT - = 5",
        '"open',
        'textPayload=~"("',
        "severity=(INFO OR WARNING AND ERROR)",
        "(" * 1000 + "x" + ")" * 1000,
        "x" * (MAX_CHARACTERS + 1),
    ],
)
def test_an_invalid_filter_is_refused(text: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        parse_filter(text)
    assert refusal.value.code == 400


WORDS = st.sampled_from(
    [
        "AND",
        "OR",
        "NOT",
        "-",
        "(",
        ")",
        "=",
        ":",
        ">=",
        "=~",
        '"x y"',
        "severity",
        "ERROR",
        "labels.a",
        "timestamp",
        "5",
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with warnings.catch_warnings(action="ignore"):  # Python warns about odd regular expressions
        try:
            assert parse_filter(text)(ENTRY) in {True, False}
        except ServiceError as error:
            assert error.code == 400  # noqa: PT017 both outcomes are right


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_quoted_value_is_taken_literally(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_filter(f'textPayload="{quoted}"')({"textPayload": value})
