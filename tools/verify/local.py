"""The running local stack as a deployment."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import requests
from sqlalchemy import NullPool, create_engine, text

from localdev.iam.access import email_of
from localdev.stack.environment import DATABASE, function_environment, url
from localdev.stack.gateway.sign_in import CALLER_HEADER
from localdev.stack.layout import FUNCTIONS, HOSTED_DOMAIN, IAP_AUDIENCE, LAB_BUCKET, PROJECT, REGION, Folders
from localdev.stack.ports import Ports
from localdev.stack.postgres.roles import OWNER
from localdev.stack.postgres.server import Postgres
from localdev.stack.reaper import processes_with_mark
from localdev.stack.scheduler import LAST_CALL
from localdev.stack.secret import StackSecret
from localdev.stand_ins.http.session import local_session
from tools.verify.deployment import GoogleApi, OpenSessions, TimerCall
from tools.verify.outcomes import NotTriedError


class LocalDeployment:
    """The stack on `ports` with its data in `folder`."""

    project, region, timer_period_s = PROJECT, REGION, 15.0

    def __init__(self, ports: Ports, folder: Path, *, patience_s: float = 90.0) -> None:
        self._ports, self._folders, self.patience_s = ports, Folders(folder.resolve()), patience_s
        self._secret = StackSecret(self._folders.keys)
        self._postgres = Postgres(self._folders.postgres, ports.postgres, password=self._secret.database_password)
        self.address = url(ports.gateway)
        self.functions: Mapping[str, str] = {name: url(ports.function(name)) for name in FUNCTIONS}
        services = {"cloudtasks": ports.tasks, "iam": ports.tasks, "cloudresourcemanager": ports.tasks}
        services |= {"storage": ports.storage, "batch": ports.batch, "logging": ports.logging}
        self._services = {name: url(port) for name, port in services.items()}
        self._sessions = OpenSessions()

    def close(self) -> None:
        self._sessions.close()

    def session(self) -> requests.Session:
        return self._sessions.keep(_named(f"verify@{HOSTED_DOMAIN}"))

    def foreign_session(self) -> requests.Session:
        return self._sessions.keep(_named("verify@elsewhere.example"))

    def anonymous_session(self) -> requests.Session:
        raise NotTriedError("the local gateway takes everybody for a member of the domain")

    def google(self, service: str, account: str | None = None) -> GoogleApi:
        if service not in self._services:
            raise NotTriedError(f"the local stack has no {service}.googleapis.com")
        login = self._secret.login_of(account) if account else self._secret.login
        session = self._sessions.of(login[0], lambda: local_session(login))
        return GoogleApi(service, self._services[service], session)

    def email_of(self, account: str) -> str:
        return email_of(account)

    def settings(self, function: str) -> Mapping[str, str]:
        return self._process("--target", function)[1]

    def needed_settings(self, function: str) -> frozenset[str]:
        given = function_environment(function, self._ports, "unused", self._folders.keys)
        return frozenset(given)

    def iap_audience(self, function: str) -> str:  # noqa: ARG002 one gateway stands for all backend services
        return IAP_AUDIENCE

    def notice_audience(self) -> str:
        command, _ = self._process("localdev.stand_ins.storage")
        return command[command.index("--trigger-url") + 1] if "--trigger-url" in command else ""

    def last_timer_call(self) -> TimerCall:
        try:
            last = json.loads((self._folders.keys / LAST_CALL).read_text(encoding="ascii"))
        except FileNotFoundError:
            return TimerCall(float("inf"), "")
        status = last["status"]
        error = "" if status and 200 <= status < 300 else f"HTTP {status}" if status else "nothing"
        return TimerCall(time.time() - last["at"], error)

    def schema_revision(self) -> str:
        return self._asked_of_database("SELECT version_num FROM alembic_version")

    def connections(self) -> tuple[int, int]:
        needed = sum(int(self.settings(name).get("DATABASE_POOL_SIZE", 0)) for name in FUNCTIONS)
        return needed, int(self._asked_of_database("SHOW max_connections"))

    def data_buckets(self) -> Sequence[str]:
        return [LAB_BUCKET]

    def _asked_of_database(self, statement: str) -> str:
        """The one value that a statement returns."""
        engine = create_engine(self._postgres.url(DATABASE, role=OWNER), poolclass=NullPool)
        with engine.connect() as connection:
            return str(connection.execute(text(statement)).scalar())

    def _process(self, *arguments: str) -> tuple[list[str], dict[str, str]]:
        """The command and the environment of the process of the stack with these `arguments`."""
        for process in processes_with_mark(str(self._folders.root)):
            command = process.cmdline()
            if any(tuple(command[at : at + len(arguments)]) == arguments for at in range(len(command))):
                return command, process.environ()
        raise NotTriedError(f"no process of the stack runs {' '.join(arguments)}")


def _named(user: str) -> requests.Session:
    session = local_session()
    session.auth = None
    session.headers[CALLER_HEADER] = user
    return session
