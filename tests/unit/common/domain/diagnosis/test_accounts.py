from common.domain.diagnosis.accounts import account_of_end, account_of_trace, accounts_of_log
from common.domain.diagnosis.rules import EvidenceSource
from tests.support.runs import make_task
from tests.unit.common.domain.nextflow.texts import line, summary_in

REPORT = line(
    "Error executing process > 'P'\n\nCaused by:\n  It failed\n\nSource block:\n  cat\n\nCommand exit status:\n  3\n\n"
    "Command output:\n  out\n\nCommand error:\n  err\n",
    level="ERROR",
)
ABORT = line("Session aborted -- Cause: It failed")
SIGNAL = line("Session aborted -- Cause: SIGHUP")


def test_every_part_of_a_report_is_a_place_of_its_own() -> None:
    (account,) = accounts_of_log(summary_in(REPORT))
    assert [(said.place, said.line) for said in account.statements] == [
        (EvidenceSource.NEXTFLOW, "It failed"),
        (EvidenceSource.SOURCE, "cat"),
        (EvidenceSource.COMMAND, "err"),
        (EvidenceSource.COMMAND, "out"),
        (EvidenceSource.LAST_LINE, "err"),
        (EvidenceSource.LAST_LINE, "out"),
        (EvidenceSource.EXIT, "3"),
    ]
    assert [said.line for said in account.shown] == ["Error executing process > 'P'", "It failed", "err"]


def test_a_log_is_heard_up_to_a_report() -> None:
    assert [account.is_report for account in accounts_of_log(summary_in(ABORT + REPORT + ABORT))] == [False, True]


def test_a_log_is_heard_up_to_a_signal() -> None:
    assert list(accounts_of_log(summary_in(SIGNAL + REPORT))) == []
    assert [account.message for account in account_of_end(summary_in(SIGNAL))] == ["Session aborted -- Cause: SIGHUP"]


def test_the_trace_is_not_heard_about_another_task() -> None:
    assert list(account_of_trace(make_task(exit_code=1), summary_in(REPORT))) == []
