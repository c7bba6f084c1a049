from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from common.errors import RoleMissingError, UnavailableError
from common.services.insight.cost.catalog import BillingCatalog
from localdev.stand_ins.http.messages import Json, Request, ServiceError
from localdev.stand_ins.http.rest_service import RestService
from tests.unit.common.domain.insight.cost.skus import N1

PATH = "/v1/services/6F81-5844-456A/skus"


class TwoPages:
    """The catalog in two pages; `refusal` is the status of every answer, if any."""

    def __init__(self, refusal: int = 0) -> None:
        self.refusal, self.asked = refusal, list[str]()

    def __call__(self, request: Request) -> Json:
        if self.refusal:
            raise ServiceError(self.refusal, "no")
        self.asked.append(request.args.get("currencyCode", ""))
        if request.args.get("pageToken") == "next":
            return {"skus": N1[2:]}
        return {"skus": N1[:2], "nextPageToken": "next"}


@contextmanager
def served(pages: TwoPages) -> Iterator[BillingCatalog]:
    service = RestService(0, [("GET", PATH, pages)])
    service.start()
    yield BillingCatalog(f"http://127.0.0.1:{service.port}")
    service.stop()


def test_all_pages_are_read_in_dollars() -> None:
    pages = TwoPages()
    with served(pages) as catalog:
        assert list(catalog.skus()) == N1
    assert pages.asked == ["USD", "USD"]


@pytest.mark.parametrize(
    ("status", "error"), [(503, UnavailableError), (429, UnavailableError), (403, RoleMissingError)]
)
def test_a_refusal_says_whether_a_retry_can_help(status: int, error: type[Exception]) -> None:
    with served(TwoPages(status)) as catalog, pytest.raises(error):
        list(catalog.skus())
