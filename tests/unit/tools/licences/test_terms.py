from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from tools.licences.terms import is_allowed, licence_of

OSI = "Classifier: License :: OSI Approved ::"


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ("License-Expression: Apache-2.0 AND MIT\nLicense: whatever", "Apache-2.0 AND MIT"),
        ("License: Apache 2.0", "Apache-2.0"),
        ("License: Beerware", "Beerware"),
        (f"{OSI} BSD License", "BSD"),
        (f"{OSI} MIT License\n{OSI} Apache Software License", "Apache-2.0 AND MIT"),
        (f"License: {'All rights reserved. ' * 9}\n{OSI} MIT License", "MIT"),
        ("Summary: none", ""),
    ],
)
def test_the_licence_is_read_from_each_metadata_field(fields: str, licence: str, tmp_path: Path) -> None:
    (tmp_path / "METADATA").write_text(f"Metadata-Version: 2.4\nName: some\nVersion: 1\n{fields}\n", encoding="utf-8")
    assert licence_of(PathDistribution(tmp_path)) == licence


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND (Apache-2.0 OR GPL-3.0-only)", False),
        ("", False),
    ],
)
def test_every_part_of_an_expression_must_be_allowed(expression: str, allowed: bool) -> None:
    assert is_allowed(expression) is allowed
