"""The base of all stand-ins: a table of routes served over HTTP, with Google's error envelope.

The stock clients reach it with `transport="rest"` and `api_endpoint="http://127.0.0.1:PORT"`.
"""

import hmac
import logging
import signal
import threading
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from types import FrameType
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.wrappers import Response

from common.web.site import JSON_ONLY, SAFE_METHODS, has_other_type
from localdev.iam.access import Accounts, Acting, acting
from localdev.stack.layout import HOST
from localdev.stack.loopback import why_refused
from localdev.stack.secret import Login
from localdev.stand_ins.http.field_mask import masked
from localdev.stand_ins.http.messages import Json, Request, ServiceError, json_response
from localdev.stand_ins.http.request_body import IncompleteBodyError
from localdev.stand_ins.http.server import HttpServer

# takes the request and the values that the rule names, by name; a Json is sent with status 200
Handler = Callable[..., Json | Response]
# (methods joined by "|", werkzeug rule, handler); rules are matched with the path as it was sent, values are decoded
Route = tuple[str, str, Handler]
# the error for an HTTP status and a message, in the envelope of the service
MakeError = Callable[[int, str], ServiceError]


class _Segment(BaseConverter):
    """`<name>`: one segment of the path."""

    def to_python(self, value: str) -> str:
        return unquote(value)


class _Rest(_Segment):
    """`<rest:name>`: all that is left of the path."""

    regex = ".+"
    part_isolating = False


class _Resource(_Segment):
    """`<resource("projects/*/locations/*"):name>`: a resource name of several segments, as Google's APIs use."""

    part_isolating = False

    def __init__(self, url_map: Map, pattern: str) -> None:
        super().__init__(url_map)
        self.regex = pattern.replace("*", "[^/:]+")


class _Pattern(_Segment):
    """`<pattern("[a-z]+"):name>`: one segment that matches a regular expression without groups."""

    def __init__(self, url_map: Map, pattern: str) -> None:
        super().__init__(url_map)
        self.regex = pattern


class Router:
    """Finds the handler of a request and turns what it returns or raises into a response."""

    def __init__(self, routes: Iterable[Route], make_error: MakeError = ServiceError) -> None:
        table = tuple(routes)
        self._handlers = [handler for _, _, handler in table]
        url_map = _map_of(tuple((methods, rule) for methods, rule, _ in table))
        self._match = lru_cache(maxsize=1024)(url_map.bind("").match)  # else a sixth of the cost of a small request
        self._make_error = make_error

    def respond(self, request: Request) -> Response:
        """The response to `request`, which may be an error."""
        try:
            return self._dispatch(request)
        except ServiceError as error:
            return error.response()
        except (NotFound, MethodNotAllowed):
            return self._error(404, f"no address {request.method} {request.path} in this stand-in")
        except HTTPException as error:
            return self._error(error.code or 500, error.description or "")
        except IncompleteBodyError:
            raise
        except Exception:  # a fault of the stand-in must look like the real service's 500
            logging.getLogger("localdev").exception("%s %s", request.method, request.path)
            return self._error(500, "internal error of the stand-in")

    def _dispatch(self, request: Request) -> Response:
        number, values = self._match(request.path, request.method)
        result: Json | Response = self._handlers[number](request, **values)
        if isinstance(result, Response):
            return result
        return json_response(masked(result, request.headers.get("x-goog-fieldmask", "")))

    def _error(self, code: int, message: str) -> Response:
        return self._make_error(code, message).response()


@cache
def _map_of(rules: tuple[tuple[str, str], ...]) -> Map:
    """Finds the number of a rule. Cached, because tests start the same services again and again."""
    numbered = [Rule(rule, methods=methods.split("|"), endpoint=n) for n, (methods, rule) in enumerate(rules)]
    converters = {"default": _Segment, "rest": _Rest, "resource": _Resource, "pattern": _Pattern}
    return Map(numbered, converters=converters, merge_slashes=False, redirect_defaults=False)


class RestService:
    """Serves a table of routes on 127.0.0.1; `GET /` answers {"ok": true} for the supervisor.

    Pages of `origins` may send requests, those of other sites not.
    A stand-in that opens files or starts threads overrides `opened` and `closed`, never `respond`.
    """

    def __init__(
        self,
        port: int,
        routes: Iterable[Route] = (),
        make_error: MakeError = ServiceError,
        *,
        origins: Iterable[str] = (),
    ) -> None:
        self._server = HttpServer(port, self.respond)
        self._make_error, self.origins = make_error, frozenset(origins)
        self._login: Login | None = None
        self._accounts: Accounts | None = None
        self.serve(routes)

    def serve(self, routes: Iterable[Route]) -> None:
        """Replace the table of routes, for services that need their port to make it."""
        self._router = Router([("GET", "/", _healthy), *routes], self._make_error)

    def require_login(self, login: Login, accounts: Accounts | None = None) -> None:
        """Answer only those who send `login` (HTTP Basic), who may do everything, or that of one of `accounts`."""
        self._login, self._accounts = login, accounts

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def respond(self, request: Request) -> Response:
        """The response to any request of any stand-in; rules for all of them belong here."""
        refused = why_refused(request.method, request.headers.getlist, self.origins)
        if refused:
            return self._make_error(403, refused).response()
        who = None
        if not self.is_public(request) and not self._knows_login(request):
            who = self._account_of(request)
            if who is None:
                return self._make_error(401, "the secret of the stack is missing or wrong (HTTP Basic)").response()
        declared = self.body_types(request)
        if declared and request.method not in SAFE_METHODS and has_other_type(request.headers, declared):
            return self._make_error(415, f"a body of this type is not taken here: {request.mimetype!r}").response()
        with acting(who):
            return self.handle(request)

    def is_public(self, _request: Request) -> bool:
        """Whether a request needs no login, as one that is signed or asks for public keys."""
        return False

    def body_types(self, _request: Request) -> frozenset[str] | None:
        """The media types of the bodies that the address of a request takes; None for all."""
        return JSON_ONLY

    def _knows_login(self, request: Request) -> bool:
        if self._login is None:
            return True
        sent = request.authorization
        given = f"{sent.username}:{sent.password}" if sent and sent.type == "basic" else ""
        return hmac.compare_digest(given.encode(), ":".join(self._login).encode())

    def _account_of(self, request: Request) -> Acting | None:
        """The service account whose login was sent."""
        sent = request.authorization
        if self._accounts is None or sent is None or sent.type != "basic":
            return None
        name, password = sent.username or "", sent.password or ""
        return Acting(name, self._accounts) if self._accounts.knows(name, password) else None

    def handle(self, request: Request) -> Response:
        """The response of this stand-in."""
        return self._router.respond(request)

    def opened(self) -> None:
        """Called before the first request."""

    def closed(self) -> None:
        """Called after the last request."""

    def start(self) -> None:
        """Serve in a new thread (tests)."""
        self.opened()
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Stop what `start` started; another service may then take over the port and the folder."""
        self._server.shutdown()
        self._close()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""

        def leave(_signal: int, _frame: FrameType | None) -> None:
            threading.Thread(target=self._server.shutdown).start()

        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGINT, leave)
        self.opened()
        self._server.serve_forever(0.1)
        self._close()

    def _close(self) -> None:
        self._server.hang_up()
        self._server.server_close()
        self.closed()


def _healthy(_request: Request) -> Json:
    return {"ok": True}
