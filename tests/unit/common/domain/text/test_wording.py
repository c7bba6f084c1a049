import pytest

from common.domain.text.wording import did_you_mean, nearest, one_of, shortened


@pytest.mark.parametrize(("choices", "told"), [("a", "a"), ("ab", "a or b"), ("abc", "a, b or c")])
def test_choices_are_listed_as_people_do(choices: str, told: str) -> None:
    assert one_of(choices) == told


def test_the_nearest_name_is_found_whatever_its_letter_case() -> None:
    assert nearest(" FASTQ1", ["sample", "Fastq_1"]) == "Fastq_1"


def test_no_name_is_suggested_when_none_is_near() -> None:
    assert did_you_mean("run_id", ["aligner", "protocol"]) == ""


def test_a_suggestion_follows_the_sentence_it_belongs_to() -> None:
    assert did_you_mean("alinger", ["aligner", "protocol"]) == " (did you mean aligner?)"


def test_a_long_value_is_cut_and_what_cannot_be_printed_is_escaped() -> None:
    assert shortened("a\n" + "b" * 50, longest=4) == r"'a\nbb…'"
