import json

from common.domain.notifications.slack import slack_message
from tests.support.notifications.notifications import HOSTILE, notification


def test_a_message_says_what_happened_and_links_to_the_run() -> None:
    lines = json.loads(slack_message(notification()))["text"].split("\n")

    assert lines[0] == "*Donor 1 failed*"
    assert "Cause: out of memory" in lines
    assert lines[-1] == "<https://sluice.example.org/runs/run-0000000a|Open the run in Sluice>"


def test_texts_of_others_call_nobody_and_link_nowhere() -> None:
    hostile = notification(run_name=HOSTILE, cause="<!here> <https://evil.example|log in>", evidence=HOSTILE)

    *lines, _link = json.loads(slack_message(hostile))["text"].split("\n")

    assert not any(sign in line for line in lines for sign in "<>")
    assert "Cause: &lt;!here&gt; &lt;https://evil.example|log in&gt;" in lines
    assert len(lines) == len(json.loads(slack_message(notification()))["text"].split("\n")) - 1
