"""The function `runs` on a real database, with fakes of the cloud services."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from common.actions.update_run import UpdateRun
from common.domain.runs.access import Caller
from common.errors import UnauthenticatedError
from common.services.postgres.idempotency import IdempotencyStore
from common.services.runs.details import RunDetails
from common.services.runs.reuse_forecast import ReuseForecast
from common.web.callers.identity import HeaderLists
from common.web.guard import RunGuard
from common.web.idempotency import IdempotencyGuard
from common.web.routing import serve
from functions.runs.actions import RunActions
from functions.runs.endpoints import RequestRules, RunEndpoints
from tests.support.actions.stage import ADMIN, Stage
from tests.support.limits import rate
from tests.support.runs import OWNER


class Ask(Protocol):
    """Sends one request as `caller`, an address or None for no identity."""

    def __call__(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        caller: str | None = OWNER,
    ) -> Response: ...


@pytest.fixture
def endpoints(stage: Stage) -> RunEndpoints:
    actions = RunActions(
        submit=stage.submit,
        cancel=stage.request_cancel,
        recover=stage.recover,
        update=UpdateRun(details=RunDetails(stage.engine), domain="lab.example", clock=stage.clock),
        forecast=ReuseForecast(stage.engine),
    )
    idempotency = IdempotencyGuard(IdempotencyStore(stage.engine), clock=stage.clock)
    guard = RunGuard(_identify, stage.runs)
    return RunEndpoints(
        guard,
        stage.runs,
        stage.storage,
        actions=lambda: actions,
        rules=RequestRules(idempotency=idempotency, searches=rate(), checks=rate()),
        ready=lambda: None,
    )


@pytest.fixture
def ask(endpoints: RunEndpoints) -> Ask:
    def send(
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        caller: str | None = OWNER,
    ) -> Response:
        known = {"Content-Type": "application/json"} | ({"x-caller": caller} if caller else {})
        data = None if body is None else json.dumps(body).encode()
        sent = EnvironBuilder(path, method=method, headers=[*known.items(), *(headers or {}).items()], data=data)
        return serve(endpoints.routes, Request(sent.get_environ()))

    return send


def _identify(headers: HeaderLists) -> Caller:
    named = headers.getlist("x-caller")
    if not named:
        raise UnauthenticatedError("not signed in")
    return Caller(email=named[0], is_admin=named[0] == ADMIN.email)
