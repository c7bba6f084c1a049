"""Reads the licence of a distribution as an SPDX expression and decides whether it may be deployed."""

import re
from importlib.metadata import Distribution
from typing import Final

# None of these requires the source of the program that uses the package; MPL-2.0 covers changes to its own files only.
# "BSD" is not an SPDX id; it stands for packages that do not say which BSD licence they have.
ALLOWED: Final = frozenset(
    {"Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0"}
)
# Names used by distributions without SPDX ids.
_SPDX: Final = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "https://www.apache.org/licenses/LICENSE-2.0": "Apache-2.0",
}
_CLASSIFIER: Final = "License :: OSI Approved :: "
_LONGEST_NAME = 60  # characters; some put the whole text in the field


def licence_of(distribution: Distribution) -> str:
    """The SPDX expression, from License-Expression, else License, else the classifiers; empty when there is none."""
    metadata = distribution.metadata
    if expression := metadata.get_all("License-Expression"):
        return str(expression[0])
    written = str((metadata.get_all("License") or [""])[0])
    if written and len(written) <= _LONGEST_NAME:
        return _SPDX.get(written, written)
    classifiers = metadata.get_all("Classifier") or []
    names = {text.removeprefix(_CLASSIFIER) for text in classifiers if text.startswith(_CLASSIFIER)}
    return " AND ".join(sorted(_SPDX.get(name, name) for name in names))


def is_allowed(expression: str) -> bool:
    """Whether an expression is allowed: every AND part, one of each OR. Expressions with brackets are refused."""
    if not expression or re.search(r"[()]", expression):
        return False
    return all(
        any(name.strip() in ALLOWED for name in alternatives.split(" OR "))
        for alternatives in expression.split(" AND ")
    )
