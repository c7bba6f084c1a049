"""The address of the signed-in user: profile, preferences and statistics."""

from collections.abc import Callable, Collection
from datetime import datetime

from flask import Request, Response

from common.domain.runs.access import Caller
from common.domain.users.user import User, default_display_name
from common.schemas.parsing import parse
from common.schemas.users import MAX_BODY_BYTES, UserResponse, UserUpdateRequest
from common.services.users.service import UserService
from common.telemetry import telemetry
from common.web.answers import answer_json, with_etag
from common.web.bodies.json_object import json_body
from common.web.callers.identity import HeaderLists
from common.web.describing import Operation
from common.web.query import no_parameters, read_query
from common.web.routing import Routes

log = telemetry("users")


class UserEndpoints:
    """Answers /api/users/me; `identify` finds the caller, whose user row is created if necessary."""

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        users: UserService,
        clock: Callable[[], datetime],
        *,
        ready: Callable[[], None],
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._identify = identify
        self._users = users
        self._clock = clock
        self.routes = Routes(
            {
                ("GET", "/api/users/me"): self.get,
                ("PATCH", "/api/users/me"): self.update,
            },
            ready=ready,
            project=project,
            origins=origins,
        )

    @Operation("get_me", {200: UserResponse}, query=no_parameters, etag=True)
    def get(self, request: Request) -> Response:
        """Get your profile, preferences and statistics."""
        caller, user = self._user(request)
        return with_etag(request, _shown(caller, user))

    @Operation("update_me", {200: UserResponse}, query=no_parameters, body=UserUpdateRequest)
    def update(self, request: Request) -> Response:
        """Change your display name and preferences.

        Absent fields do not change, null removes a preference. If any field is invalid, nothing is changed.
        """
        caller, user = self._user(request)
        changes = parse(UserUpdateRequest, json_body(request, limit_bytes=MAX_BODY_BYTES))
        preferences = changes.preferences.model_dump(exclude_unset=True)
        name = None
        if "display_name" in changes.model_fields_set:
            name = changes.display_name or default_display_name(user.email)
        changed = self._users.update_profile(user.email, display_name=name, preferences=preferences)
        log.info("profile changed", extra={"action": "user_updated", "by": user.email})
        return answer_json(_shown(caller, changed))

    def _user(self, request: Request) -> tuple[Caller, User]:
        caller = self._identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
        return caller, self._users.get_or_create_user(caller.email, at=self._clock())


def _shown(caller: Caller, user: User) -> UserResponse:
    return UserResponse.model_validate(user).model_copy(update={"is_admin": caller.is_admin})
