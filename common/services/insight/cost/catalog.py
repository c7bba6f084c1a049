"""BillingCatalog: Google's public list of prices."""

from collections.abc import Iterator
from typing import Any, Final

from common.domain.insight.cost.catalog import COMPUTE_ENGINE
from common.services.google_clients import translate_google_errors

GOOGLE: Final = "https://cloudbilling.googleapis.com"
_PAGE_SIZE: Final = 5000  # the largest
_TIMEOUT_S: Final = 60
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"


class BillingCatalog:
    """The SKUs of Compute Engine. `endpoint` (http://host:port) takes Google's place and needs no credentials."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def skus(self) -> Iterator[dict[str, Any]]:
        """All SKUs as the Cloud Billing API answers them, read page by page; some 40 MB. Raises UnavailableError."""
        from google.api_core.exceptions import from_http_response  # noqa: PLC0415 see google_clients

        after: str | None = None
        with translate_google_errors("Cloud Billing", role="the API cloudbilling.googleapis.com"):
            session = self._session()
            while True:
                answer = session.get(
                    f"{self._endpoint or GOOGLE}/v1/{COMPUTE_ENGINE}/skus",
                    params={"pageSize": _PAGE_SIZE, "currencyCode": "USD", "pageToken": after or ""},
                    timeout=_TIMEOUT_S,
                )
                if not answer.ok:
                    raise from_http_response(answer)
                page = answer.json()
                yield from page.get("skus", ())
                after = page.get("nextPageToken")
                if not after:
                    return

    def _session(self) -> Any:  # noqa: ANN401 a session of requests
        import google.auth  # noqa: PLC0415 see google_clients
        import requests  # noqa: PLC0415
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415

        if self._endpoint:
            return requests.Session()
        credentials, _ = google.auth.default(scopes=[_SCOPE])
        return AuthorizedSession(credentials)
