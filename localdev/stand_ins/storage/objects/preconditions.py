"""The preconditions of a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import Headers

from localdev.stand_ins.storage.errors import StorageError, read_number
from localdev.stand_ins.storage.objects.stored_object import StoredObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Preconditions:
    """Conditions on the live object; None is no condition, generation 0 means that no object exists."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, Any], start: str = "if") -> "Preconditions":
        """From parameters such as ifGenerationMatch, or ifSourceGenerationMatch with start="ifSource"."""

        def number(ending: str) -> int | None:
            return read_number(query.get(start + ending), start + ending)

        return cls(
            generation_match=number("GenerationMatch"),
            generation_not_match=number("GenerationNotMatch"),
            metageneration_match=number("MetagenerationMatch"),
            metageneration_not_match=number("MetagenerationNotMatch"),
        )

    @classmethod
    def from_headers(cls, headers: Headers) -> "Preconditions":
        """From the headers of the XML API."""

        def number(ending: str) -> int | None:
            return read_number(headers.get("x-goog-if-" + ending), "x-goog-if-" + ending)

        return cls(
            generation_match=number("generation-match"),
            metageneration_match=number("metageneration-match"),
        )

    def check_write(self, current: StoredObject | None) -> None:
        """Raise StorageError 412 when `current` is not the version that the client expects."""
        if not (self._matches(current) and self._differs(current)):
            raise _condition_failed(412)

    def check_read(self, current: StoredObject) -> None:
        """Raise StorageError 412 when `current` is not the requested version, 304 when the client has it."""
        if not self._matches(current):
            raise _condition_failed(412)
        if not self._differs(current):
            raise _condition_failed(304)

    def _matches(self, current: StoredObject | None) -> bool:
        generation, metageneration = _versions(current)
        return self.generation_match in (None, generation) and self.metageneration_match in (None, metageneration)

    def _differs(self, current: StoredObject | None) -> bool:
        generation, metageneration = _versions(current)
        return self.generation_not_match != generation and self.metageneration_not_match != metageneration


UNCONDITIONAL = Preconditions()


def _versions(current: StoredObject | None) -> tuple[int, int]:
    return (current.generation, current.metageneration) if current else (0, 0)


def _condition_failed(status: int) -> StorageError:
    return StorageError(status, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
