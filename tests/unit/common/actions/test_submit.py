from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.domain.runs.files import PARAMS, SAMPLESHEET, USER_CONFIG
from common.domain.runs.status import RunStatus
from common.errors import UnavailableError, ValidationError
from common.schemas.runs import RunCreateRequest
from tests.support.actions.fakes import CrashError
from tests.support.actions.stage import ANA, RUN, Stage
from tests.support.runs import NOON, OWNER, make_run

SHEET = (Path(__file__).parents[4] / "examples/scrnaseq/samplesheet.csv").read_text()
PARAMS_GIVEN = {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"}


def request(**changes: Any) -> RunCreateRequest:  # noqa: ANN401 a field of any type
    values = {"pipeline": "nf-core/scrnaseq", "samplesheet_csv": SHEET, "params": PARAMS_GIVEN}
    return RunCreateRequest.model_validate(values | changes)


def faults_of(stage: Stage, **changes: Any) -> list[tuple[str, int | None, str | None]]:  # noqa: ANN401
    """Field, row and column of each fault that refuses a request."""
    with pytest.raises(ValidationError) as refused:
        stage.submit.run(request(**changes), ANA)
    return [(fault.field, fault.row, fault.column) for fault in refused.value.faults]


def is_untouched(stage: Stage) -> bool:
    return not (stage.storage.inputs or stage.queue.items or stage.rows("SELECT run_id FROM runs"))


def test_a_submitted_run_is_pending_and_belongs_to_its_caller(stage: Stage) -> None:
    run = stage.submit.run(
        request(source_ngs_runs=["NB0231"], source_project="atlas", name="Donor 1", notify=True), ANA
    )
    assert (run.run_id, run.status, run.user_email, run.user_name) == (RUN, RunStatus.PENDING, OWNER, "ana")
    assert (run.source_ngs_runs, run.source_project, run.name) == (("NB0231",), "atlas", "Donor 1")
    assert stage.run().notify
    assert (run.created_at, run.gcs_path) == (NOON, f"gs://sluice-runs/runs/{RUN}")
    assert replace(run, event_seq=1) == stage.run()


def test_samples_are_counted_and_not_rows(stage: Stage) -> None:
    assert stage.submit.run(request(), ANA).sample_count == 4
    assert len(SHEET.splitlines()) - 1 == 5


def test_a_run_without_a_version_gets_the_default_version(stage: Stage) -> None:
    assert stage.submit.run(request(), ANA).pipeline_version == "2.7.1"


def test_the_inputs_are_stored_unchanged(stage: Stage) -> None:
    stage.submit.run(request(config_content="process.cpus = 2\n"), ANA)
    assert stage.storage.inputs[RUN, SAMPLESHEET].decode() == SHEET
    assert stage.storage.inputs[RUN, USER_CONFIG] == b"process.cpus = 2\n"
    assert yaml.safe_load(stage.storage.inputs[RUN, PARAMS]) == PARAMS_GIVEN


def test_a_path_of_one_s_own_computer_is_refused_with_its_place(stage: Stage) -> None:
    with pytest.raises(ValidationError) as error:
        stage.submit.run(request(samplesheet_csv="sample,fastq_1,fastq_2\na,/data/1.fq.gz,gs://lab/2.fq.gz\n"), ANA)
    (fault,) = error.value.faults
    assert (fault.field, fault.row, fault.column) == ("samplesheet_csv", 2, "fastq_1")
    assert is_untouched(stage)


def test_a_config_with_reserved_settings_is_refused_with_its_lines(stage: Stage) -> None:
    config = "process {\n  withName: STAR_ALIGN {\n    executor = 'local'\n  }\n}\nworkDir = '/tmp'\n"
    assert faults_of(stage, config_content=config) == [("config_content", 3, None), ("config_content", 6, None)]
    assert is_untouched(stage)


@pytest.mark.parametrize("value", ['": {}- x', "a'b\\c${x}", "no", "1e3", "null", " é✔ "])
def test_any_text_is_kept_as_a_parameter(stage: Stage, value: str) -> None:
    stage.submit.run(request(params=PARAMS_GIVEN | {"multiqc_title": value}), ANA)
    assert yaml.safe_load(stage.storage.inputs[RUN, PARAMS])["multiqc_title"] == value


def test_a_run_without_a_config_gets_a_config_with_a_comment(stage: Stage) -> None:
    stage.submit.run(request(), ANA)
    assert stage.storage.inputs[RUN, USER_CONFIG].startswith(b"// The run was submitted without")


def test_the_launch_is_queued_once(stage: Stage) -> None:
    stage.submit.run(request(), ANA)
    assert [(item.kind, item.body["run_id"]) for item in stage.queue.items] == [("launch", RUN)]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"pipeline": "nf-core/nosuch"}, ("pipeline", None, None)),
        ({"pipeline_version": "9.9.9"}, ("pipeline_version", None, None)),
        ({"params": PARAMS_GIVEN | {"run_id": "run-00000000"}}, ("params.run_id", None, None)),
        ({"params": PARAMS_GIVEN | {"aligner": "nosuch"}}, ("params.aligner", None, None)),
        ({"name": "Donor •••"}, ("name", None, None)),
        ({"samplesheet_csv": ""}, ("samplesheet_csv", None, None)),
        ({"samplesheet_csv": SHEET.replace("fastq_2", "fastq_two")}, ("samplesheet_csv", 1, "fastq_2")),
        ({"samplesheet_csv": SHEET.splitlines()[0] + "\n"}, ("samplesheet_csv", None, None)),
        ({"samplesheet_csv": SHEET.replace("5000", "many", 1)}, ("samplesheet_csv", 2, "expected_cells")),
    ],
)
def test_a_fault_is_reported_and_nothing_is_created(
    stage: Stage, changes: dict[str, Any], fault: tuple[str, int | None, str | None]
) -> None:
    assert fault in faults_of(stage, **changes)
    assert is_untouched(stage)


