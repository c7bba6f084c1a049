"""The addresses that judge a run before it is submitted, and write a config for it; nothing is stored.

Their models are imported when they are first asked for: what only reads the registry starts without pydantic.
"""

from collections.abc import Callable
from dataclasses import asdict

from flask import Request, Response

from common.actions.steps.check_inputs import check_inputs
from common.domain.batch.launch_config import ChildJobSettings, launch_config
from common.domain.nextflow.config.rendering import ConfigOptions, Resources
from common.domain.runs.access import Caller
from common.services.pipelines.registry import PipelineRegistry
from common.web.answers import answer_json
from common.web.bodies import json_body
from common.web.callers.identity import HeaderLists
from common.web.describing import Operation

_ANY_RUN = "run-00000000"


class CheckEndpoints:
    """`child_jobs` says where and as whom the tasks of a run are to run."""

    def __init__(
        self, identify: Callable[[HeaderLists], Caller], registry: PipelineRegistry, child_jobs: ChildJobSettings
    ) -> None:
        self._identify, self._registry, self._child_jobs = identify, registry, child_jobs
        self.table = {
            ("POST", "/api/pipelines/<owner>/<name>/validate"): self.validate,
            ("POST", "/api/pipelines/<owner>/<name>/config"): self.config,
        }

    @Operation("validate_inputs", {200: "ValidationResult"}, body="ValidationRequest")
    def validate(self, request: Request, owner: str, name: str) -> Response:
        """Say what is wrong with parameters and samplesheet.

        Nothing is stored and no run is made. A submit judges by the same rules, and looks for the files besides.
        """
        from common.schemas.parsing import parse  # noqa: PLC0415 brings pydantic
        from common.schemas.pipeline_checks import ValidationRequest  # noqa: PLC0415
        from common.schemas.runs import MAX_BODY_BYTES, check_sizes  # noqa: PLC0415

        self._identify(request.headers)
        wanted = parse(ValidationRequest, json_body(request, limit_bytes=MAX_BODY_BYTES))
        check_sizes(wanted)
        checked = check_inputs(
            self._registry,
            self._registry.get_pipeline(f"{owner}/{name}", wanted.pipeline_version),
            params=wanted.params,
            samplesheet=wanted.samplesheet_csv,
            config=wanted.config_content,
        )
        return answer_json(
            {
                "valid": not checked.faults,
                "pipeline_version": checked.version.version,
                "sample_count": checked.sheet.sample_count if checked.sheet else None,
                "row_count": checked.sheet.row_count if checked.sheet else None,
                "errors": list(map(asdict, checked.faults)),
                "warnings": list(map(asdict, checked.warnings)),
            }
        )

    @Operation("render_config", {200: "RenderedConfig"}, body="ConfigRequest")
    def config(self, request: Request, owner: str, name: str) -> Response:
        """Write a nextflow.config for Cloud Batch.

        Beside it, what Sluice sets for every run, as it would be for one with the id run-00000000.
        """
        from common.schemas.parsing import parse  # noqa: PLC0415 brings pydantic
        from common.schemas.pipeline_checks import MAX_CONFIG_REQUEST_BYTES, ConfigRequest  # noqa: PLC0415

        self._identify(request.headers)
        wanted = parse(ConfigRequest, json_body(request, limit_bytes=MAX_CONFIG_REQUEST_BYTES))
        options = ConfigOptions(
            limits=Resources(**wanted.limits.model_dump()),
            processes={process: Resources(**asked.model_dump()) for process, asked in wanted.processes.items()},
            retries=wanted.retries,
            spot=wanted.spot,
            spot_attempts=wanted.spot_attempts,
        )
        text = self._registry.render_config(f"{owner}/{name}", wanted.pipeline_version, options)
        return answer_json({"config": text, "added": launch_config(_ANY_RUN, self._child_jobs)})
