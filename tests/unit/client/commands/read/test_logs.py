"""The options of `sluice logs`, and its lines."""

import pytest

from sluice.cli import main
from sluice.commands.read.logs import line_of
from sluice.decoding import decode
from sluice.models.tasks import LogEntry
from tests.support.client.objects import page_json
from tests.support.client.service import Told, told
from tests.unit.client.conftest import Serve

RUN = "GET /api/runs/run-0000000a"


def entry(number: int, **fields: object) -> dict[str, object]:
    return {
        "number": number,
        "timestamp": "2026-12-01T12:00:00.042Z",
        "level": "INFO",
        "message": f"m{number}",
    } | fields


def test_a_line_has_time_level_and_the_whole_message() -> None:
    one = decode(LogEntry, entry(0, message="first\n  second"), set())
    assert line_of(one, utc=True) == "2026-12-01 12:00:00.042 +00:00 INFO  first\n  second"
    bare = decode(LogEntry, {"number": 1, "message": "x"}, set())
    assert line_of(bare, utc=True) == "- -     x"


@pytest.mark.parametrize(
    "options",
    [
        ["--stderr"],
        ["--task", "ab/cdef01", "--level", "WARN"],
        ["--task", "ab/cdef01", "--tail", "0"],
        ["--level", "LOUD"],
    ],
)
def test_options_that_exclude_each_other_are_refused(serve: Serve, options: list[str]) -> None:
    service = serve({})
    assert main(["logs", "run-0000000a", *options]) == 2
    assert service.asked == []


@pytest.mark.parametrize("is_open", [True, False])
def test_a_tail_that_is_followed_has_no_line_twice(
    serve: Serve, capsys: pytest.CaptureFixture[str], *, is_open: bool
) -> None:
    page = page_json("entries", [entry(8, open=is_open), entry(7)]) | {"complete": False}
    following = 8 if is_open else 9
    stream = (
        f'event: entry\ndata: {{"number": {following}, "message": "new", "open": false}}\n\nevent: done\ndata: {{}}\n\n'
    )
    service = serve({f"{RUN}/logs": told(page), f"{RUN}/logs/stream": Told(200, stream.encode())})
    assert main(["logs", "run-0000000a", "-f", "--tail", "2", "--format", "{number}"]) == 0
    assert capsys.readouterr().out.split() == (["7", "8"] if is_open else ["7", "8", "9"])
    assert [asked.query for asked in service.asked] == [{"limit": "2", "order": "desc"}, {"offset": str(following)}]


def test_a_tail_of_none_is_what_comes_from_now_on(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    page = page_json("entries", [entry(8)]) | {"complete": False}
    service = serve({f"{RUN}/logs": told(page), f"{RUN}/logs/stream": Told(200, b"event: done\ndata: {}\n\n")})
    assert main(["logs", "run-0000000a", "-f", "--tail", "0"]) == 0
    assert (capsys.readouterr().out, service.asked[-1].query) == ("", {"offset": "9"})


def test_merged_output_says_where_stderr_is(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    output = {"task_id": "ab-cdef01", "stdout": "both\n", "stderr": "", "merged": True, "as_of": "2026-12-01T12:00:00Z"}
    serve({f"{RUN}/tasks/ab-cdef01/logs": told(output)})
    assert main(["logs", "run-0000000a", "--task", "ab/cdef01", "--stderr"]) == 0
    assert "leave --stderr out" in capsys.readouterr().err


def test_followed_output_that_was_replaced_is_announced(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    events = [("stdout", '{"text": "a\\n"}'), ("reset", "{}"), ("stdout", '{"text": "b\\n"}'), ("done", "{}")]
    stream = "".join(f"event: {kind}\ndata: {data}\n\n" for kind, data in events)
    serve({f"{RUN}/tasks/ab-cdef01/logs/stream": Told(200, stream.encode())})
    assert main(["logs", "run-0000000a", "--task", "ab-cdef01", "-f"]) == 0
    out, err = capsys.readouterr()
    assert out == "a\nb\n"
    assert "replaced" in err
