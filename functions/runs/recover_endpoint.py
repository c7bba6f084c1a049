"""The address that recovers a failed or cancelled run."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from flask import Request, Response

from common.domain.runs.access import Caller
from common.domain.runs.recovery import REUSABLE
from common.errors import ConflictError, TooManyRequestsError
from common.schemas.errors import FaultInfo, fault_infos
from common.schemas.parsing import parse
from common.schemas.runs import (
    MAX_RECOVER_BODY_BYTES,
    PlannedTask,
    RecoveryPlan,
    RunRecoverRequest,
    RunRecoverResponse,
    check_sizes,
)
from common.web.answers import answer_json
from common.web.bodies.json_object import json_body
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.idempotency import IdempotencyGuard, key_in
from common.web.query import Query, read_query
from common.web.routing import Handler

if TYPE_CHECKING:
    from functions.runs.actions import RunActions


def _only_plan(query: Query) -> bool:
    return query.flag("plan", about="Only estimate what can be reused; change nothing.")


class RecoverEndpoint:
    """Answers POST /api/runs/{run_id}/recover."""

    def __init__(
        self,
        guard: RunGuard,
        actions: Callable[[], "RunActions"],
        idempotency: IdempotencyGuard,
        checks: UserRate,
    ) -> None:
        self._guard = guard
        self._actions = actions
        self._idempotency = idempotency
        self._checks = checks
        self.table: dict[tuple[str, str], Handler] = {("POST", "/api/runs/<run_id>/recover"): self.recover}

    @Operation(
        "recover_run",
        {200: RecoveryPlan, 201: RunRecoverResponse},
        query=_only_plan,
        body=RunRecoverRequest,
        keyed=True,
        errors=(ConflictError, TooManyRequestsError),
    )
    def recover(self, request: Request, run_id: str) -> Response:
        """Recover a failed or cancelled run.

        Answers 201 with a new run, which belongs to the caller and reuses finished tasks. With `plan=true` it changes
        nothing and answers 200 with what can be reused; an Idempotency-Key is then ignored.
        """
        caller = self._guard.identify(request.headers)
        self._guard.require_owner(caller, run_id)
        only_plan = read_query(request.args.items(multi=True), _only_plan)
        take = partial(self._checks.take, caller.email)
        body = json_body(request, limit_bytes=MAX_RECOVER_BODY_BYTES, may_be_absent=True, take=take)
        recovery = parse(RunRecoverRequest, body)
        check_sizes(recovery)
        if only_plan:
            key_in(request)  # the key is not used, but a malformed one is refused
            return answer_json(self._plan(run_id, recovery, caller))

        def create(creation_key: str | None) -> Response:
            return self._create(run_id, recovery, caller, creation_key)

        return self._idempotency.answer_once(request, caller, body, create)

    def _create(self, run_id: str, recovery: RunRecoverRequest, caller: Caller, creation_key: str | None) -> Response:
        warnings = self._warnings_for(recovery)  # before the run is stored: afterwards no error may be answered
        recovered = self._actions().recover.run(run_id, recovery, caller, creation_key=creation_key)
        answer = RunRecoverResponse.model_validate(recovered)
        answer.warnings = warnings
        return answer_json(answer, 201, {"Location": f"/api/runs/{answer.run_id}"})

    def _plan(self, run_id: str, recovery: RunRecoverRequest, caller: Caller) -> RecoveryPlan:
        planned = self._actions().recover.plan.run(run_id, recovery, caller)
        work_dir = planned.work_dir
        forecast = self._actions().forecast.of(run_id, reusable=REUSABLE if work_dir else frozenset())
        return RecoveryPlan(
            parent_run_id=run_id,
            params=dict(planned.params),
            reused_work_dir=work_dir.uri if work_dir else None,
            work_dir_expires_at=work_dir.expires_at if work_dir else None,
            reused_count=forecast.reused_count,
            run_again_count=forecast.run_again_count,
            tasks=[PlannedTask.model_validate(task) for task in forecast.tasks],
            warnings=self._warnings_for(recovery),
        )

    def _warnings_for(self, recovery: RunRecoverRequest) -> list[FaultInfo]:
        return fault_infos(self._actions().warnings_in(recovery.override_config, field="override_config"))
