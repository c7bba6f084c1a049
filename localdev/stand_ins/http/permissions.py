"""The check of permissions by the services that name them as Batch, Cloud Tasks and Cloud Logging do."""

from localdev.iam.access import may
from localdev.stand_ins.http.messages import ServiceError


def require_permission(permission: str, resource: str) -> None:
    """Raise ServiceError 403 if who sent the current request may not."""
    if not may(permission, resource):
        raise ServiceError(403, f"Permission '{permission}' denied on resource '{resource}' (or it may not exist).")
