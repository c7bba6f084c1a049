"""The alerts: docs/operate.md names each of those on log entries, and the code logs what they wait for."""

import re

from localdev.stack.environment import ROOT
from tests.support.terraform import resource

PAGE = (ROOT / "docs" / "operate.md").read_text("utf-8")


def alerts_on_log_entries() -> set[str]:
    return set(resource("google_monitoring_alert_policy", "log_entry").arguments["for_each"])


def test_the_page_for_operators_names_all_alerts_on_log_entries_and_no_others() -> None:
    listed = PAGE.partition("`terraform/alerts.tf` defines alerts for")[2].partition(";")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == alerts_on_log_entries()


def test_the_code_logs_what_each_alert_waits_for() -> None:
    code = "".join(path.read_text("utf-8") for name in ("common", "functions") for path in (ROOT / name).rglob("*.py"))
    assert [action for action in sorted(alerts_on_log_entries()) if f'"{action}"' not in code] == []
