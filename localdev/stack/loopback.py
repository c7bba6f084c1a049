"""Which requests a listener of the stack answers: those that a program of this machine or the stack's pages send.

Any page that a browser on this machine shows can reach the loopback ports. Its name can even resolve to 127.0.0.1 (DNS
rebinding), but then the browser sends that name as Host. A page of another site shows in Origin and Sec-Fetch-Site.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final

_LOOPBACK: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")
_READING: Final = frozenset({"GET", "HEAD"})

ValuesOf = Callable[[str], Sequence[str]]


def why_refused(method: str, values_of: ValuesOf, origins: Collection[str] = ()) -> str | None:
    """The reason to refuse a request; None to answer it.

    `values_of` returns all values of a header. Pages of the listener itself and of `origins` may send requests; those
    of other sites may only be left by a link.
    """
    hosts = [host.lower() for host in values_of("Host")]
    if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
        return "the Host must be 127.0.0.1 or localhost; open the address that the stack printed at its start"
    own = {f"http://{hosts[0]}", *origins}
    if any(origin.lower() not in own for origin in values_of("Origin")):
        return "the Origin is another site; the stack answers its own pages and programs of this machine only"
    if not all(_may_send(site.lower(), method, values_of) for site in values_of("Sec-Fetch-Site")):
        return "a page of another site sent the request; the stack answers its own pages only"
    return None


def _may_send(site: str, method: str, values_of: ValuesOf) -> bool:
    if site in {"same-origin", "none"}:
        return True
    if site == "same-site":  # another port of this machine, such as our page that shows an object by its signed URL
        return method in _READING or bool(values_of("Origin"))
    return site == "cross-site" and method == "GET" and _follows_a_link(values_of)


def _follows_a_link(values_of: ValuesOf) -> bool:
    return list(values_of("Sec-Fetch-Mode")) == ["navigate"] and list(values_of("Sec-Fetch-Dest")) == ["document"]
