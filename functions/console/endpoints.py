"""The addresses of the page: its built files, and index.html for every address that the page itself understands."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from flask import Request, Response

from common.domain.runs.access import Caller
from common.errors import NotFoundError
from common.web.answers import answer_json, with_etag
from common.web.callers.identity import HeaderLists
from common.web.routing import Routes
from functions.console.files import BuiltFile

INDEX: Final = "index.html"
ASSETS: Final = "assets/"
PROGRAMS: Final = "/.well-known/sluice.json"

_FOR_EVER: Final = "private, max-age=31536000, immutable"  # the name of an asset has a hash of its content


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramClient:
    """The OAuth client with which people's programs sign in; empty: there is none, and they cannot.

    The secret of a desktop client is none: every copy of a program has it.
    """

    client_id: str = ""
    client_secret: str = ""


class ConsoleEndpoints:
    """Answers with `files` by path; `storage_url` is where signed links lead, which the page may show in frames.

    Only PROGRAMS is answered without an identity: the load balancer has a backend without IAP for that path.
    """

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        files: Mapping[str, BuiltFile],
        *,
        storage_url: str,
        programs: ProgramClient,
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._identify, self._files, self._programs = identify, files, programs
        self._policy = content_security_policy(storage_url)
        self.routes = Routes(
            {
                ("GET", "/"): self.page,
                ("GET", PROGRAMS): self.programs,
                ("GET", f"/{ASSETS}<anything:name>"): self.asset,
                ("GET", "/<anything:path>"): self.page,
            },
            project=project,
            origins=origins,
        )

    def programs(self, _request: Request) -> Response:
        """How programs sign in, for `sluice login`; anybody may read it."""
        client = self._programs
        if not client.client_id:
            return answer_json(
                {"client_id": None, "detail": "this service lets no person's program in; ask its operator"}
            )
        return answer_json({**asdict(client), "audience": client.client_id})

    def page(self, request: Request, path: str = "") -> Response:
        """index.html, which reads the path itself; programs that look for something else get 404."""
        self._identify(request.headers)
        index = self._files.get(INDEX)
        if index is None:
            raise NotFoundError("the page was not built; run make run where npm can be reached")
        if path and "text/html" not in request.headers.get("Accept", ""):
            raise NotFoundError("there is no such address; /openapi.json lists all addresses")
        return _answer(request, index, {"Content-Security-Policy": self._policy})

    def asset(self, request: Request, name: str) -> Response:
        """A script, style sheet or picture."""
        self._identify(request.headers)
        found = self._files.get(ASSETS + name)
        if found is None:
            raise NotFoundError(f"there is no {name!r}; reload the page, which may have changed")
        response = _answer(request, found, {})
        response.headers["Cache-Control"] = _FOR_EVER
        return response


def content_security_policy(storage_url: str) -> str:
    """What the page may load and contact: this service, and in frames and downloads the storage of results."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {storage_url}; frame-src {storage_url}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def _answer(request: Request, file: BuiltFile, headers: Mapping[str, str]) -> Response:
    compressed = request.accept_encodings.quality("gzip") > 0
    encoding = {"Content-Encoding": "gzip"} if compressed else {}
    return with_etag(
        request,
        file.compressed if compressed else file.content,
        {**headers, **encoding, "Vary": "Accept-Encoding"},
        content_type=file.content_type,
    )