def test_all_faults_are_reported_at_once(stage: Stage) -> None:
    found = faults_of(stage, params={"nosuch": 1, "aligner": "bad"}, samplesheet_csv=SHEET.replace("5000", "many", 2))
    assert {field for field, _, _ in found} >= {"params.nosuch", "params.aligner", "samplesheet_csv"}
    assert {(row, column) for field, row, column in found if row} == {(2, "expected_cells"), (3, "expected_cells")}


def test_a_taken_id_is_skipped_without_touching_its_inputs(stage: Stage) -> None:
    stage.runs.create_run(make_run())
    stage.storage.upload_run_files(RUN, {SAMPLESHEET: b"of another run"})
    stage.numbers = [0x1A2B3C4D, 7]
    assert stage.submit.run(request(), ANA).run_id == "run-00000007"
    assert stage.storage.inputs[RUN, SAMPLESHEET] == b"of another run"


def test_submitting_raises_unavailable_when_no_id_is_free(stage: Stage) -> None:
    stage.runs.create_run(make_run())
    with pytest.raises(UnavailableError, match="no free run id"):
        stage.submit.run(request(), ANA)


def test_inputs_come_before_the_row_and_the_row_before_the_work_item(stage: Stage) -> None:
    stage.steps.crash_at = 3  # after both steps of the upload, before the work item
    with pytest.raises(CrashError):
        stage.submit.run(request(), ANA)
    assert (RUN, SAMPLESHEET) in stage.storage.inputs
    assert stage.run().status == RunStatus.PENDING
    assert stage.queue.items == []


def test_no_row_is_left_when_the_inputs_cannot_be_stored(stage: Stage) -> None:
    stage.storage.is_down = True
    with pytest.raises(UnavailableError):
        stage.submit.run(request(), ANA)
    assert is_untouched(stage)


def test_a_submit_succeeds_while_the_queue_is_down_and_reconcile_launches_it(stage: Stage) -> None:
    stage.queue.is_down = True
    assert stage.submit.run(request(), ANA).status == RunStatus.PENDING
    stage.queue.is_down = False
    stage.clock.advance(minutes=10)
    assert stage.reconcile.run() == 1
    assert stage.queue.kinds == ["launch"]


def test_no_error_of_the_queue_hides_a_run_that_is_stored(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> bool:
        raise RuntimeError("an answer that nobody has foreseen")

    monkeypatch.setattr(stage.queue, "add", fails)
    assert stage.submit.run(request(), ANA).run_id == stage.run().run_id


def test_the_run_has_the_requested_values(stage: Stage) -> None:
    run = stage.submit.run(request(), ANA)
    assert replace(run, params={}) == make_run(
        params={}, sample_count=4, samples=run.samples, session_id=run.session_id, updated_at=run.updated_at
    )
    assert run.params == PARAMS_GIVEN
    assert (run.samples or "").split("\n") == ["pbmc_donor1", "pbmc_donor2", "marrow_donor1", "marrow_donor2"]


def test_a_filling_parameter_goes_into_blank_cells_and_not_to_the_pipeline(stage: Stage) -> None:
    sheet = "sample,fastq_1,fastq_2,expected_cells\na,gs://lab/a_1.fq.gz,gs://lab/a_2.fq.gz,\n"
    run = stage.submit.run(request(samplesheet_csv=sheet, params=PARAMS_GIVEN | {"expected_cells": 900}), ANA)
    assert stage.storage.inputs[RUN, SAMPLESHEET].decode().splitlines()[1].endswith(",900")
    assert yaml.safe_load(stage.storage.inputs[RUN, PARAMS]) == PARAMS_GIVEN
    assert run.params["expected_cells"] == 900


def test_an_alias_is_kept_in_the_run_and_resolved_for_the_pipeline(stage: Stage) -> None:
    run = stage.submit.run(request(params=PARAMS_GIVEN | {"aligner": "simpleaf"}), ANA)
    assert run.params["aligner"] == "simpleaf"
    assert yaml.safe_load(stage.storage.inputs[RUN, PARAMS])["aligner"] == "alevin"


def test_missing_files_are_reported_with_row_and_column(stage: Stage) -> None:
    gone = SHEET.splitlines()[2].split(",")[2]
    stage.file_check.absent = {gone, "gs://lab/none.fa"}
    params = PARAMS_GIVEN | {"fasta": "gs://lab/none.fa"}
    assert faults_of(stage, params=params) == [
        ("params.fasta", None, None),
        ("samplesheet_csv", 3, "fastq_2"),
    ]
    assert is_untouched(stage)


def test_of_many_missing_files_the_first_are_listed_and_the_rest_counted(stage: Stage) -> None:
    rows = [f"s{number},gs://lab/{number}_R1.fq.gz,gs://lab/{number}_R2.fq.gz" for number in range(150)]
    stage.file_check.absent = {cell for row in rows for cell in row.split(",")[1:]}
    sheet = "\n".join(["sample,fastq_1,fastq_2", *rows])
    with pytest.raises(ValidationError) as refused:
        stage.submit.run(request(samplesheet_csv=sheet), ANA)
    assert len(refused.value.faults) == 201
    assert refused.value.faults[-1].message == "and 100 more like these"
