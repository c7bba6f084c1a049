#!/usr/bin/env bash
# Creates the virtual environment from requirements.lock: setup.sh PYTHON VENV
set -euo pipefail
python=$1 venv=$2
cd "$(dirname "$0")/.."
here=$(pwd -P)

refuse() {
  printf '%s\n' "$1" >&2
  exit 1
}

# What uv and pip say is shown only if nothing could be installed: on the way to success it would look like an error.
said=$(mktemp) pinned=$(mktemp)
trap 'rm -f "$said" "$pinned"' EXIT

refuse_packages() {
  tail -n 5 "$said" >&2
  if grep -qiE 'name resolution|failed to resolve|connection|network is|timed out|unreachable|from versions: none' "$said"; then
    refuse "The packages could not be downloaded: this machine does not reach the package index. Check its network; \
behind a proxy set HTTPS_PROXY, for a mirror set PIP_INDEX_URL, and repeat the command."
  fi
  refuse "The packages could not be installed; see the message above, and repeat the command."
}

command -v "$python" > /dev/null ||
  refuse "Sluice needs Python 3.11 or newer, but $python was not found. Try: make PYTHON=/path/to/python3 …"
# A launcher such as pyenv's can exist without any Python behind it.
version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])') ||
  refuse "Sluice needs Python 3.11 or newer, but $python does not run. Try: make PYTHON=/path/to/python3 …"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  refuse "Sluice needs Python 3.11 or newer, but $python is $version. Try: make PYTHON=python3.12 …"

# The scripts of a virtual environment contain its path, so it is created again after a move or a copy.
if [ "$(cat "$venv/ready" 2> /dev/null)" != "$here" ] || ! "$venv/bin/python" -m uv --version > /dev/null 2>&1; then
  echo "Creating the virtual environment $venv. This is done once."
  "$python" -c 'import venv, ensurepip' 2> /dev/null ||
    refuse "Python's venv module is missing. On Debian and Ubuntu, install it with: apt install python3-venv"
  "$python" -m venv --clear "$venv" || refuse "$here/$venv could not be created; see the message above."
  # pip installs only uv, with the version and hashes of the lock; uv then installs the rest in seconds.
  awk '/^[a-z]/ { is_uv = /^uv==/ } is_uv' requirements.lock > "$pinned"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$pinned" \
    2> "$said" || refuse_packages
fi
echo "Installing $(grep -c '^[a-z]' requirements.lock) packages (on disk about 0.8 GB). This takes 20 to 60 seconds, and longer \
on a slow network."
# The machine's certificates include those of a proxy that inspects encrypted traffic; uv's own do not.
VIRTUAL_ENV="$here/$venv" "$venv/bin/uv" pip sync --system-certs \
  --quiet --require-hashes --compile-bytecode requirements.lock 2> "$said" || {
  # pip may have settings for mirrors, which uv does not read.
  echo "uv does not find the packages. Trying pip, which takes a minute or two."
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
    2> "$said" || refuse_packages
}
echo "The packages are installed; it took $SECONDS s."
printf '%s\n' "$here" > "$venv/ready"
