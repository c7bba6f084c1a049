"""The welcome page for terminals and for browsers."""

import re
import subprocess

from localdev.stack.ports import Ports
from localdev.stack.welcome import things_to_try, welcome_html, welcome_text


def test_both_pages_show_every_port() -> None:
    ports = Ports(12_340)
    for page in (welcome_text(ports), welcome_html(ports)):
        assert {str(port) for port in ports.all().values()} <= set(re.findall(r"\d{5}", page))


def test_both_pages_link_the_api_documentation() -> None:
    for page in (welcome_text(Ports(8080)), welcome_html(Ports(8080))):
        assert "/docs" in page
        assert "/openapi.json" in page


def test_a_shell_uses_the_id_of_the_new_run_in_the_commands_that_follow() -> None:
    curl = """curl() { echo "$@" >&2; echo '{"run_id":"run-1a2b3c4d","gcs_path":"gs://b/runs/run-1a2b3c4d"}'; }"""
    script = "\n".join([curl, *(command for _, command in things_to_try(Ports(8080)))])
    requested = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, check=True).stderr
    for address in ("/run-1a2b3c4d/events", "/run-1a2b3c4d/tasks", "/run-1a2b3c4d/logs?order=desc&limit=20"):
        assert f"http://127.0.0.1:8080/api/runs{address}" in requested


def test_the_page_for_browsers_is_escaped() -> None:
    assert "&quot;X-Dev-User: admin@lab.example&quot;" in welcome_html(Ports(8080))
