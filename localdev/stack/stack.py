"""The local stack: starts all parts in order and stops them."""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Self

from localdev.stack.environment import (
    DATABASE,
    ROOT,
    base_environment,
    check_nextflow,
    function_environment,
    origins,
    trigger_url,
    url,
)
from localdev.stack.layout import FUNCTIONS, Folders
from localdev.stack.ports import Ports, require_free
from localdev.stack.postgres.roles import FUNCTIONS_ROLE, OWNER, prepare_database
from localdev.stack.postgres.server import Postgres
from localdev.stack.provision import create_buckets_and_queues, create_lab_files, files_in_samplesheet
from localdev.stack.secret import Login, StackSecret
from localdev.stack.supervisor import Supervisor, listens
from localdev.stack.welcome import EXAMPLE_SHEET
from localdev.stand_ins.benchling.generator import newest_files
from localdev.stand_ins.benchling.warehouse import make_warehouse
from tools.prices.store import store_prices
from tools.prices.table import SINCE, table_of_ours

_RECONCILE_EVERY_S = 15


class Stack:
    """A local stack; entering the context starts it, leaving stops it.

    The parts listen on `ports` but reach each other at `advertised`, where a proxy can stand in between. `batch_faults`
    are options of the Batch stand-in that make it as unreliable as Google can be. `report` is called with the name of
    each part as soon as it answers.
    """

    def __init__(
        self,
        ports: Ports,
        folder: Path,
        *,
        advertised: Ports | None = None,
        batch_faults: Sequence[str] = (),
        report: Callable[[str], None] = lambda _part: None,
    ) -> None:
        self._report = report
        self._batch_faults = batch_faults
        self.ports, self.folders, self._advertised = ports, Folders(folder.resolve()), advertised or ports
        self._base = base_environment()

    def __enter__(self) -> Self:
        """Start all parts and wait until they answer; StackError says what prevents it."""
        check_nextflow()
        self._supervisor = Supervisor(self.folders.root)
        self.secret = StackSecret(self.folders.keys)
        self.secret.write_netrc()
        self._base["NETRC"] = str(self.secret.netrc)
        password = self.secret.database_password
        self._postgres = Postgres(self.folders.postgres, self.ports.postgres, password=password)
        try:
            require_free(self.ports)
            self.folders.port.write_text(str(self.ports.gateway), encoding="ascii")
            self._start()
        except BaseException:
            self._supervisor.stop()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._supervisor.stop()

    def check(self) -> None:
        """Raise StackError when a part has died."""
        self._supervisor.check()

    def database_url(self) -> str:
        """The database, as the role that owns its tables; functions use another."""
        return self._postgres.url(DATABASE, role=OWNER)

    def end(self, name: str, how: signal.Signals) -> None:
        """End one part by the signal `how`, like a crash or a shutdown by the platform; it is not restarted."""
        self._supervisor.end(name, how)

    def start_function(
        self,
        name: str,
        changes: Mapping[str, str | None] = MappingProxyType({}),
        server: Sequence[str] = ("localdev.stack.function_server",),
    ) -> None:
        """Start a function without waiting until it answers; `changes` replaces variables, or removes them by None."""
        source, port = ROOT / "functions" / name / "main.py", str(self.ports.function(name))
        database_url = self._postgres.url(DATABASE, role=FUNCTIONS_ROLE)
        settings = function_environment(name, self._advertised, database_url, self.folders.keys)
        changed = {variable: value for variable, value in {**settings, **changes}.items() if value is not None}
        command = [sys.executable, "-m", *server, "--source", str(source)]
        self._supervisor.spawn(name, [*command, "--target", name, "--port", port], self._base | changed)

    def start_program(self, name: str, *more: str, module: str = "") -> None:
        """Start a stand-in, the gateway or the timer without waiting, with `more` arguments or as another `module`."""
        own, *arguments = self._programs()[name]
        self._supervisor.spawn(name, [sys.executable, "-m", module or own, *arguments, *more], self._base)

    def provision(self) -> None:
        """Create the buckets and queues that do not exist, and give the buckets their settings."""
        create_buckets_and_queues(
            storage_url=url(self.ports.storage),
            tasks_url=url(self.ports.tasks),
            login=self.secret.login,
            origins=origins(self.ports).split(","),
        )

    def start_postgres(self) -> None:
        """Start the database server without waiting until it answers."""
        process = self._postgres.spawn(self._base | self._supervisor.mark)
        self._supervisor.adopt("postgres", process, self._postgres.log, stop_signal=signal.SIGINT)

    def _start(self) -> None:
        self._supervisor.begin_phase()
        self.start_postgres()
        self._supervisor.begin_phase()
        self._start_stores()
        self._prepare_database()
        self._wait_for_stores()
        self.provision()
        storage_url, login = url(self.ports.storage), self.secret.login
        lab_files = [*files_in_samplesheet(ROOT / EXAMPLE_SHEET), *newest_files()]
        create_lab_files(lab_files, storage_url=storage_url, login=login)
        self._supervisor.begin_phase()
        for name in FUNCTIONS:
            self.start_function(name)
        self._supervisor.begin_phase()
        for name in ("batch", "gateway", "scheduler"):
            self.start_program(name)
        self._wait_for_functions()

    def _start_stores(self) -> None:
        for name in ("storage", "tasks", "logging", "mail"):
            self.start_program(name)

    def _programs(self) -> Mapping[str, Sequence[str]]:
        """The module and the arguments of each part that is neither a function nor Postgres."""
        ports, folders, keys = self.ports, self.folders, ("--keys", str(self.folders.keys))
        pages = "--trigger-url", trigger_url(self._advertised), "--origins", origins(ports)
        services = "--storage", url(ports.storage), "--logging", url(ports.logging)
        worker = url(self._advertised.function("queue_worker"))
        timer = "--url", worker + "/work/reconcile", "--audience", worker, "--every", str(_RECONCILE_EVERY_S)

        def stand_in(name: str, folder: Path) -> tuple[str, ...]:
            place = "--port", str(ports.all()[name]), "--folder", str(folder)
            return f"localdev.stand_ins.{name}", *place, *keys

        return {
            "storage": (*stand_in("storage", folders.storage), *pages),
            "tasks": stand_in("tasks", folders.tasks),
            "logging": stand_in("logging", folders.logging),
            "mail": stand_in("mail", folders.mail),
            "batch": (*stand_in("batch", folders.batch), *services, *self._batch_faults),
            "gateway": ("localdev.stack.gateway", "--port", str(ports.gateway), *keys, "--mails", str(folders.mail)),
            "scheduler": ("localdev.stack.scheduler", *keys, *timer),
        }

    def _prepare_database(self) -> None:
        self._postgres.wait()
        self._report("postgres")
        prepare_database(self._postgres, DATABASE)
        store_prices(self.database_url(), table_of_ours(), since=SINCE)
        make_warehouse(self._postgres)

    def _wait_for_stores(self) -> None:
        for name in ("storage", "tasks", "logging"):
            self._wait_for(name, "/", login=self.secret.login)
        self._supervisor.wait_until("mail", lambda: listens(self.ports.mail))
        self._report("mail")

    def _wait_for_functions(self) -> None:
        self._wait_for("batch", "/", login=self.secret.login)
        for name in FUNCTIONS:
            self._wait_for(name, "/health")
        self._wait_for("gateway", "/_functions/runs/health")

    def _wait_for(self, name: str, path: str, *, login: Login | None = None) -> None:
        self._supervisor.wait_for(name, self.ports.all()[name], path, login=login)
        self._report(name)
