"""The records of the client are those of the published description."""

from tools.client_models import module_texts
from tools.openapi.document import document


def test_the_records_of_the_client_are_up_to_date() -> None:
    texts = module_texts(document())
    stale = [path.name for path, text in texts.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make openapi` and commit the result"


def test_an_object_comes_after_those_that_it_refers_to_and_once() -> None:
    texts = list(module_texts(document()).values())
    names = [line.split()[1].partition("(")[0] for text in texts for line in text.splitlines() if "(Record):" in line]
    assert len(names) == len(set(names))
    assert names.index("Diagnosis") < names.index("RunResponse")
