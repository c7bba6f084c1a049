"""The address at which a failed or cancelled run is taken up again."""

from collections.abc import Callable

from flask import Request, Response

from common.domain.runs.access import Caller, require_owner
from common.domain.runs.recovery import REUSABLE
from common.errors import ConflictError, TooManyRequestsError
from common.schemas.parsing import parse
from common.schemas.runs import (
    MAX_RECOVER_BODY_BYTES,
    PlannedTask,
    RecoveryPlan,
    RunRecoverRequest,
    RunRecoverResponse,
    check_sizes,
)
from common.services.runs.store import RunStoreService
from common.web.answers import answer_json
from common.web.bodies import json_body
from common.web.callers.identity import HeaderLists
from common.web.describing import Operation
from common.web.idempotency import IdempotencyGuard, key_in
from common.web.query import Query, read_query
from common.web.routing import Handler
from functions.runs.run_actions import RunActions


def _wants_plan(query: Query) -> bool:
    return query.flag("plan", about="Only tell what is expected to be reused; nothing changes.")


class RecoverEndpoint:
    """`identify` turns the headers of a request into its caller; `once` answers a repeated one as the first time."""

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        runs: RunStoreService,
        actions: RunActions,
        once: IdempotencyGuard,
    ) -> None:
        self._identify = identify
        self._runs = runs
        self._actions = actions
        self._once = once
        self.table: dict[tuple[str, str], Handler] = {("POST", "/api/runs/<run_id>/recover"): self.recover}

    @Operation(
        "recover_run",
        {200: RecoveryPlan, 201: RunRecoverResponse},
        query=_wants_plan,
        body=RunRecoverRequest,
        keyed=True,
        errors=(ConflictError, TooManyRequestsError),
    )
    def recover(self, request: Request, run_id: str) -> Response:
        """Take a failed or cancelled run up again.

        201 with the new run, which is the caller's. With `plan=true` 200 with what it is expected to reuse; then
        nothing changes, and a valid Idempotency-Key means nothing.
        """
        caller = self._identify(request.headers)
        require_owner(caller, owner=self._runs.get_run(run_id).user_email, thing=f"run {run_id}")
        only_plan = read_query(request.args.items(multi=True), _wants_plan)
        body = json_body(request, limit_bytes=MAX_RECOVER_BODY_BYTES, may_be_absent=True)
        wanted = parse(RunRecoverRequest, body)
        check_sizes(wanted)
        if only_plan:
            key_in(request)  # it means nothing, but a client that sends a malformed one is wrong in any case
            return answer_json(self._plan(run_id, wanted, caller).model_dump_json().encode())
        return self._once.answer(request, caller, body, lambda key: self._recover(run_id, wanted, caller, key))

    def _recover(self, run_id: str, wanted: RunRecoverRequest, caller: Caller, creation_key: str | None) -> Response:
        recovered = self._actions.recover.run(run_id, wanted, caller, creation_key=creation_key)
        answer = RunRecoverResponse.model_validate(recovered.run)
        answer.work_dir_expires_at = recovered.work_dir_expires_at
        location = {"Location": f"/api/runs/{answer.run_id}"}
        return answer_json(answer.model_dump_json().encode(), 201, location)

    def _plan(self, run_id: str, wanted: RunRecoverRequest, caller: Caller) -> RecoveryPlan:
        recovery = self._actions.recover.plan.run(run_id, wanted, caller)
        work_dir = recovery.work_dir
        forecast = self._actions.forecast.of(run_id, reusable=REUSABLE if work_dir else frozenset())
        return RecoveryPlan(
            parent_run_id=run_id,
            params=dict(recovery.params),
            reused_work_dir=work_dir.uri if work_dir else None,
            work_dir_expires_at=work_dir.expires_at if work_dir else None,
            reused_count=forecast.reused_count,
            run_again_count=forecast.run_again_count,
            tasks=[PlannedTask.model_validate(task) for task in forecast.tasks],
        )
