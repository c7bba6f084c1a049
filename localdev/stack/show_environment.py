"""`make env FUNCTION=runs`: the environment of a function of the running stack, as commands of a shell.

It contains passwords of the stack, so it can be had only by who may read the stack's folder.
"""

import argparse
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from localdev.stack.environment import DATABASE, function_environment, own_variables
from localdev.stack.layout import FUNCTIONS, Folders, StackError
from localdev.stack.ports import Ports, running_ports
from localdev.stack.postgres.roles import FUNCTIONS_ROLE
from localdev.stack.postgres.server import Postgres
from localdev.stack.secret import StackSecret


def variables_of(name: str, folder: Path) -> dict[str, str]:
    """The variables that the stack in `folder` sets for the function `name`. Raises StackError."""
    if name not in FUNCTIONS:
        raise StackError(f"FUNCTION must be one of {', '.join(FUNCTIONS)}, not {name!r}")
    try:
        ports = running_ports(folder)
    except OSError as error:
        raise StackError(f"the folder {folder} cannot be read: {error}") from error
    if ports is None:
        raise StackError(f"no stack with its data in {folder} is running; start one with make run in another terminal")
    return _variables(name, ports, Folders(folder.resolve()))


def _variables(name: str, ports: Ports, folders: Folders) -> dict[str, str]:
    secret = StackSecret(folders.keys)
    postgres = Postgres(folders.postgres, ports.postgres, password=secret.database_password)
    database_url = postgres.url(DATABASE, role=FUNCTIONS_ROLE)
    settings = function_environment(name, ports, database_url, folders.keys)
    return own_variables() | settings


def as_commands(variables: Mapping[str, str]) -> str:
    """One `export NAME='value'` a line, which any POSIX shell reads."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def main() -> int:
    """Print the commands; return 1 after an error."""
    parser = argparse.ArgumentParser(prog="python -m localdev.stack.show_environment")
    parser.add_argument("function", help="the name of the function")
    parser.add_argument("--state", type=Path, default=Path(".local"), help="the folder of the stack")
    options = parser.parse_args()
    try:
        print(as_commands(variables_of(options.function, options.state)), end="")
    except StackError as error:
        print(f"sluice: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
