"""Fail when a file that git tracks looks as if it held a secret (`make check`).

A few patterns of what Sluice could come by: keys and tokens have shapes of their own, passwords are looked for in
addresses. Those of this machine and of example hosts may have one, for local databases and tests; `password` is none.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SHAPES: Final = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "the key of a service account": r"\"private_key_id\"\s*:\s*\"[0-9a-f]{40}\"",
    "a key of a Google API": r"\bAIza[0-9A-Za-z_-]{35}",
    "an access token of Google": r"\bya29\.[0-9A-Za-z_-]{20}",
    "a client secret of Google": r"\bGOCSPX-[0-9A-Za-z_-]{20}",
    "an access key of Amazon": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\bgh[pousr]_[0-9A-Za-z]{36}|\bgithub_pat_[0-9A-Za-z_]{60}",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z-]{10}",
    "a signed token": r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20}",
    "a password in an address": (
        r"\w+://[^\s/:@\"'`<>{}$]+:(?!password@)[^\s/:@\"'`<>{}$]+@(?!127\.0\.0\.1|localhost|[\w.-]*\bexample\b|\.\.\.|…)[\w.-]+"
    ),
}
_PATTERNS: Final = {what: re.compile(shape) for what, shape in _SHAPES.items()}
_NAMES: Final = re.compile(r"(?:.*\.(?:pem|key|p12|pfx|jks|tfstate)|\.env|id_(?:rsa|ed25519|ecdsa)|\.pgpass|\.netrc)")


def faults_in(path: Path, text: str) -> Iterator[str]:
    """One sentence for the name and for each line of a file that looks like a secret; what it is stays unsaid."""
    if _NAMES.fullmatch(path.name):
        yield f"{path}: files of this name hold secrets"
    for number, line in enumerate(text.splitlines(), start=1):
        yield from (f"{path}:{number}: {what}" for what, pattern in _PATTERNS.items() if pattern.search(line))


def tracked_files(root: Path) -> list[Path]:
    """Every file that git tracks or would track below `root`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return sorted({Path(name) for name in listing.stdout.split("\0") if name and (root / name).is_file()})


def main() -> int:
    """Print every fault; the exit status is 1 when there is one, or nothing to look at."""
    root = Path.cwd()
    files = tracked_files(root)
    texts = ((path, (root / path).read_text(encoding="utf-8", errors="replace")) for path in files)
    faults = [fault for path, text in texts for fault in faults_in(path, text)]
    print("\n".join([*faults, f"{len(files)} files, {len(faults)} that may hold a secret"]))
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
