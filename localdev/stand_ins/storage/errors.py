"""The errors of Cloud Storage, which carry a reason for programs."""

from werkzeug.wrappers import Response

from localdev.iam.access import acting_email
from localdev.stand_ins.http.messages import Json, ServiceError

_REASONS = {400: "parseError", 404: "notFound"}


class StorageError(ServiceError):
    """An error response of Cloud Storage; `reason` is its name for the error."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(code, message)
        self.reason = reason

    @classmethod
    def of_code(cls, code: int, message: str) -> "StorageError":
        """An error that no handler raised: an unknown address, a body that is not JSON, a fault of the stand-in."""
        return cls(code, _REASONS.get(code, "backendError"), message)

    def as_json(self) -> Json:
        details = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": self.code, "message": self.message, "errors": [details]}}

    def response(self) -> Response:
        return Response(status=304) if self.code == 304 else super().response()


def permission_denied(permission: str, kind: str) -> StorageError:
    """The error for an account without `permission`; `kind` is bucket or object."""
    text = (
        f"{acting_email()} does not have {permission} access to the Google Cloud Storage {kind}. "
        f"Permission '{permission}' denied on resource (or it may not exist)."
    )
    return StorageError(403, "forbidden", text)


def read_number(text: str | None, name: str) -> int | None:
    """The parameter `name` as a number, None when it was not sent. Raises StorageError 400."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise StorageError(400, "invalidParameter", f"Invalid value for {name}: {text!r}") from error
