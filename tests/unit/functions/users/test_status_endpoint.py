"""GET /api/status."""

import json
from typing import Any

import pytest
from flask import Request, Response
from sqlalchemy import Engine
from werkzeug.test import EnvironBuilder

from common.domain.health.parts import SystemPart
from common.domain.runs.access import Caller
from common.errors import UnauthenticatedError
from common.services.health.reports import HealthReports
from common.services.health.service import HealthService
from common.services.postgres.engine import DatabaseSettings, make_engine
from common.web.callers.identity import HeaderLists
from common.web.routing import Routes, serve
from functions.users.status_endpoint import StatusEndpoint
from localdev.stack.ports import free_port
from tests.support.runs import NOON


def identify(headers: HeaderLists) -> Caller:
    name = "".join(headers.getlist("X-Name"))
    if not name:
        raise UnauthenticatedError("sign in")
    return Caller(email=f"{name}@lab.example", is_admin=name == "admin")


def ask(engine: Engine, name: str = "ana", path: str = "/api/status", **headers: str) -> Response:
    endpoint = StatusEndpoint(identify=identify, health=HealthService(engine, lambda: NOON))
    routes = Routes(endpoint.table, ready=lambda: None)
    sent = {"X-Name": name} | {key.replace("_", "-"): value for key, value in headers.items()}
    return serve(routes, Request(EnvironBuilder(path, headers=list(sent.items())).get_environ()))


def parts_of(response: Response) -> dict[str, Any]:
    assert response.status_code == 200
    return {part["part"]: part for part in json.loads(response.data)["parts"]}


@pytest.fixture
def engine(emptied_engine: Engine) -> Engine:
    HealthReports(emptied_engine).note(
        {SystemPart.BATCH: "503 from Batch in projects/sluice", SystemPart.TIMER: None}, at=NOON
    )
    return emptied_engine


def test_people_learn_what_is_away_since_when_and_what_that_means(engine: Engine) -> None:
    batch = parts_of(ask(engine))["batch"]
    assert batch == {
        "part": "batch",
        "state": "away",
        "since": "2026-11-23T12:00:00Z",
        "meaning": "Google Cloud Batch does not answer. Runs start and stop late; running tasks go on.",
        "detail": None,
    }


def test_administrators_get_details(engine: Engine) -> None:
    assert parts_of(ask(engine, "admin"))["batch"]["detail"] == "503 from Batch in projects/sluice"
    assert "503" not in ask(engine).get_data(as_text=True)


def test_the_worst_part_is_the_state_of_all(engine: Engine) -> None:
    assert json.loads(ask(engine).data)["state"] == "away"
    HealthReports(engine).note({SystemPart.BATCH: None}, at=NOON)
    assert json.loads(ask(engine).data)["state"] == "well"


def test_it_answers_while_the_database_is_away() -> None:
    url = f"postgresql+pg8000://nobody@127.0.0.1:{free_port()}/nothing"
    away = make_engine(DatabaseSettings(url=url, instance="", user="", name="", pool_size=1))
    assert parts_of(ask(away))["database"]["state"] == "away"


def test_an_unchanged_status_is_304(engine: Engine) -> None:
    tag = ask(engine).headers["ETag"]
    assert ask(engine, If_None_Match=tag).status_code == 304


def test_nobody_who_is_not_signed_in_gets_it(engine: Engine) -> None:
    assert ask(engine, "").status_code == 401


def test_it_takes_no_parameters(engine: Engine) -> None:
    assert ask(engine, path="/api/status?verbose=1").status_code == 422
