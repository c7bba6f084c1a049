"""Each zip runs in an environment with nothing but Python and its own requirements."""

import json
import re
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from localdev.stack.environment import base_environment, function_environment
from localdev.stack.layout import HOST, PAGE
from localdev.stack.ports import Ports, free_port
from localdev.stack.supervisor import Supervisor
from tests.support.functions.bare_environment import bare_python, make_site_packages
from tools.pack_function.imports import follow
from tools.pack_function.pack import functions_in, pack

FUNCTIONS = [name for name in functions_in() if name != "console" or PAGE.is_file()]  # the page may not be built
NOWHERE = "postgresql+pg8000://nobody@127.0.0.1:1/nothing"
SERVE = "from functions_framework._cli import _cli; _cli()"
SERVED = ("pipelines", "events")  # one of each kind; the others answer a request without a server
ANSWER = """
from functions_framework import create_app
answer = create_app(sys.argv[3], sys.argv[1] + "/main.py").test_client().get("/health")
assert answer.status_code == 200, answer.data
"""
IMPORT_ALL = """
import importlib, json
def load(name):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        parent, _, member = name.rpartition(".")
        getattr(importlib.import_module(parent), member)
sys.path.append(sys.argv[1])
for name in json.loads(sys.argv[2]):
    load(name)
"""


@dataclass(frozen=True, slots=True)
class Package:
    """An unpacked zip of a function and its environment."""

    function: str
    code: Path
    site_packages: Path


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Package]:
    """The packages of all functions by name."""
    folder = tmp_path_factory.mktemp("packages")
    return {name: unpacked(pack(name, folder), folder / name) for name in FUNCTIONS}


def unpacked(package: Path, folder: Path) -> Package:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder / "code")
    required = (folder / "code" / "requirements.txt").read_text()
    pins = dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", required, re.MULTILINE))
    return Package(package.stem, folder / "code", make_site_packages(pins, folder / "site-packages"))


@pytest.fixture(scope="module")
def addresses(packages: Mapping[str, Package], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The address of each served function."""
    folder, ports = tmp_path_factory.mktemp("served"), {name: free_port() for name in SERVED}
    with Supervisor(folder) as supervisor:
        supervisor.begin_phase()
        for name, port in ports.items():
            supervisor.spawn(name, serving(packages[name], port), environment_of(name, folder))
        for name, port in ports.items():
            supervisor.wait_for(name, port, "/health")
        yield {name: f"http://{HOST}:{port}" for name, port in ports.items()}


def answering_and_importing(package: Package) -> list[str]:
    """A program that answers a request, if no server does, and imports everything that the function can import."""
    main = f"functions.{package.function}.main"
    reached = follow(main)
    names = json.dumps(sorted(reached.others | set(reached.modules) - {main}))
    program = IMPORT_ALL if package.function in SERVED else ANSWER + IMPORT_ALL
    return [*bare_python(package.site_packages, program), str(package.code), names, package.function]


def serving(package: Package, port: int) -> list[str]:
    options = ["--source", str(package.code / "main.py"), "--target", package.function]
    return [*bare_python(package.site_packages, SERVE), *options, "--host", HOST, "--port", str(port)]


def environment_of(function: str, folder: Path) -> dict[str, str]:
    return base_environment() | function_environment(function, Ports(1), NOWHERE, folder)


@pytest.mark.parametrize("function", SERVED)
def test_a_packed_function_is_served(function: str, addresses: Mapping[str, str]) -> None:
    assert requests.get(f"{addresses[function]}/health", timeout=10).status_code == 200


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/start.js", "/docs/swagger-ui-bundle.js"])
def test_a_packed_function_serves_its_data_files(path: str, addresses: Mapping[str, str]) -> None:
    assert requests.get(addresses["pipelines"] + path, timeout=10).status_code == 200


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_packed_function_answers_and_can_import_everything_it_needs_later(
    function: str, packages: Mapping[str, Package], tmp_path: Path
) -> None:
    command, environment = answering_and_importing(packages[function]), environment_of(function, tmp_path)
    process = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert (process.returncode, process.stdout) == (0, "")


def test_a_function_does_not_start_without_one_of_its_requirements(packages: Mapping[str, Package]) -> None:
    package = packages["users"]
    lacking = package.site_packages.parent / "lacking"
    lacking.mkdir()
    for entry in package.site_packages.iterdir():
        if not entry.name.startswith("sqlalchemy"):
            (lacking / entry.name).symlink_to(entry)
    command, environment = serving(Package("users", package.code, lacking), 1), environment_of("users", lacking)
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "No module named 'sqlalchemy'" in process.stderr
