import re

from hypothesis import example, given
from hypothesis import strategies as st

from common.domain.batch.launch_config import ChildJobSettings, launch_config, quoted
from common.domain.runs.run import RUN_ID

JOBS = ChildJobSettings(project="lab", location="europe-west1", service_account="tasks@lab.iam.gserviceaccount.com")


def groovy_value(source: str) -> str:
    """The value of a Groovy string in single quotes; fails unless the string ends at the end of the text."""
    escapes = {"n": "\n", "r": "\r", "\\": "\\", "'": "'"}
    assert source[0] == "'"
    value, rest = "", source[1:]
    while rest[0] != "'":
        assert rest[0] not in "\r\n"
        taken = escapes[rest[1]] if rest[0] == "\\" else rest[0]
        value, rest = value + taken, rest[2:] if rest[0] == "\\" else rest[1:]
    assert rest == "'"
    return value


@given(st.text())
@example("'; System.exit(1); '")
@example("${'rm -rf /'.execute()}")
@example("\\")
@example("\\'")
@example("a\r\nb")
def test_quoted_text_is_read_back_unchanged_by_groovy(text: str) -> None:
    assert groovy_value(quoted(text)) == text


def test_the_config_runs_tasks_in_batch_with_the_label_of_their_run() -> None:
    lines = launch_config("run-1a2b3c4d", JOBS).splitlines()
    assert "process.executor = 'google-batch'" in lines
    assert "process.resourceLabels = ['sluice-run': 'run-1a2b3c4d', 'sluice-role': 'task']" in lines
    assert "google.project = 'lab'" in lines
    assert "google.location = 'europe-west1'" in lines
    assert "google.batch.serviceAccountEmail = 'tasks@lab.iam.gserviceaccount.com'" in lines


def test_the_trace_is_raw_and_has_the_columns_that_the_reader_needs() -> None:
    lines = launch_config("run-1a2b3c4d", JOBS).splitlines()
    fields = next(line for line in lines if line.startswith("trace.fields = "))
    assert "trace.raw = true" in lines
    assert "trace.overwrite = true" in lines
    assert {"task_id", "hash", "native_id", "status", "%cpu", "peak_rss", "workdir"} <= set(
        fields.partition(" = ")[2].strip("'").split(",")
    )


def test_the_default_network_is_not_set() -> None:
    assert "network" not in launch_config("run-1a2b3c4d", JOBS)


def test_a_chosen_network_is_used_without_public_addresses() -> None:
    private = ChildJobSettings(project="lab", location="eu", service_account="h@lab", network="net", subnetwork="sub")
    lines = launch_config("run-1a2b3c4d", private).splitlines()
    assert "google.batch.network = 'net'" in lines
    assert "google.batch.subnetwork = 'sub'" in lines
    assert "google.batch.usePrivateAddress = true" in lines


def test_every_line_is_one_setting() -> None:
    hostile = ChildJobSettings(project="a\nb = 1", location="'", service_account="\r", network="n\n", subnetwork="")
    assert all(" = " in line for line in launch_config("run-1a2b3c4d", hostile).split("\n")[:-1])


@given(st.from_regex(RUN_ID, fullmatch=True), st.from_regex(r"[A-Z0-9_:]{1,60}", fullmatch=True))
def test_executor_and_labels_also_win_over_selectors_of_other_configs(run_id: str, process: str) -> None:
    lines = launch_config(run_id, JOBS).splitlines()
    selector = re.escape(f"process.'withName:.*|{run_id}'.")
    values = {found[1]: found[2] for found in re.finditer(rf"^{selector}(\w+) = (.+)$", "\n".join(lines), re.MULTILINE)}

    assert re.fullmatch(f".*|{run_id}", process)
    assert values == {
        "executor": "'google-batch'",
        "resourceLabels": f"['sluice-run': '{run_id}', 'sluice-role': 'task']",
    }
