import pytest

from localdev.nextflow_simulator.pace import Pace


def test_at_a_fortieth_the_intervals_are_those_of_nextflow() -> None:
    pace = Pace(speed=1 / 40)

    assert (pace.poll, pace.dump, pace.launch, pace.deletion) == pytest.approx((10, 300, 3, 3))


def test_the_intervals_shrink_with_speed_but_never_vanish() -> None:
    assert Pace(speed=1).poll == pytest.approx(0.25)
    assert (Pace(speed=1000).poll, Pace(speed=1000).dump) == (0.05, 1.0)
