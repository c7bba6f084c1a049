"""The addresses of runs: submit, list, read, cancel; and those of their files and recovery."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from flask import Request, Response

from common.domain.runs.access import Caller, require_owner
from common.domain.runs.status import RunStatus
from common.errors import AuthorizationError, ConflictError, TooManyRequestsError
from common.schemas.parsing import parse
from common.schemas.runs import MAX_BODY_BYTES, RunCreateRequest, RunListResponse, RunResponse, check_sizes
from common.services.runs.listing import RunFilter
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.web.answers import answer_json, with_etag
from common.web.bodies import json_body
from common.web.callers.identity import HeaderLists
from common.web.describing import Operation
from common.web.idempotency import IdempotencyGuard
from common.web.query import Query, read_query
from common.web.routing import Handler, Routes
from functions.runs.file_endpoints import FileEndpoints
from functions.runs.recover_endpoint import RecoverEndpoint
from functions.runs.run_actions import RunActions

DEEPEST_ROW = 10_000


class _WantedRuns(NamedTuple):
    """What a query asks for; whose runs `runs` are about is said by the others."""

    runs: RunFilter
    everyones: bool
    somebodys: str | None


def _wanted_runs(query: Query) -> _WantedRuns:
    page = query.integer("page", 1, low=1, high=DEEPEST_ROW, about="Which page, when no cursor is given.")
    page_size = query.integer("page_size", 25, low=1, high=100, about="How many runs make a page.")
    if page * page_size > DEEPEST_ROW:
        query.refuse("page", f"reaches beyond row {DEEPEST_ROW}; go on with cursor instead")
    anywhere = "Only runs that hold this text in their id, pipeline or source_project, in any case."
    runs = RunFilter(
        owner=None,
        status=query.choice("status", RunStatus, None, about="Only runs in this state."),
        pipeline=query.text("pipeline", longest=100, about="Only runs of this pipeline."),
        search=query.text("search", longest=200, about=anywhere),
        created_after=query.moment("created_after", about="Only runs made after this time."),
        created_before=query.moment("created_before", about="Only runs made before this time."),
        source_ngs_run=query.text("source_ngs_run", longest=200, about="Only runs on data of this sequencer run."),
        page=page,
        page_size=page_size,
        cursor=query.text("cursor", longest=200, about="The next_cursor of a page, for the page that follows it."),
    )
    everyones = query.flag("all", about="Everybody's runs, for administrators.")
    return _WantedRuns(runs, everyones, query.text("user_email", longest=255, about="This user's, for administrators."))


class RunEndpoints:
    """`identify` turns the headers of a request into its caller; `once` answers a repeated one as the first time."""

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        runs: RunStoreService,
        storage: StorageService,
        *,
        actions: RunActions,
        once: IdempotencyGuard,
        ready: Callable[[], None],
        project: str | None = None,
    ) -> None:
        self._identify = identify
        self._runs = runs
        self._actions = actions
        self._once = once
        own: dict[tuple[str, str], Handler] = {
            ("GET", "/api/runs"): self.list_runs,
            ("POST", "/api/runs"): self.submit,
            ("GET", "/api/runs/<run_id>"): self.get,
            ("DELETE", "/api/runs/<run_id>"): self.cancel,
        }
        files, recovery = FileEndpoints(identify, runs, storage), RecoverEndpoint(identify, runs, actions, once)
        self.routes = Routes(own | files.table | recovery.table, ready=ready, project=project)

    @Operation("list_runs", {200: RunListResponse}, query=_wanted_runs, etag=True)
    def list_runs(self, request: Request) -> Response:
        """One's own runs, newest first; anybody's for an administrator who asks for them."""
        caller = self._identify(request.headers)
        wanted = _filter_of(read_query(request.args.items(multi=True), _wanted_runs), caller)
        page = self._runs.list_runs(wanted)
        answer = RunListResponse(
            runs=[RunResponse.model_validate(run) for run in page.runs],
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if wanted.cursor else wanted.page,
            page_size=wanted.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, answer.model_dump_json().encode())

    @Operation(
        "create_run",
        {201: RunResponse},
        body=RunCreateRequest,
        keyed=True,
        errors=(ConflictError, TooManyRequestsError),
    )
    def submit(self, request: Request) -> Response:
        """Start a run.

        Answers the pending run, once its pipeline, parameters and samplesheet are known to be right.
        """
        caller, body = self._identify(request.headers), json_body(request, limit_bytes=MAX_BODY_BYTES)
        wanted = parse(RunCreateRequest, body)
        check_sizes(wanted)

        def work(creation_key: str | None) -> Response:
            return _created(
                RunResponse.model_validate(self._actions.submit.run(wanted, caller, creation_key=creation_key))
            )

        return self._once.answer(request, caller, body, work)

    @Operation("get_run", {200: RunResponse}, etag=True)
    def get(self, request: Request, run_id: str) -> Response:
        """One run."""
        caller = self._identify(request.headers)
        run = self._runs.get_run(run_id)
        require_owner(caller, owner=run.user_email, thing=f"run {run_id}")
        return with_etag(request, RunResponse.model_validate(run).model_dump_json().encode())

    @Operation("cancel_run", {200: RunResponse, 202: RunResponse}, errors=(ConflictError,))
    def cancel(self, request: Request, run_id: str) -> Response:
        """Cancel a run.

        200 with the cancelled run, or 202 with the run that is being cancelled; a run that has ended by itself stays
        as it is.
        """
        caller = self._identify(request.headers)
        run = self._actions.cancel.run(run_id, caller)
        status = 200 if run.status == RunStatus.CANCELLED else 202
        return answer_json(RunResponse.model_validate(run).model_dump_json().encode(), status)


def _created(run: RunResponse) -> Response:
    return answer_json(run.model_dump_json().encode(), 201, {"Location": f"/api/runs/{run.run_id}"})


def _filter_of(wanted: _WantedRuns, caller: Caller) -> RunFilter:
    """The filter that a caller may use. Raises AuthorizationError for others' runs."""
    own = None if wanted.everyones else caller.email
    owner = wanted.somebodys.lower() if wanted.somebodys else own
    if owner != caller.email and not caller.is_admin:
        raise AuthorizationError("only administrators may list other people's runs")
    return replace(wanted.runs, owner=owner)
