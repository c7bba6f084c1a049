import pytest

from common.domain.text.wording import did_you_mean, nearest, one_of, shortened


@pytest.mark.parametrize(("choices", "text"), [("a", "a"), ("ab", "a or b"), ("abc", "a, b or c")])
def test_choices_are_joined_with_commas_and_or(choices: str, text: str) -> None:
    assert one_of(choices) == text


def test_the_nearest_name_is_found_in_any_case() -> None:
    assert nearest(" FASTQ1", ["sample", "Fastq_1"]) == "Fastq_1"


def test_no_name_is_suggested_when_none_is_similar() -> None:
    assert did_you_mean("run_id", ["aligner", "protocol"]) == ""


def test_a_suggestion_is_a_question_in_parentheses() -> None:
    assert did_you_mean("alinger", ["aligner", "protocol"]) == " (did you mean aligner?)"


def test_a_long_value_is_cut_and_unprintable_characters_are_escaped() -> None:
    assert shortened("a\n" + "b" * 50, longest=4) == r"'a\nbb…'"
