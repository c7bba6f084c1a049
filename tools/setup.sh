#!/usr/bin/env bash
# Make the project's virtual environment from requirements.lock: setup.sh PYTHON VENV
set -euo pipefail
python=$1 venv=$2
cd "$(dirname "$0")/.."
here=$(pwd -P)

refuse() {
  printf '%s\n' "$1" >&2
  exit 1
}

command -v "$python" > /dev/null ||
  refuse "Sluice needs Python 3.11 or newer, and there is no $python here. Try: make PYTHON=/path/to/python3 …"
# Programs that only choose a Python, such as those of pyenv, are there also when they have none to run.
version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])') ||
  refuse "Sluice needs Python 3.11 or newer, and $python could not be run. Try: make PYTHON=/path/to/python3 …"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  refuse "Sluice needs Python 3.11 or newer; $python is $version. Try: make PYTHON=python3.12 …"

# The scripts of a virtual environment name the folder it was made in: one that was moved or copied is made anew.
if [ "$(cat "$venv/ready" 2> /dev/null)" != "$here" ] || ! "$venv/bin/python" -m uv --version > /dev/null 2>&1; then
  echo "setting up $venv (once)"
  "$python" -c 'import venv, ensurepip' 2> /dev/null ||
    refuse "Python's venv module is missing. On Debian and Ubuntu it is the package python3-venv."
  "$python" -m venv --clear "$venv" || refuse "$here/$venv could not be made; the lines above say why."
  # uv alone comes by pip, at the version and hashes that the lock gives; uv then installs the rest in seconds.
  pinned=$(mktemp)
  trap 'rm -f "$pinned"' EXIT
  awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements.lock > "$pinned"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$pinned"
fi
VIRTUAL_ENV="$here/$venv" "$venv/bin/uv" pip sync --quiet --require-hashes --compile-bytecode requirements.lock || {
  # pip knows mirrors and certificates from its own settings, which uv does not read.
  echo "uv could not install the packages; trying pip, which takes a little longer"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
}
printf '%s\n' "$here" > "$venv/ready"
