"""Every file that a page of the documentation names exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from localdev.stack.environment import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("terraform/*.md")])
_FOLDERS = "common|functions|headjob|localdev|migrations|terraform|tools|bench|chaos|tests|docs|examples"
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
_PATH = re.compile(rf"`((?:{_FOLDERS})/(?!\.)[\w/-][\w./-]*)`")
_SHORT = re.compile(r"[` ]((?:domain|services|actions|steps|schemas|models|web)/[\w./-]+\w)")


def named_files(page: Path, text: str) -> Iterator[Path]:
    """The targets of links, and the paths in backquotes; paths in architecture.md may omit common/."""
    yield from (page.parent / target for target in _LINK.findall(text))
    yield from (ROOT / name for name in _PATH.findall(text))
    if page.name == "architecture.md":
        for name in _SHORT.findall(text):
            yield ROOT / "common" / name.replace("steps/", "actions/steps/").replace("actions/actions/", "actions/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    missing = [path for path in named_files(page, page.read_text(encoding="utf-8")) if not path.exists()]
    assert not missing
