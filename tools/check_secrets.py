"""Fail when a file that git does not ignore seems to hold a secret (`make check`).

The patterns are for secrets that Sluice may handle: keys and tokens by their shape, passwords in URLs. URLs of local
and example hosts may have a password, for local databases and tests; the word `password` itself is a placeholder.
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
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}",
    "a Google access token": r"\bya29\.[0-9A-Za-z_-]{20}",
    "a Google client secret": r"\bGOCSPX-[0-9A-Za-z_-]{20}",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[0-9A-Za-z]{36}|\bgithub_pat_[0-9A-Za-z_]{60}",
    "a Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{10}",
    "a signed token (JWT)": r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20}",
    "a password in a URL": (
        r"\w+://[^\s/:@\"'`<>{}$]+:(?!password@)[^\s/:@\"'`<>{}$]+@(?!127\.0\.0\.1|localhost|[\w.-]*\bexample\b|\.\.\.|…)[\w.-]+"
    ),
}
_PATTERNS: Final = {what: re.compile(shape) for what, shape in _SHAPES.items()}
_NAMES: Final = re.compile(r"(?:.*\.(?:pem|key|p12|pfx|jks|tfstate)|\.env|id_(?:rsa|ed25519|ecdsa)|\.pgpass|\.netrc)")


def faults_in(path: Path, text: str) -> Iterator[str]:
    """One sentence for the file's name, and for each line that looks like a secret; the secret is not repeated."""
    if _NAMES.fullmatch(path.name):
        yield f"{path}: files with this name hold secrets; remove it and add it to .gitignore"
    for number, line in enumerate(text.splitlines(), start=1):
        yield from (f"{path}:{number}: {what}" for what, pattern in _PATTERNS.items() if pattern.search(line))


def tracked_files(root: Path) -> list[Path]:
    """Every file below `root` that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return sorted({Path(name) for name in listing.stdout.split("\0") if name and (root / name).is_file()})


def main() -> int:
    """Print every fault; the exit status is 1 when there is one, or no file to check."""
    root = Path.cwd()
    files = tracked_files(root)
    texts = ((path, (root / path).read_text(encoding="utf-8", errors="replace")) for path in files)
    faults = [fault for path, text in texts for fault in faults_in(path, text)]
    print("\n".join([*faults, f"{len(files)} files, {len(faults)} possible secrets"]))
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
