"""Differences between two samplesheets."""

import csv
import io
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from common.domain.insight.comparison.sheets import MOST_ROWS, CellChange, RowChange, SheetChanges, sheet_changes

SHEET = "sample,fastq_1,fastq_2\ns1,a_1.gz,a_2.gz\ns2,b_1.gz,b_2.gz\ns2,c_1.gz,c_2.gz\n"


def changes(before: str, after: str) -> SheetChanges:
    return sheet_changes(before.encode(), after.encode(), sample_column="sample")


def written(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["sample", "x", "y"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_a_sheet_does_not_differ_from_itself() -> None:
    assert changes(SHEET, SHEET) == SheetChanges()
    assert changes("", "") == SheetChanges()


def test_rows_are_added_removed_and_changed() -> None:
    after = "sample,fastq_1,fastq_2\ns2,b_1.gz,b_2.gz\ns2,c_1.gz,new.gz\ns3,d_1.gz,\n"
    assert changes(SHEET, after) == SheetChanges(
        added=1,
        removed=1,
        changed=1,
        rows=(
            RowChange("s1", 2, None),
            RowChange("s2", 4, 3, (CellChange("fastq_2", "c_2.gz", "new.gz"),)),
            RowChange("s3", None, 4),
        ),
    )


def test_the_order_of_rows_and_columns_the_delimiter_and_blank_lines_do_not_matter() -> None:
    after = "\ufefffastq_2\tsample\tfastq_1\n\nc_2.gz\ts2\tc_1.gz\nb_2.gz\ts2\tb_1.gz\na_2.gz\ts1\ta_1.gz \n"
    assert changes(SHEET, after) == SheetChanges()


def test_a_further_column_is_a_change_only_where_it_holds_something() -> None:
    after = "sample,fastq_1,fastq_2,cells\ns1,a_1.gz,a_2.gz,500\ns2,b_1.gz,b_2.gz,\ns2,c_1.gz,c_2.gz,\n"
    assert changes(SHEET, after).rows == (RowChange("s1", 2, 2, (CellChange("cells", "", "500"),)),)


def test_without_the_column_of_the_samples_the_first_column_tells_rows_apart() -> None:
    found = changes("id,x\n1,a\n", "id,x\n1,b\n")
    assert found.rows == (RowChange("1", 2, 2, (CellChange("x", "a", "b"),)),)


def test_only_the_first_rows_are_shown_but_all_are_counted() -> None:
    rows = [{"sample": str(number), "x": "", "y": ""} for number in range(MOST_ROWS + 50)]
    found = changes(written([]), written(rows))
    assert (found.added, len(found.rows)) == (MOST_ROWS + 50, MOST_ROWS)


def test_of_very_many_rows_of_one_sample_all_are_counted() -> None:
    rows = [{"sample": "s1", "x": str(number), "y": ""} for number in range(5_000)]
    found = changes(written(rows[:3_000]), written([row | {"y": "1"} for row in rows]))
    assert (found.added, found.removed, found.changed) == (2_000, 0, 3_000)
    assert len(found.rows) == MOST_ROWS


def test_of_very_many_rows_those_without_a_certain_partner_are_counted_but_not_shown() -> None:
    rows = [{"sample": f"s{number}", "x": "1", "y": ""} for number in range(5_000)]
    found = changes(written(rows), written([row | {"y": "1"} for row in reversed(rows)]))
    assert (found.added, found.removed, found.changed) == (0, 0, 5_000)
    assert all(row.before and row.after for row in found.rows)


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.text("xyz", min_size=1)), max_size=12),
    st.sets(st.integers(0, 11), max_size=4),
    st.sets(st.integers(0, 11), max_size=4),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_every_seeded_difference_is_found_and_no_other(
    rows: list[tuple[str, str]], gone: set[int], changed: set[int], new: int, random: object
) -> None:
    before = [{"sample": f"{sample}{number}", "x": x, "y": "1"} for number, (sample, x) in enumerate(rows)]
    removed = {number for number in gone if number < len(before)}
    edited = {number for number in changed if number < len(before)} - removed
    after = [
        row | {"y": "2"} if number in edited else row for number, row in enumerate(before) if number not in removed
    ]
    after += [{"sample": f"new{number}", "x": "", "y": ""} for number in range(new)]
    random.shuffle(after)  # type: ignore[attr-defined]
    found = changes(written(before), written(after, "\t"))
    assert (found.added, found.removed, found.changed) == (new, len(removed), len(edited))
    assert {row.sample for row in found.rows} == {before[number]["sample"] for number in removed | edited} | {
        f"new{number}" for number in range(new)
    }
