import os
import signal
import time

from localdev.nextflow_simulator.interrupt import Interrupt


def test_the_name_is_that_of_the_first_signal() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    interrupt = Interrupt(of_process=True)
    interrupt.install()
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    assert interrupt.name == "SIGTERM"


def test_waiting_ends_after_a_signal() -> None:
    interrupt = Interrupt()
    interrupt.record("SIGTERM")
    started = time.monotonic()

    interrupt.wait(30)

    assert time.monotonic() - started < 5
