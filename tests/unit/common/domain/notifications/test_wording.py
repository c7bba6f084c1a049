from datetime import timedelta

from common.domain.notifications.notification import NotificationEvent
from common.domain.notifications.wording import facts, headline, link_words, preferences_url, with_plain_texts
from tests.support.notifications.notifications import HOSTILE, notification
from tests.support.rows import each_row


@each_row("event", of=list(NotificationEvent))
def test_every_event_has_a_headline(event: NotificationEvent) -> None:
    assert "{" not in headline(notification(event=event))


def test_a_headline_names_the_run_or_else_its_id() -> None:
    assert headline(notification()) == "Donor 1 failed"
    assert headline(notification(run_name=None)) == "run-0000000a failed"


def test_a_name_with_braces_is_no_placeholder() -> None:
    assert headline(notification(run_name="{run.id}")) == "{run.id} failed"


def test_facts_say_what_is_known() -> None:
    assert dict(facts(notification())) == {
        "Run": "run-0000000a",
        "Pipeline": "nf-core/scrnaseq 2.7.1",
        "State": "failed",
        "Cause": "out of memory",
        "Evidence": "Process `STAR` terminated with an error exit status (137)",
        "Duration": "2 h 3 min",
        "Cost": "$1.23 by list prices",
        "Time": "2026-12-01 13:02 UTC",
    }


def test_facts_leave_out_what_is_not_known() -> None:
    known = dict(facts(notification(cause=None, evidence=None, duration=None, cost=None)))

    assert list(known) == ["Run", "Pipeline", "State", "Time"]


@each_row("event", of=[NotificationEvent.TEST, NotificationEvent.TARGET_DISABLED])
def test_what_is_about_no_run_says_nothing_of_one(event: NotificationEvent) -> None:
    about_target = notification(event=event, evidence=None, duration=None, cost=None, cause="gone")

    assert list(dict(facts(about_target))) == ["Cause", "Time"]
    assert link_words(about_target) == "Open Sluice"
    assert link_words(notification()) == "Open the run in Sluice"


@each_row("seconds", "words", of=[(12, "12 s"), (245, "4 min 5 s"), (3600, "1 h 0 min"), (180_000, "50 h 0 min")])
def test_durations_are_short(seconds: int, words: str) -> None:
    assert dict(facts(notification(duration=timedelta(seconds=seconds))))["Duration"] == words


def test_texts_become_short_single_lines_without_control_characters() -> None:
    plain = with_plain_texts(notification(run_name=HOSTILE, cause=HOSTILE, evidence=HOSTILE))

    for text in (plain.run_name, plain.cause, plain.evidence):
        assert text is not None
        assert text.isprintable()
        assert text.startswith("<b>x</b> & <!channel> Bcc: eve@example.org")
        assert text.endswith("y…")
        assert len(text) <= 400


def test_secrets_in_texts_are_hidden() -> None:
    assert with_plain_texts(notification(evidence="ERROR --token abcdef123")).evidence == "ERROR --token •••"


def test_preferences_are_a_page_of_the_same_site() -> None:
    assert preferences_url(notification()) == "https://sluice.example.org/preferences"
