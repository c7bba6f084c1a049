"""The addresses of pipelines and of the schemas of their releases."""

import json
from collections.abc import Callable, Collection
from typing import Any

from flask import Request, Response

from common.domain.batch.launch_config import ChildJobSettings
from common.domain.pipelines.pipeline import Pipeline, PipelineVersion
from common.domain.runs.access import Caller
from common.services.pipelines.registry import PipelineRegistry
from common.web.answers import with_etag
from common.web.callers.identity import HeaderLists
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.query import Query, no_parameters, read_query
from common.web.routing import Routes
from functions.pipelines import api_docs
from functions.pipelines.check_endpoints import CheckEndpoints


def _version_from(query: Query) -> str | None:
    return query.text("version", longest=20, about="A version of the pipeline; its default version if absent.")


class PipelineEndpoints:
    """Answers from the registry; `identify` finds the caller of a request.

    A pipeline's name contains a slash, so its address has two parts: owner and name.
    """

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        registry: PipelineRegistry,
        child_jobs: ChildJobSettings,
        *,
        checks: UserRate,
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._identify = identify
        self._registry = registry
        self._schemas: dict[tuple[str, str], bytes] = {}
        check_endpoints = CheckEndpoints(identify, registry, child_jobs, checks)
        self.routes = Routes(
            check_endpoints.table
            | {
                ("GET", "/api/pipelines"): self.list_all,
                ("GET", "/api/pipelines/<owner>/<name>"): self.get,
                ("GET", "/api/pipelines/<owner>/<name>/schema"): self.schema,
                ("GET", "/openapi.json"): api_docs.document,
                ("GET", "/docs"): api_docs.page,
                ("GET", "/docs/<asset>"): api_docs.asset,
            },
            project=project,
            origins=origins,
        )

    @Operation("list_pipelines", {200: "PipelineListResponse"}, query=no_parameters, etag=True)
    def list_all(self, request: Request) -> Response:
        """List all pipelines that can be run."""
        self._identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
        pipelines = [_info(pipeline) for pipeline in self._registry.list_pipelines()]
        return with_etag(request, {"pipelines": pipelines, "total": len(pipelines)})

    @Operation("get_pipeline", {200: "PipelineInfo"}, query=no_parameters, etag=True)
    def get(self, request: Request, owner: str, name: str) -> Response:
        """Get a pipeline and its versions."""
        self._identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
        return with_etag(request, _info(self._registry.find_pipeline(f"{owner}/{name}")))

    @Operation("get_pipeline_schema", {200: "PipelineSchema"}, query=_version_from, etag=True)
    def schema(self, request: Request, owner: str, name: str) -> Response:
        """Get the parameters and samplesheet columns of a version of a pipeline."""
        self._identify(request.headers)
        version = read_query(request.args.items(multi=True), _version_from)
        return with_etag(request, self._schema_of(self._registry.get_pipeline(f"{owner}/{name}", version)))

    def _schema_of(self, release: PipelineVersion) -> bytes:
        key = (release.pipeline, release.version)
        if key not in self._schemas:
            self._schemas[key] = json.dumps(release.facts()).encode()
        return self._schemas[key]


def _info(pipeline: Pipeline) -> dict[str, Any]:
    return {
        "name": pipeline.name,
        "display_name": pipeline.display_name,
        "description": pipeline.description,
        "repository": pipeline.repository,
        "default_version": pipeline.default_version,
        "versions": [release.version for release in pipeline.versions],
    }
