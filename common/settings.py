"""Reads environment variables: once per process, by main.py and `composition`, with all errors reported together.

Code knows addresses, never modes. A variable that replaces one of Google's addresses is refused on Cloud Run (which
sets K_SERVICE), so that a stray variable cannot redirect a deployment.
"""

from collections.abc import Mapping
from typing import Final

_NOT_DEPLOYED: Final = "must not be set in a deployment"


class SettingsError(Exception):
    """Environment variables are missing, malformed, or not allowed in a deployment; the message names each."""


class Environment:
    """Reads variables and collects errors; `check` then raises one SettingsError for all of them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._deployed = bool(variables.get("K_SERVICE"))
        self._faults: list[str] = []
        if self._deployed and variables.get("STORAGE_EMULATOR_HOST"):
            self.refuse("STORAGE_EMULATOR_HOST", _NOT_DEPLOYED)  # google-cloud-storage reads this one by itself

    def required(self, name: str) -> str:
        value = self._variables.get(name, "")
        if not value:
            self._faults.append(f"{name} is not set")
        return value

    def optional(self, name: str, default: str = "") -> str:
        return self._variables.get(name) or default

    def number(self, name: str, default: float) -> float:
        """A number greater than 0."""
        text = self._variables.get(name) or str(default)
        try:
            value = float(text)
        except ValueError:
            self._faults.append(f"{name} must be a number, not {text!r}")
            return default
        if not 0 < value < float("inf"):
            self._faults.append(f"{name} must be greater than 0, not {text!r}")
            return default
        return value

    def count(self, name: str, default: int) -> int:
        """A whole number, 1 or more."""
        value = float(self.number(name, default))
        if value.is_integer():
            return int(value)
        self._faults.append(f"{name} must be a whole number, not {value}")
        return default

    def names(self, name: str) -> frozenset[str]:
        """Comma-separated names, trimmed and lower case; empty when the variable is absent."""
        parts = (part.strip().lower() for part in self._variables.get(name, "").split(","))
        return frozenset(part for part in parts if part)

    def override(self, name: str) -> str | None:
        """An address that replaces Google's own; None when absent, an error in a deployment."""
        value = self._variables.get(name) or None
        if value and self._deployed:
            self.refuse(name, _NOT_DEPLOYED)
        return value

    def refuse(self, name: str, why: str) -> None:
        """Note that the value of a variable is wrong; `why` follows the name."""
        self._faults.append(f"{name} {why}")

    def check(self) -> None:
        """Raise SettingsError, naming every error so far."""
        if self._faults:
            raise SettingsError("; ".join(dict.fromkeys(self._faults)))
