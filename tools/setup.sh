#!/usr/bin/env bash
# Make the project's virtual environment from requirements.lock: setup.sh PYTHON VENV
set -euo pipefail
python=$1 venv=$2
cd "$(dirname "$0")/.."

command -v "$python" > /dev/null || {
  echo "Sluice needs Python 3.11 or newer, and there is no $python here. Try: make PYTHON=/path/to/python3 …" >&2
  exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Sluice needs Python 3.11 or newer; $python is $("$python" --version). Try: make PYTHON=python3.12 …" >&2
  exit 1
}
if ! "$venv/bin/python" -m uv --version > /dev/null 2>&1; then
  echo "setting up $venv (once)"
  "$python" -m venv --clear "$venv" || {
    echo "Python's venv module is missing. On Debian and Ubuntu it is the package python3-venv." >&2
    exit 1
  }
  # uv alone comes by pip, at the version and hashes that the lock gives; uv then installs the rest in seconds.
  pinned=$(mktemp)
  trap 'rm -f "$pinned"' EXIT
  awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements.lock > "$pinned"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$pinned"
fi
VIRTUAL_ENV="$PWD/$venv" "$venv/bin/uv" pip sync --quiet --require-hashes --compile-bytecode requirements.lock || {
  # pip knows mirrors and certificates from its own settings, which uv does not read.
  echo "uv could not install the packages; trying pip, which takes a little longer"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
}
touch "$venv/ready"
