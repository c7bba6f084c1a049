"""The guard of runs, which also records logins."""

from sqlalchemy import Engine

from common.composition.process import now
from common.services.runs.store import RunStoreService
from common.services.users.service import UserService
from common.web.callers.identity import IdentitySettings, identifier
from common.web.callers.logins import recording_logins
from common.web.guard import RunGuard


def make_guard(identity: IdentitySettings, engine: Engine) -> RunGuard:
    identify = recording_logins(identifier(identity), UserService(engine), now)
    return RunGuard(identify, RunStoreService(engine))
