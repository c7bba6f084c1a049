"""A run cannot use files of another user's run, and the message does not reveal whether that run exists."""

from typing import Any

import pytest

from common.domain.runs.access import Caller
from common.errors import ValidationError
from common.schemas.runs import RunCreateRequest, RunRecoverRequest
from tests.support.actions.stage import ADMIN, ANA, BEN, RUN, Stage
from tests.support.runs import NOON, make_run

OTHER = "run-00000002"
PARAMS = {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"}
READS = "gs://{bucket}/runs/{run}/results/fastq/a_R{read}.fastq.gz"


def sheet_of(run_id: str, bucket: str = "sluice-runs") -> str:
    reads = ",".join(READS.format(bucket=bucket, run=run_id, read=read) for read in (1, 2))
    return f"sample,fastq_1,fastq_2\nx,gs://lab/x_R1.fastq.gz,gs://lab/x_R2.fastq.gz\ny,{reads}\n"


def faults_of(stage: Stage, caller: Caller, **changes: Any) -> list[tuple[str, int | None, str | None]]:  # noqa: ANN401
    """Field, row and column of each fault; empty when the run is created."""
    values = {"pipeline": "nf-core/scrnaseq", "samplesheet_csv": sheet_of(RUN), "params": PARAMS}
    stage.numbers = [3]
    try:
        stage.submit.run(RunCreateRequest.model_validate(values | changes), caller)
    except ValidationError as refused:
        return [(fault.field, fault.row, fault.column) for fault in refused.faults]
    return []


@pytest.fixture
def anas_run(stage: Stage) -> Stage:
    """A stage with one run of Ana's."""
    stage.pending()
    return stage


@pytest.mark.parametrize("bucket", ["sluice-runs", "sluice-logs", "sluice-work"])
def test_a_sheet_may_not_name_files_of_another_users_run(anas_run: Stage, bucket: str) -> None:
    faults = faults_of(anas_run, BEN, samplesheet_csv=sheet_of(RUN, bucket))
    assert faults == [("samplesheet_csv", 3, "fastq_1"), ("samplesheet_csv", 3, "fastq_2")]
    assert anas_run.rows("SELECT run_id FROM runs WHERE user_email = 'ben@lab.example'") == []


@pytest.mark.parametrize("caller", [ANA, ADMIN])
def test_owners_and_administrators_may_use_the_results_of_a_run(anas_run: Stage, caller: Caller) -> None:
    assert faults_of(anas_run, caller) == []


def test_an_unknown_run_has_the_same_message_as_another_users_run(anas_run: Stage) -> None:
    def message_for(run_id: str) -> str:
        with pytest.raises(ValidationError) as refused:
            anas_run.submit.run(
                RunCreateRequest(pipeline="nf-core/scrnaseq", samplesheet_csv=sheet_of(run_id), params=PARAMS), BEN
            )
        return refused.value.faults[0].message

    assert message_for(RUN) == message_for(OTHER)


def test_parameters_and_configs_may_not_name_foreign_files(anas_run: Stage) -> None:
    theirs = f"gs://sluice-runs/runs/{RUN}/results/genome.fa"
    sheet = "sample,fastq_1,fastq_2\nx,gs://lab/x_R1.fastq.gz,gs://lab/x_R2.fastq.gz\n"
    config = f"process.cpus = 2\nparams.extra = '{theirs}'\n"
    assert faults_of(
        anas_run, BEN, samplesheet_csv=sheet, params=PARAMS | {"fasta": theirs}, config_content=config
    ) == [
        ("params.fasta", None, None),
        ("config_content", 2, None),
    ]


def test_of_many_foreign_files_only_the_first_are_listed(anas_run: Stage) -> None:
    rows = [sheet_of(f"run-{number:08x}").splitlines()[2].replace("y,", f"y{number},") for number in range(500, 700)]
    assert len(faults_of(anas_run, BEN, samplesheet_csv="\n".join(["sample,fastq_1,fastq_2", *rows]))) == 20


def test_a_recovery_may_not_name_foreign_files(stage: Stage) -> None:
    stage.pending(params=PARAMS)
    assert stage.runs.create_run(make_run(run_id=OTHER, user_email=BEN.email))
    stage.storage.work_dirs.add(RUN)
    stage.runs.request_cancel(RUN, at=NOON)
    stage.runs.cancel_unlaunched(RUN, at=NOON)
    theirs = f"gs://sluice-runs/runs/{OTHER}/results/genome.fa"
    overrides = {"override_params": {"fasta": theirs}, "override_config": f"params.x = '{theirs}'"}
    with pytest.raises(ValidationError) as refused:
        stage.recover.run(RUN, RunRecoverRequest.model_validate(overrides), ANA)
    assert [fault.field for fault in refused.value.faults] == ["override_params.fasta", "override_config"]
