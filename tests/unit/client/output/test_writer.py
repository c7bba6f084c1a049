"""The forms of stdout."""

import pytest

from sluice.errors import InputError
from sluice.output.writer import Output, filled


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{run_id} {status}", "run-1 failed"),
        ("{run_id}\\t{exit_code}|", "run-1\t|"),
        ("{exit_code:>3}|", "   |"),
        ("{metrics[total]:03d}", "007"),
        ("{metrics}", '{"total": 7, "progress": null}'),
        ("{metrics[progress]}|", "|"),
        ("{cost[nano_dollars]}|{cost[nano_dollars]:,d}|", "||"),
        ("{labels} {failing}", '["a"] false'),
        ("{{}}", "{}"),
    ],
)
def test_a_template_is_filled(template: str, line: str) -> None:
    metrics = {"total": 7, "progress": None}
    run = {"run_id": "run-1", "status": "failed", "exit_code": None, "metrics": metrics, "labels": ["a"]}
    assert filled(template, run | {"failing": False, "cost": None}) == line


@pytest.mark.parametrize("template", ["{nope}", "{metrics[nope]}", "{", "{}", "{0}", "{run_id.nope}", "{run_id:d}"])
def test_a_wrong_template_is_refused(template: str) -> None:
    with pytest.raises(InputError, match="--format"):
        filled(template, {"run_id": "run-1", "metrics": {"total": 7}})


def test_a_cell_has_no_tab_and_no_line_break(capsys: pytest.CaptureFixture[str]) -> None:
    Output().line("a")
    assert capsys.readouterr().out == "a\n"
