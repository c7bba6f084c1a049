"""The addresses of the signed-in user and of the status of Sluice."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Request, Response

from common.actions.steps.try_targets import TryTargets
from common.domain.notifications.preferences import WEBHOOK_SECRET, changes_to_store
from common.domain.runs.access import Caller
from common.domain.users.user import User, default_display_name
from common.errors import ConflictError, TooManyRequestsError
from common.schemas.notifications import NotificationInfo, NotificationListResponse
from common.schemas.parsing import parse
from common.schemas.users import MAX_BODY_BYTES, UserResponse, UserUpdateRequest
from common.services.health.service import HealthService
from common.services.notifications.store import NotificationStore
from common.services.users.service import UserService
from common.telemetry import telemetry
from common.web.answers import answer_json, with_etag
from common.web.bodies.json_object import json_body
from common.web.callers.identity import HeaderLists
from common.web.describing import Operation
from common.web.query import no_parameters, read_query
from common.web.routing import Routes
from functions.users.status_endpoint import StatusEndpoint

log = telemetry("users")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRules:
    """Where users are notified: what they may store of it, and how they try it.

    `exempt` is as for `url_fault`; without `has_mail_server` no mail is sent.
    """

    notifications: NotificationStore
    try_all: TryTargets
    random_bytes: Callable[[int], bytes]
    exempt: str | None = None
    has_mail_server: bool = False

    def to_store(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """As `changes_to_store`."""
        return changes_to_store(changes, random_bytes=self.random_bytes, exempt=self.exempt)


class UserEndpoints:
    """Answers /api/users/me and /api/status; `identify` finds the caller, whose user row is created for the first."""

    def __init__(
        self,
        identify: Callable[[HeaderLists], Caller],
        users: UserService,
        health: HealthService,
        targets: TargetRules,
        clock: Callable[[], datetime],
        *,
        ready: Callable[[], None],
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._identify = identify
        self._users = users
        self._targets = targets
        self._clock = clock
        self.routes = Routes(
            {
                ("GET", "/api/users/me"): self.get,
                ("PATCH", "/api/users/me"): self.update,
                ("GET", "/api/users/me/notifications"): self.list_notifications,
                ("POST", "/api/users/me/notifications/test"): self.test_notifications,
            }
            | StatusEndpoint(identify=identify, health=health).table,
            ready=ready,
            project=project,
            origins=origins,
        )

    @Operation("get_me", {200: UserResponse}, query=no_parameters, etag=True)
    def get(self, request: Request) -> Response:
        """Get your profile, preferences and statistics."""
        caller, user = self._user(request)
        return with_etag(request, self._shown(caller, user))

    @Operation("update_me", {200: UserResponse}, query=no_parameters, body=UserUpdateRequest)
    def update(self, request: Request) -> Response:
        """Change your display name and preferences.

        Absent fields do not change, null removes a preference. If any field is invalid, nothing is changed.
        """
        caller, user = self._user(request)
        changes = parse(UserUpdateRequest, json_body(request, limit_bytes=MAX_BODY_BYTES))
        preferences = self._targets.to_store(changes.preferences.model_dump(exclude_unset=True))
        name = None
        if "display_name" in changes.model_fields_set:
            name = changes.display_name or default_display_name(user.email)
        changed = self._users.update_profile(user.email, display_name=name, preferences=preferences)
        log.info("profile changed", extra={"action": "user_updated", "by": user.email})
        return answer_json(self._shown(caller, changed, secret=preferences.get(WEBHOOK_SECRET)))

    @Operation("list_my_notifications", {200: NotificationListResponse}, query=no_parameters)
    def list_notifications(self, request: Request) -> Response:
        """List your newest notifications, and what became of them."""
        return answer_json(self._notifications_of(self._user(request)[1]))

    @Operation(
        "test_my_notifications",
        {202: NotificationListResponse},
        query=no_parameters,
        errors=(ConflictError, TooManyRequestsError),
    )
    def test_notifications(self, request: Request) -> Response:
        """Send a test to each of your targets, whatever events you have chosen.

        The list says a few seconds later what became of it; a test is tried once. Answers 409 if no target is on.
        """
        _, user = self._user(request)
        self._targets.try_all.run(user.email)
        log.info("test notification asked for", extra={"action": "notification_tested", "by": user.email})
        return answer_json(self._notifications_of(user), 202)

    def _notifications_of(self, user: User) -> NotificationListResponse:
        found = self._targets.notifications.list_of(user.email)
        return NotificationListResponse(notifications=[NotificationInfo.model_validate(each) for each in found])

    def _user(self, request: Request) -> tuple[Caller, User]:
        caller = self._identify(request.headers)
        read_query(request.args.items(multi=True), no_parameters)
        return caller, self._users.get_or_create_user(caller.email, at=self._clock())

    def _shown(self, caller: Caller, user: User, *, secret: str | None = None) -> UserResponse:
        """The user as they see themselves; `secret` is that of a webhook, if it is shown this once."""
        more = {"is_admin": caller.is_admin, "mail_available": self._targets.has_mail_server}
        shown = UserResponse.model_validate(user).model_copy(update=more)
        if secret:
            shown.preferences.notify_webhook_secret = secret
        return shown
