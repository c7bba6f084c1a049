"""The address that says how Sluice is."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Request, Response

from common.domain.health.parts import overall
from common.domain.runs.access import Caller
from common.schemas.health import PartStatus, ServiceStatus
from common.services.health.service import HealthService
from common.web.answers import with_etag
from common.web.callers.identity import HeaderLists
from common.web.describing import Operation
from common.web.query import no_parameters, read_query
from common.web.routing import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEndpoint:
    """Answers GET /api/status, also while the database is away: `identify` must not need it."""

    identify: Callable[[HeaderLists], Caller]
    health: HealthService

    @property
    def table(self) -> dict[tuple[str, str], Handler]:
        return {("GET", "/api/status"): self.get}

    @Operation("get_status", {200: ServiceStatus}, query=no_parameters, etag=True)
    def get(self, request: Request) -> Response:
        """Get how the parts of Sluice are, since when some are not well, and what that means for you.

        200 also while parts are away. Administrators get details. The answer may be some seconds old.
        """
        caller = self.identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
        parts = self.health.parts()
        shown = [PartStatus.model_validate(part) for part in parts]
        if not caller.is_admin:
            shown = [part.model_copy(update={"detail": None}) for part in shown]
        return with_etag(request, ServiceStatus(state=overall(parts), parts=shown))
