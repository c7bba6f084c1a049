"""The settings of a queue, and the retries and rates that follow from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from localdev.stand_ins.http.messages import Json, ServiceError
from localdev.stand_ins.http.proto_json import read_duration, write_duration

UNLIMITED = -1
_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/queues/[A-Za-z0-9-]{1,100}")
_MASK_UNDERSCORE = re.compile(r"_([a-z])")


@dataclass(frozen=True, slots=True)
class RetryConfig:
    """When and how often failed attempts are repeated."""

    max_attempts: int
    max_retry_duration_s: float  # 0: no limit
    min_backoff_s: float
    max_backoff_s: float
    max_doublings: int

    @classmethod
    def from_json(cls, settings: Mapping[str, Any]) -> Self:
        """Read a RetryConfig message; absent or zero fields get Cloud Tasks' defaults. Raises ServiceError 400."""
        config = cls(
            max_attempts=int(settings.get("maxAttempts") or 100),
            max_retry_duration_s=read_duration(settings.get("maxRetryDuration") or "0s"),
            min_backoff_s=read_duration(settings.get("minBackoff") or "0s") or 0.1,
            max_backoff_s=read_duration(settings.get("maxBackoff") or "0s") or 3600.0,
            max_doublings=int(settings.get("maxDoublings") or 16),
        )
        smallest = min(config.max_retry_duration_s, config.min_backoff_s, config.max_backoff_s, config.max_doublings)
        if config.max_attempts < UNLIMITED or smallest < 0:
            raise ServiceError(400, "RetryConfig: a limit must not be negative (maxAttempts: not less than -1).")
        return config

    def as_json(self) -> Json:
        return {
            "maxAttempts": self.max_attempts,
            "maxRetryDuration": write_duration(self.max_retry_duration_s),
            "minBackoff": write_duration(self.min_backoff_s),
            "maxBackoff": write_duration(self.max_backoff_s),
            "maxDoublings": self.max_doublings,
        }

    def backoff_s(self, retry: int) -> float:
        """Seconds before retry number `retry`, from 1: they double, then grow linearly, up to the maximum."""
        doublings = min(retry - 1, self.max_doublings, 64)  # more would overflow a float
        steps = max(1, retry - self.max_doublings)
        return min(self.min_backoff_s * 2.0**doublings * steps, self.max_backoff_s)

    def gives_up(self, attempts: int, age_s: float) -> bool:
        """True when both limits are reached; `age_s` counts from the first attempt."""
        if self.max_attempts == UNLIMITED and not self.max_retry_duration_s:
            return False
        return attempts >= self.max_attempts and age_s >= self.max_retry_duration_s


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How many dispatches a queue may make per second and at the same time."""

    max_dispatches_per_second: float
    max_concurrent_dispatches: int

    @classmethod
    def from_json(cls, settings: Mapping[str, Any]) -> Self:
        """Read a RateLimits message; absent or zero fields get Cloud Tasks' defaults. Raises ServiceError 400."""
        per_second = float(settings.get("maxDispatchesPerSecond") or 500.0)
        concurrent = int(settings.get("maxConcurrentDispatches") or 1000)
        if not 0 < per_second <= 500 or not 0 < concurrent <= 5000:
            raise ServiceError(400, "RateLimits: at most 500 dispatches per second and 5000 at the same time.")
        return cls(per_second, concurrent)

    @property
    def max_burst_size(self) -> int:
        return max(1, min(100, int(self.max_dispatches_per_second / 5)))

    def as_json(self) -> Json:
        return {
            "maxDispatchesPerSecond": self.max_dispatches_per_second,
            "maxConcurrentDispatches": self.max_concurrent_dispatches,
            "maxBurstSize": self.max_burst_size,
        }


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue; `name` is projects/P/locations/L/queues/Q."""

    name: str
    rate_limits: RateLimits
    retry_config: RetryConfig
    state: str = "RUNNING"  # or PAUSED

    @classmethod
    def from_json(cls, settings: Mapping[str, Any]) -> Self:
        """Read a Queue message. Raises ServiceError 400 when its name or a limit is not allowed."""
        name = settings.get("name", "")
        if not _NAME.fullmatch(name):
            example = "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>"
            raise ServiceError(400, f'Queue name must be formatted: "{example}".')
        return cls(
            name=name,
            rate_limits=RateLimits.from_json(settings.get("rateLimits") or {}),
            retry_config=RetryConfig.from_json(settings.get("retryConfig") or {}),
        )

    def as_json(self) -> Json:
        return {
            "name": self.name,
            "state": self.state,
            "rateLimits": self.rate_limits.as_json(),
            "retryConfig": self.retry_config.as_json(),
        }

    def in_state(self, state: str) -> Self:
        return replace(self, state=state)

    def updated(self, settings: Mapping[str, Any], mask: str) -> Self:
        """This queue with the fields of `mask` (comma-separated paths, empty for all) taken from `settings`."""
        if not mask:
            return self.from_json({**settings, "name": self.name}).in_state(self.state)
        merged = self.as_json()
        for path in mask.split(","):
            group, _, name = _MASK_UNDERSCORE.sub(lambda match: match[1].upper(), path).partition(".")
            new = settings.get(group, {})
            merged[group] = {**merged.get(group, {}), name: new.get(name)} if name else new
        return self.from_json(merged).in_state(self.state)
