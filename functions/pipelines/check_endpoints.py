"""The addresses that check the inputs of a run and write a config for it; nothing is stored.

Models are imported inside the handlers, because the function starts faster without pydantic.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from flask import Request, Response

from common.domain.batch.launch_config import ChildJobSettings, launch_config
from common.domain.nextflow.config.rendering import ConfigOptions, Resources
from common.domain.pipelines.params import fill_values
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.domain.runs.access import Caller
from common.domain.runs.inputs import RunInputs
from common.domain.text.secrets import shown_fault
from common.errors import TooManyRequestsError
from common.services.pipelines.registry import PipelineRegistry
from common.web.answers import answer_json
from common.web.bodies.json_object import json_body
from common.web.callers.identity import HeaderLists
from common.web.callers.limits import UserRate
from common.web.describing import Operation

_EXAMPLE_RUN_ID = "run-00000000"


class CheckEndpoints:
    """Answers the addresses of checks and configs; `child_jobs` has the location and account of tasks."""

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        registry: PipelineRegistry,
        child_jobs: ChildJobSettings,
        checks: UserRate,
    ) -> None:
        self._identify, self._registry, self._child_jobs, self._checks = identify, registry, child_jobs, checks
        self.table = {
            ("POST", "/api/pipelines/<owner>/<name>/validate"): self.validate,
            ("POST", "/api/pipelines/<owner>/<name>/config"): self.config,
        }

    @Operation("validate_inputs", {200: "ValidationResult"}, body="ValidationRequest", errors=(TooManyRequestsError,))
    def validate(self, request: Request, owner: str, name: str) -> Response:
        """Check parameters, samplesheet and config.

        Nothing is stored and no run is created. Submitting a run applies the same rules and also checks that the
        files exist.
        """
        from common.schemas.parsing import parse  # noqa: PLC0415 brings pydantic
        from common.schemas.pipelines.checks import ValidationRequest  # noqa: PLC0415
        from common.schemas.runs import MAX_BODY_BYTES, check_sizes  # noqa: PLC0415

        take = partial(self._checks.take, self._identify(request.headers).email)
        sent = parse(ValidationRequest, json_body(request, limit_bytes=MAX_BODY_BYTES, take=take))
        check_sizes(sent)
        version = self._registry.get_pipeline(f"{owner}/{name}", sent.pipeline_version)
        csv, fill = sent.samplesheet_csv, fill_values(version, sent.params)
        sheet = None if csv is None else read_sample_sheet(csv, version, fill=fill)
        inputs = RunInputs(version=version, params=sent.params, sheet=sheet, config=sent.config_content)
        faults = inputs.faults()
        return answer_json(
            {
                "valid": not faults,
                "pipeline_version": version.version,
                "sample_count": sheet.sample_count if sheet else None,
                "row_count": sheet.row_count if sheet else None,
                "errors": [asdict(shown_fault(fault)) for fault in faults],
                "warnings": [asdict(shown_fault(warning)) for warning in inputs.warnings()],
            }
        )

    @Operation("render_config", {200: "RenderedConfig"}, body="ConfigRequest", errors=(TooManyRequestsError,))
    def config(self, request: Request, owner: str, name: str) -> Response:
        """Write a nextflow.config for Cloud Batch.

        `added` in the answer is what Sluice adds to the config of every run, here with the run id run-00000000.
        """
        from common.schemas.parsing import parse  # noqa: PLC0415 brings pydantic
        from common.schemas.pipelines.checks import MAX_CONFIG_REQUEST_BYTES, ConfigRequest  # noqa: PLC0415

        take = partial(self._checks.take, self._identify(request.headers).email)
        sent = parse(ConfigRequest, json_body(request, limit_bytes=MAX_CONFIG_REQUEST_BYTES, take=take))
        options = ConfigOptions(
            limits=Resources(**sent.limits.model_dump()),
            processes={process: Resources(**resources.model_dump()) for process, resources in sent.processes.items()},
            retries=sent.retries,
            spot=sent.spot,
            spot_attempts=sent.spot_attempts,
        )
        text = self._registry.render_config(f"{owner}/{name}", sent.pipeline_version, options)
        return answer_json({"config": text, "added": launch_config(_EXAMPLE_RUN_ID, self._child_jobs)})
