"""Permissions as Batch, Cloud Tasks and Cloud Logging check them, and testIamPermissions."""

from collections.abc import Iterable

from localdev.iam.access import may
from localdev.stand_ins.http.messages import Json, ServiceError


def require_permission(permission: str, resource: str) -> None:
    """Raise ServiceError 403 if who sent the current request may not."""
    if not may(permission, resource):
        raise ServiceError(403, f"Permission '{permission}' denied on resource '{resource}' (or it may not exist).")


def held_permissions(asked: Iterable[str], resource: str) -> Json:
    """The answer of testIamPermissions: those of the permissions that who sent the current request has."""
    return {"permissions": [permission for permission in asked if may(permission, resource)]}
