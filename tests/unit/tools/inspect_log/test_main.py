import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.logs.nextflow_files import FAILED_LOG, FINISHED_TRACE
from tools.inspect_log.__main__ import main

LOG_KEYS = {
    *("kind", "bytes", "bytes_accounted", "records", "levels", "first_timestamp", "last_timestamp", "run_name"),
    *("session_id", "nextflow_version", "command", "executors", "tasks", "outcome", "cause", "error_task"),
    *("error_message", "exit_code", "earlier_runs"),
}
TRACE_KEYS = {"kind", "bytes", "bytes_accounted", "rows", "statuses", "skipped", "columns"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(("data", "keys"), [(FAILED_LOG, LOG_KEYS), (FINISHED_TRACE, TRACE_KEYS)], ids=["log", "trace"])
def test_json_has_a_key_for_each_fact(
    path: Path, data: bytes, keys: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_bytes(data)
    assert main([str(path), "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == keys


@pytest.mark.parametrize(("data", "word"), [(FAILED_LOG, "Outcome   failed"), (FINISHED_TRACE, "COMPLETED 3")])
def test_the_default_output_is_plain_text(
    path: Path, data: bytes, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_bytes(data)
    assert main([str(path)]) == 0
    assert word in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b"sample,fastq_1\na,b\n", "this is neither a Nextflow log nor a Nextflow trace"),
        (
            b"Nov-23 12:00:00.000 [main] INFO  com.other.Program - hello\n",
            "this is neither a Nextflow log nor a Nextflow trace",
        ),
        (b"\xff\x00\n" * 10, "this is neither a Nextflow log nor a Nextflow trace"),
    ],
)
def test_other_files_are_refused(path: Path, data: bytes, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(data)
    assert main([str(path), "--json"]) == 2
    assert capsys.readouterr() == ("", f"{path}: {why}\n")


def test_a_missing_file_is_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(path)]) == 2
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize("year", ["x", "12", "99999"])
def test_an_invalid_year_is_refused(path: Path, year: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(path), "--year", year])


PARTS = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            *(
                b"\n" + text + b" [main] ERROR nextflow.Session - "
                for text in (b"Dec-31 23:59:59.999", b"Feb-29 10:00:00.000")
            ),
            *(b"9999-12-31 23:59:59", b"started: 0000000000001; exited: 0001-01-01T00:00:00Z; ]", b"@unknown\n"),
            *(b"Session aborted -- Cause: SIGTERM", b"Error executing process > 'P'\n\nCaused by:\n  "),
            *(b"task_id\thash\tname\tstatus\texit\n", b"1\tab/cdef01\tP\tFAILED\t1\n", b"\x1b[31m"),
        ]
    ),
)


@given(st.lists(PARTS, max_size=12).map(b"".join), st.booleans())
def test_any_file_is_reported_or_refused(data: bytes, as_json: bool) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        assert main([file.name, *(["--json"] if as_json else [])]) in (0, 2)
