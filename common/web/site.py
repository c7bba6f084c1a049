"""Which requests a browser may send for its user: those of the service's own pages, and bodies of a declared type.

A signed-in browser adds its user's identity to every request to the service, whichever page made it send the request.
Browsers say which page that was: in Origin (Fetch standard, with each request that is not GET or HEAD) and in
Sec-Fetch-Site (Fetch Metadata Request Headers); no page can change either. A page can send a body of the types that
HTML forms have to any site, and one of any other type only to a site that allows it, which we never do.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol, TypeVar

from common.errors import ForeignSiteError, UnsupportedTypeError
from common.telemetry import telemetry
from common.web.answers import JSON_TYPE

log = telemetry("site")

JSON_ONLY: Final = frozenset({JSON_TYPE})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

# A neighbour below the same domain is "same-site"; its pages are not ours either. "none": the user typed the address.
_OWN_SITE: Final = frozenset({"same-origin", "none"})
_OWN_PAGE: Final = frozenset({"same-origin"})  # for forms, which any page can send
FORM_TYPE: Final = "multipart/form-data"
_ATTRIBUTE: Final = "_body_types"
_HINT: Final = "_body_hint"
_PLAIN_HINT: Final = "send it with that Content-Type"
_SHOWN: Final = 100  # characters of what others wrote

_Handler = TypeVar("_Handler", bound=Callable[..., Any])


class RequestHeaders(Protocol):
    """The headers of a request in any framework; names are case-insensitive."""

    def getlist(self, name: str, /) -> list[str]: ...


def takes(*types: str, hint: str = _PLAIN_HINT) -> Callable[[_Handler], _Handler]:
    """Declares the media types of the bodies that a handler takes, where it is not JSON alone.

    `hint` ends the error for another type: what the sender has to do.
    """

    def declare(handler: _Handler) -> _Handler:
        vars(handler)[_ATTRIBUTE], vars(handler)[_HINT] = frozenset(types), hint
        return handler

    return declare


def require_own_site(method: str, headers: RequestHeaders, origins: Iterable[str]) -> None:
    """Refuse a request that changes something and that a page of another site sent.

    `origins` are the service's own, such as `https://sluice.lab.org`; without them it is the host of the request.
    Requests that name no site pass, because programs send none. Raises ForeignSiteError.
    """
    if method in SAFE_METHODS:
        return
    sites = [site.strip().lower() for site in headers.getlist("Sec-Fetch-Site")]
    sent_by = [origin.strip().lower() for origin in headers.getlist("Origin")]
    own_sites = _OWN_PAGE if any(FORM_TYPE in kind.lower() for kind in headers.getlist("Content-Type")) else _OWN_SITE
    own = frozenset(origins) or _origins_of_host(headers)
    if not own_sites.issuperset(sites) or not own.issuperset(sent_by):
        why = f"Origin {', '.join(sent_by)[:_SHOWN]!r}, Sec-Fetch-Site {', '.join(sites)[:_SHOWN]!r}"
        log.warning("request of another site refused", extra={"action": "foreign_site_refused", "why": why})
        raise ForeignSiteError("a page of another site sent this request; use the service's own pages or a program")


def require_declared_type(method: str, headers: RequestHeaders, handler: Callable[..., Any]) -> None:
    """Refuse a body of a type that `handler` does not take. Raises UnsupportedTypeError."""
    declared: frozenset[str] = getattr(handler, _ATTRIBUTE, JSON_ONLY)
    if method not in SAFE_METHODS and has_other_type(headers, declared):
        wanted = " or ".join(sorted(declared))
        hint = getattr(handler, _HINT, _PLAIN_HINT)
        raise UnsupportedTypeError(f"the body must be {wanted}; {hint}")


def has_other_type(headers: RequestHeaders, declared: frozenset[str]) -> bool:
    """Whether there is a body that has none of the `declared` types; without a body no type is needed."""
    sent = [value.partition(";")[0].strip().lower() for value in headers.getlist("Content-Type")]
    return _has_body(headers) and (len(sent) != 1 or sent[0] not in declared)


def _has_body(headers: RequestHeaders) -> bool:
    lengths = headers.getlist("Content-Length")
    return bool(headers.getlist("Transfer-Encoding")) or any(length.strip() not in {"", "0"} for length in lengths)


def _origins_of_host(headers: RequestHeaders) -> frozenset[str]:
    """Both origins that the host of the request may have: we do not see whether the browser used TLS."""
    hosts = [host.strip().lower() for host in headers.getlist("Host")]
    return frozenset(f"{scheme}://{host}" for host in hosts for scheme in ("http", "https"))
