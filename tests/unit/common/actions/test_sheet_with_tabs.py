"""A pipeline that takes only a .tsv gets one, in a new run and in its recovery."""

from dataclasses import replace

from common.domain.runs.files import SAMPLESHEET, SAMPLESHEET_WITH_TABS
from common.domain.runs.status import RunStatus
from common.schemas.runs import RunCreateRequest, RunRecoverRequest
from common.services.pipelines.registry import PipelineRegistry
from tests.support.actions.stage import ANA, REGISTRY, RUN, Stage
from tests.support.runs import NOON

RECOVERY = "run-00000002"
NAME = "nf-core/scrnaseq"
PARAMS = {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"}
SHEET = "sample\tfastq_1\tfastq_2\nliver\tgs://lab/1.fastq.gz\tgs://lab/2.fastq.gz\n"


def test_a_sheet_with_tabs_keeps_its_name_from_submit_to_recovery(stage: Stage) -> None:
    """The head job passes on the file that is there: samplesheet.tsv, and no samplesheet.csv."""
    with_tabs = replace(REGISTRY.get_pipeline(NAME), sheet_format="tsv")
    registry = PipelineRegistry([replace(REGISTRY.find_pipeline(NAME), versions=(with_tabs,))])
    asked = RunCreateRequest.model_validate({"pipeline": NAME, "samplesheet_csv": SHEET, "params": PARAMS})
    replace(stage.submit, registry=registry).run(asked, ANA)
    stage.storage.work_dirs.add(RUN)
    stage.runs.update_run_status(RUN, RunStatus.SUBMITTED, at=NOON)
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)

    stage.numbers = [2]
    plan = replace(stage.recover.plan, registry=registry)
    replace(stage.recover, plan=plan).run(RUN, RunRecoverRequest(), ANA)

    for run_id in (RUN, RECOVERY):
        assert stage.storage.inputs[run_id, SAMPLESHEET_WITH_TABS].decode() == SHEET
        assert (run_id, SAMPLESHEET) not in stage.storage.inputs
