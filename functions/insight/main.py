"""Function `insight`: what runs cost, and what other runs say of one."""

from functools import cache, partial
from typing import TYPE_CHECKING

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.composition.buckets import read_buckets
from common.composition.database import read_database
from common.composition.guard import make_guard
from common.composition.identity import read_identity, read_origins
from common.composition.limits.searches import read_searches
from common.composition.process import environment, now
from common.services.insight.cost.service import CostService
from common.services.insight.efficiency import EfficiencyService
from common.services.insight.failures import FailureService
from common.services.insight.search.service import SearchService
from common.services.postgres.engine import check_ready, make_engine
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.web.routing import answer_all_addresses, serve
from functions.insight.endpoints import InsightEndpoints, OtherRuns

if TYPE_CHECKING:
    from common.services.insight.advice import AdviceService
    from common.services.insight.comparison.service import ComparisonService
    from common.services.pipelines.registry import PipelineRegistry


@cache
def endpoints() -> InsightEndpoints:
    with environment() as env:
        identity, database, buckets = read_identity(env), read_database(env), read_buckets(env)
        searches = read_searches(env)
    engine = make_engine(database)

    @cache
    def registry() -> "PipelineRegistry":
        from common.services.pipelines.registry import PipelineRegistry  # noqa: PLC0415 takes long to load

        return PipelineRegistry.load()

    @cache
    def comparison() -> "ComparisonService":
        from common.services.insight.comparison.service import ComparisonService  # noqa: PLC0415 as above

        return ComparisonService(engine, StorageService(buckets), registry(), CostService(engine))

    @cache
    def advice() -> "AdviceService":
        from common.services.insight.advice import AdviceService  # noqa: PLC0415 as above

        return AdviceService(engine)

    return InsightEndpoints(
        make_guard(identity, engine),
        CostService(engine),
        OtherRuns(
            runs=RunStoreService(engine),
            failures=FailureService(engine),
            comparison=comparison,
            registry=registry,
            efficiency=EfficiencyService(engine),
            advice=advice,
            search=SearchService(engine),
            searches=searches,
            clock=now,
        ),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


@functions_framework.http
def insight(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(insight)
