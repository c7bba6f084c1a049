"""Words of lines and of queries, and what is shown of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.insight.search import LONGEST_LINE, last_lines, snippet, words_in, words_of_query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("!!! --- ___", []),
        ("Exit status 137", ["exit", "status", "137"]),
        ("STAR_ALIGN (pbmc-1)", ["star_align", "star", "align", "pbmc", "1"]),
        ("java.lang.OutOfMemoryError: x", ["java.lang.outofmemoryerror", "java", "lang", "outofmemoryerror", "x"]),
        ("reads.fastq_1.gz", ["reads.fastq_1.gz", "reads", "fastq_1", "fastq", "1", "gz"]),
        ("Über-Größe 细胞", ["über", "größe", "细胞"]),
        ("again again", ["again"]),
        ("__init__.py", ["init__.py", "init", "py"]),
    ],
)
def test_the_words_of_a_line(text: str, words: list[str]) -> None:
    assert set(words_in(text)) == set(words)


def test_a_line_of_a_million_characters_has_few_words() -> None:
    assert words_in("word " * 200_000) == ["word"]
    assert len(words_in(" ".join(map(str, range(200_000))))) < LONGEST_LINE
    assert words_in("x" * 1_000_000) == ["x" * 100]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", []),
        ("% _ ' \\ : & | !", []),
        ("Out of memory", ["out", "of", "memory"]),
        ("'memory':* | 'x'", ["memory", "x"]),
        ("java.lang.Out", ["java.lang.out"]),
        ("_private_ .hidden", ["private", "hidden"]),
        ("twice TWICE", ["twice"]),
    ],
)
def test_the_words_of_a_query_have_no_signs(query: str, words: list[str]) -> None:
    assert words_of_query(query) == words


@given(st.text(max_size=80))
def test_a_line_is_found_by_its_own_text(text: str) -> None:
    found = words_in(text)
    assert all(any(word.startswith(asked) for word in found) for asked in words_of_query(text))


def test_a_snippet_is_one_line_around_the_first_word() -> None:
    line = f"{'a ' * 300}Killed by the kernel\n{'b ' * 300}"
    shown = snippet(line, ["killed"])
    assert shown.startswith("…a a")
    assert shown.endswith("b…")
    assert "Killed by the kernel b b" in shown
    assert snippet("short", ["missing"]) == "short"


def test_a_snippet_shows_its_word_after_letters_that_lower_case_makes_longer() -> None:
    assert "Killed here" in snippet(f"{'İ' * 300} Killed here", ["killed"])


def test_letters_with_accents_are_found_however_they_were_typed() -> None:
    typed, from_a_mac = "échantillon_1", "e\u0301chantillon_1"
    assert words_of_query(from_a_mac) == words_of_query(typed) == [typed]
    assert words_in(from_a_mac) == words_in(typed)
    assert snippet("x " * 400 + from_a_mac, [typed]).endswith(typed)


def test_the_last_lines_of_an_output_are_numbered_and_blank_ones_left_out() -> None:
    assert list(last_lines("a\n\n  \nb\n")) == [(0, "a"), (1, "b")]
    lines = list(last_lines("\n".join(map(str, range(500)))))
    assert (lines[0], lines[-1]) == ((0, "300"), (199, "499"))
