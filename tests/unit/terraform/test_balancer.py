"""What the load balancer adds to the answers of all backends."""

import re
from pathlib import Path

from common.web.security_headers import SECURITY_HEADERS
from tools.pack_function.imports import ROOT

BALANCER = Path(ROOT / "terraform" / "balancer.tf").read_text("utf-8")


def test_every_backend_adds_security_headers_with_the_values_of_functions() -> None:
    backends = re.findall(r'resource "google_compute_backend_service".*?\n}\n', BALANCER, flags=re.DOTALL)
    assert backends
    for backend in backends:
        (added,) = re.findall(r"custom_response_headers = \[(.*?)\]", backend, flags=re.DOTALL)
        headers = dict(line.split(": ", 1) for line in re.findall(r'"(.*?)"', added))
        assert "Strict-Transport-Security" in headers
        assert headers.items() <= SECURITY_HEADERS.items()
