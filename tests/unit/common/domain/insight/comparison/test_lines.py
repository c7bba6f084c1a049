"""Differences between two texts by line."""

from hypothesis import given
from hypothesis import strategies as st

from common.domain.insight.comparison.lines import LineChange, line_changes
from tests.support.doubling import assert_linear

CONFIG = """process {
    withName: 'STAR_ALIGN' {
        memory = 36.GB
    }
    withName: 'FASTQC' {
        memory = 4.GB
    }
}
"""
LINES = st.lists(st.sampled_from(["}", "{", "memory = 4.GB", "cpus = 2", "", "x"]), max_size=30)


def applied(before: str, changes: list[LineChange]) -> list[str]:
    """The lines of `before` without those that were removed and with those that were added."""
    gone = {change.number for change in changes if not change.is_added}
    kept = [line.rstrip() for number, line in enumerate(before.rstrip().splitlines(), 1) if number not in gone]
    for change in changes:
        if change.is_added:
            kept.insert(change.number - 1, change.text)
    return kept


def test_a_text_does_not_differ_from_itself() -> None:
    assert line_changes(CONFIG, CONFIG) == []
    assert line_changes("", "") == []


def test_a_changed_line_is_one_removed_and_one_added() -> None:
    assert line_changes(CONFIG, CONFIG.replace("36.GB", "72.GB")) == [
        LineChange(3, "        memory = 36.GB", is_added=False),
        LineChange(3, "        memory = 72.GB", is_added=True),
    ]


def test_an_added_block_is_found_although_its_lines_occur_elsewhere() -> None:
    block = "    withName: 'SORT' {\n        memory = 4.GB\n    }\n"
    place = CONFIG.index("    withName: 'FASTQC'")
    added = line_changes(CONFIG, CONFIG[:place] + block + CONFIG[place:])
    assert [(change.is_added, change.text) for change in added] == [(True, line) for line in block.splitlines()]


def test_lines_that_change_places_are_a_difference() -> None:
    swapped = CONFIG.replace("36.GB", "x").replace("4.GB", "36.GB").replace("x", "4.GB")
    assert applied(CONFIG, line_changes(CONFIG, swapped)) == swapped.rstrip().splitlines() != CONFIG.splitlines()


def test_blanks_at_line_ends_and_at_the_end_are_no_difference() -> None:
    assert line_changes(CONFIG, CONFIG.replace("\n", "  \r\n") + "\n\n") == []


@given(LINES, LINES)
def test_the_changes_lead_from_one_text_to_the_other(before: list[str], after: list[str]) -> None:
    first, second = "\n".join(before), "\n".join(after)
    changes = line_changes(first, second)
    assert applied(first, changes) == [line.rstrip() for line in second.rstrip().splitlines()]


@given(st.integers(1, 60), st.sets(st.integers(0, 59), max_size=8))
def test_every_seeded_change_is_found_and_no_other(size: int, places: set[int]) -> None:
    before = [f"setting_{number} = 1" for number in range(size)]
    changed = {place for place in places if place < size}
    after = [f"setting_{number} = 2" if number in changed else line for number, line in enumerate(before)]
    found = line_changes("\n".join(before), "\n".join(after))
    assert {(change.number - 1, change.is_added) for change in found} == {
        (place, added) for place in changed for added in (False, True)
    }


def test_the_time_grows_with_the_length() -> None:
    assert_linear(lambda text: line_changes(text, "b\na\nc\n" + text[::-1]), "a\nb\n")
