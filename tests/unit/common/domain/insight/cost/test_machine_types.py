from fractions import Fraction

import pytest

from common.domain.insight.cost.machine_types import MachineShape, shape_of, smallest_machine


@pytest.mark.parametrize(
    ("machine_type", "family", "cores", "gib"),
    [
        ("e2-standard-4", "e2", 4, 16),
        ("e2-micro", "e2", Fraction(1, 4), 1),
        ("e2-medium", "e2", 1, 4),
        ("n1-highcpu-2", "n1", 2, Fraction(9, 5)),
        ("n1-standard-1", "n1", 1, Fraction(15, 4)),
        ("n2d-highmem-8", "n2d", 8, 64),
        ("n2-highmem-96", "n2", 96, 768),
        ("n2-highmem-128", "n2", 128, 864),
        ("c3d-highcpu-16", "c3d", 16, 32),
        ("c3d-highcpu-30", "c3d", 30, 59),
        ("c3d-highcpu-360", "c3d", 360, 708),
        ("c2d-highcpu-16", "c2d", 16, 32),
        ("n2-custom-6-3072", "n2-custom", 6, 3),
        ("custom-2-5120", "n1-custom", 2, 5),
    ],
)
def test_the_name_of_a_machine_type_says_what_is_billed(
    machine_type: str, family: str, cores: Fraction, gib: Fraction
) -> None:
    assert shape_of(machine_type) == MachineShape(family=family, cores=Fraction(cores), gib=Fraction(gib))


@pytest.mark.parametrize(
    "machine_type",
    ["", "f1-micro", "x9-standard-4", "c3-standard-4-lssd", "n2-standard-0", "n2-custom-4-8192-ext", "n2-standard-٤"],
)
def test_nothing_is_said_of_a_machine_type_whose_name_does_not_tell(machine_type: str) -> None:
    assert shape_of(machine_type) is None


def test_the_gpus_of_a_machine_type_belong_to_it() -> None:
    shape = shape_of("g2-standard-24")
    assert shape == MachineShape(family="g2", cores=Fraction(24), gib=Fraction(96), gpus=("nvidia-l4", 2))


@pytest.mark.parametrize(
    ("cores", "gib", "chosen"),
    [
        (1, 2, "e2-highcpu-2"),
        (2, 8, "e2-standard-2"),
        (2, 9, "e2-highmem-2"),
        (4, 36, "e2-highmem-8"),
        (16, 200, "n2-highmem-32"),
        (12, 128, "e2-highmem-16"),
        (40, 40, "n2-highcpu-48"),
        (96, 768, "n2-highmem-96"),
    ],
)
def test_the_smallest_machine_that_is_large_enough_is_chosen(cores: int, gib: int, chosen: str) -> None:
    assert smallest_machine(cores=Fraction(cores), gib=Fraction(gib)) == chosen


def test_no_machine_is_chosen_for_a_request_that_none_fits() -> None:
    assert smallest_machine(cores=Fraction(200), gib=Fraction(1)) is None
    assert smallest_machine(cores=Fraction(1), gib=Fraction(2000)) is None
