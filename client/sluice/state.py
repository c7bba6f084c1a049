"""What the client remembers between two commands: small files in one folder, each written at once or not at all."""

import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_NONCES: Final = "unanswered"


class State:
    """The files in `folder`, which is made with the first of them and is readable by its user only."""

    def __init__(self, folder: Path, *, new_nonce: Callable[[], str] = lambda: secrets.token_hex(8)) -> None:
        self._folder = folder
        self._new_nonce = new_nonce

    def nonce_of(self, content: str) -> str:
        """The nonce of a request with this digest: the one that is kept, or a new one, which is kept from now on."""
        file = self._folder / _NONCES / content
        self._make(file.parent)
        if not file.exists():
            draft = file.with_suffix(f".{os.getpid()}")
            draft.write_text(self._new_nonce(), encoding="ascii")
            with suppress(FileExistsError):  # another process was faster
                os.link(draft, file)
            draft.unlink()
        return file.read_text(encoding="ascii")

    def forget_nonce(self, content: str) -> None:
        """The request was answered: the same content is another request from now on."""
        (self._folder / _NONCES / content).unlink(missing_ok=True)

    def load(self, name: str) -> Any:  # noqa: ANN401 what was saved
        """What was saved under `name`; None if nothing was, or if the file is damaged."""
        try:
            return json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def save(self, name: str, value: object) -> None:
        """Keep a JSON value under `name`."""
        self._make(self._folder)
        file = self._folder / f"{name}.json"
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(value), encoding="utf-8")
        draft.replace(file)

    def drop(self, name: str) -> None:
        """Forget what was saved under `name`."""
        (self._folder / f"{name}.json").unlink(missing_ok=True)

    @staticmethod
    def _make(folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
