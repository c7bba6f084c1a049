"""The built files are those that the page consists of, and they fit the budget of a first visit."""

import re

import pytest
from flask import Flask

from functions.console.files import built_files
from localdev.stack.layout import PAGE
from tests.support.functions.applications import application_of

FIRST_LOAD_BYTES = 90_000  # scripts and style sheets of a first visit, compressed

built = pytest.mark.skipif(not PAGE.is_file(), reason="the page was not built, because npm could not be reached")


@built
def test_the_page_loads_only_files_that_are_there() -> None:
    files = built_files()
    html = files["index.html"].content.decode()
    loaded = re.findall(r'(?:src|href)="/(assets/[^"]+)"', html)
    assert loaded
    assert set(loaded) <= files.keys()


@built
def test_the_page_has_no_inline_script_or_style() -> None:
    html = built_files()["index.html"].content.decode()
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", html) == []


@built
def test_the_first_load_is_small() -> None:
    files = built_files()
    first = re.findall(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"', files["index.html"].content.decode())
    assert sum(len(files[name].compressed) for name in first) <= FIRST_LOAD_BYTES


@built
def test_names_of_assets_have_a_hash_of_their_content() -> None:
    assets = [name for name in built_files() if name.startswith("assets/")]
    assert all(re.fullmatch(r"assets/[\w.]+-[\w-]{8}\.(js|css|svg)", name) for name in assets)


def test_a_process_that_has_read_the_page_can_make_another_application() -> None:
    built_files()
    assert isinstance(application_of("console"), Flask)
