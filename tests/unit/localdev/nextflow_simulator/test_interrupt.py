import os
import signal
import threading

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

    interrupt.wait(threading.TIMEOUT_MAX)  # would never end
