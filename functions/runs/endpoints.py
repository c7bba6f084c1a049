"""The addresses of runs: submit, list, read, cancel; and, in modules of their own, files and recovery."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from flask import Request, Response

from common.domain.runs.access import Caller
from common.domain.runs.status import RunStatus
from common.errors import ConflictError, TooManyRequestsError
from common.schemas.errors import fault_infos
from common.schemas.paging import item_json, page_json
from common.schemas.parsing import parse
from common.schemas.runs import (
    MAX_UPDATE_BODY_BYTES,
    CostOfRun,
    RunCreateRequest,
    RunListResponse,
    RunResponse,
    RunUpdateRequest,
    check_sizes,
)
from common.services.runs.details import RunView
from common.services.runs.listing import RunFilter
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.web.answers import JSON_TYPE, answer_json, with_etag
from common.web.bodies.json_object import json_body
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard, owner_for
from common.web.idempotency import IdempotencyGuard
from common.web.query import Query, no_parameters, read_query
from common.web.routing import Handler, Routes
from common.web.site import FORM_TYPE, takes
from functions.runs.file_endpoints import FileEndpoints
from functions.runs.history_endpoint import HistoryEndpoint
from functions.runs.recover_endpoint import RecoverEndpoint
from functions.runs.submission import HOW_TO_SEND, PARTS, submission_in

if TYPE_CHECKING:
    from functions.runs.actions import RunActions

DEEPEST_ROW = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRules:
    """A repeated POST takes effect once; a user may search, and have inputs checked, so many times a minute."""

    idempotency: IdempotencyGuard
    searches: UserRate
    checks: UserRate


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunQuery:
    """A query string of the list of runs; `all_users` and `user_email` say whose runs are meant."""

    filter: RunFilter
    all_users: bool
    user_email: str | None


def _run_query_from(query: Query) -> _RunQuery:
    page = query.integer("page", 1, low=1, high=DEEPEST_ROW, about="The number of the page; ignored with a cursor.")
    page_size = query.integer("page_size", 25, low=1, high=100, about="The number of runs per page.")
    if page * page_size > DEEPEST_ROW:
        query.refuse("page", f"goes beyond run {DEEPEST_ROW:,}; use cursor instead")
    about_search = (
        "Only runs with this text in their id, name, note, labels, pipeline, source_project or the name of a sample, "
        "ignoring case."
    )
    selected = RunFilter(
        owner=None,
        shared=query.flag("shared", about="The runs that others share with you, in place of your own."),
        starred=query.flag("starred", about="Only runs that you have starred."),
        label=query.text("label", longest=50, about="Only runs with this label."),
        status=query.choice("status", RunStatus, None, about="Only runs with this status."),
        pipeline=query.text("pipeline", longest=100, about="Only runs of this pipeline."),
        search=query.text("search", longest=200, about=about_search),
        created_after=query.moment("created_after", about="Only runs created after this time."),
        created_before=query.moment("created_before", about="Only runs created before this time."),
        source_ngs_run=query.text("source_ngs_run", longest=200, about="Only runs that use data of this NGS run."),
        page=page,
        page_size=page_size,
        cursor=query.text("cursor", longest=200, about="The next_cursor of the previous page."),
    )
    all_users = query.flag("all", about="The runs of all users; administrators only.")
    user_email = query.text("user_email", longest=255, about="The runs of this user; administrators only.")
    if selected.shared and (all_users or user_email):
        query.refuse("shared", "cannot be combined with all or user_email")
    return _RunQuery(filter=selected, all_users=all_users, user_email=user_email)


class RunEndpoints:
    """Answers the addresses of runs."""

    def __init__(
        self,
        guard: RunGuard,
        runs: RunStoreService,
        storage: StorageService,
        *,
        actions: Callable[[], "RunActions"],
        rules: RequestRules,
        ready: Callable[[], None],
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._guard = guard
        self._runs = runs
        self._actions = actions
        self._idempotency = rules.idempotency
        self._rules = rules
        own: dict[tuple[str, str], Handler] = {
            ("GET", "/api/runs"): self.list_runs,
            ("POST", "/api/runs"): self.submit,
            ("GET", "/api/runs/<run_id>"): self.get,
            ("PATCH", "/api/runs/<run_id>"): self.update,
            ("DELETE", "/api/runs/<run_id>"): self.cancel,
        }
        files = FileEndpoints(guard, storage, rules.searches)
        recovery = RecoverEndpoint(guard, actions, rules.idempotency, rules.checks)
        table = own | files.table | recovery.table | HistoryEndpoint(guard, runs).table
        self.routes = Routes(table, ready=ready, project=project, origins=origins)

    @Operation("list_runs", {200: RunListResponse}, query=_run_query_from, errors=(TooManyRequestsError,), etag=True)
    def list_runs(self, request: Request) -> Response:
        """List runs, newest first: your own, those shared with you, or those of other users for administrators."""
        caller = self._guard.identify(request.headers)
        selected = _filter_for(caller, read_query(request.args.items(multi=True), _run_query_from))
        if selected.search:
            self._rules.searches.take(caller.email)
        page = self._runs.list_runs(selected)
        answer = RunListResponse(
            runs=[],
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if selected.cursor else selected.page,
            page_size=selected.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, page_json(answer, "runs", page.lines, RunResponse))

    @takes(JSON_TYPE, FORM_TYPE, hint=HOW_TO_SEND)
    @Operation(
        "create_run",
        {201: RunResponse},
        body=RunCreateRequest,
        form=PARTS,
        keyed=True,
        errors=(ConflictError, TooManyRequestsError),
    )
    def submit(self, request: Request) -> Response:
        """Submit a run.

        Checks pipeline, parameters, samplesheet and config, then answers with the pending run. Files from disk are sent
        as the parts of a form: `-F request=@run.json -F samplesheet=@my.csv`.
        """
        caller = self._guard.identify(request.headers)
        body = submission_in(request, take=partial(self._rules.checks.take, caller.email))
        submission = parse(RunCreateRequest, body)
        check_sizes(submission)

        def create(creation_key: str | None) -> Response:
            # before the run is stored: afterwards no error may be answered
            warnings = fault_infos(self._actions().warnings_in(submission.config_content, field="config_content"))
            submitted = self._actions().submit.run(submission, caller, creation_key=creation_key)
            run = RunResponse.model_validate(submitted)
            run.warnings = warnings
            return answer_json(run, 201, {"Location": f"/api/runs/{run.run_id}"})

        return self._idempotency.answer_once(request, caller, body, create)

    @Operation("get_run", {200: RunResponse}, etag=True)
    def get(self, request: Request, run_id: str) -> Response:
        """Get a run."""
        run = self._guard.requested_run(request.headers, run_id)
        return with_etag(request, item_json(run, RunResponse))

    @Operation("update_run", {200: RunResponse}, query=no_parameters, body=RunUpdateRequest)
    def update(self, request: Request, run_id: str) -> Response:
        """Change the name, note, labels and readers of a run, or your star.

        Owners and administrators may change all of these; those with whom the run is shared may star it. If any field
        is invalid, nothing is changed.
        """
        caller = self._guard.permitted_caller(request.headers, run_id)
        read_query(request.args.items(multi=True), no_parameters)
        changes = parse(RunUpdateRequest, json_body(request, limit_bytes=MAX_UPDATE_BODY_BYTES))
        return answer_json(_shown(self._actions().update.run(run_id, changes, caller)))

    @Operation("cancel_run", {200: RunResponse, 202: RunResponse}, errors=(ConflictError,))
    def cancel(self, request: Request, run_id: str) -> Response:
        """Cancel a run.

        Answers 200 with the cancelled run, 202 with a run that is being cancelled, or 409 if the run has completed or
        failed.
        """
        caller = self._guard.identify(request.headers)
        run = self._actions().cancel.run(run_id, caller)
        status = 200 if run.status == RunStatus.CANCELLED else 202
        return answer_json(_shown(self._actions().update.details.view(run_id, viewer=caller)), status)


def _shown(view: RunView) -> RunResponse:
    run = RunResponse.model_validate(view.run)
    run.starred, run.recovery_run_id = view.starred, view.recovery_run_id
    run.cost = CostOfRun.model_validate(view.cost) if view.cost else None
    return run


def _filter_for(caller: Caller, query: _RunQuery) -> RunFilter:
    """The filter for a caller's query. Raises AuthorizationError for other people's runs."""
    mine = replace(query.filter, viewer=caller)
    if mine.shared:
        return mine
    owner = owner_for(caller, everybody=query.all_users, user_email=query.user_email, things="runs")
    return replace(mine, owner=owner)
