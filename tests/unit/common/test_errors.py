import pytest

from common import errors
from common.errors import Fault, SluiceError, ValidationError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SluiceError)]


def test_every_error_class_has_its_own_code() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(code.isupper() for code in codes)


def test_every_error_class_is_in_the_tree_of_the_docstring() -> None:
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in KINDS)


@pytest.mark.parametrize(("count", "message"), [(1, "params.x: is wrong"), (3, "params.x: is wrong (and 2 more)")])
def test_the_message_of_a_validation_error_is_its_first_fault(count: int, message: str) -> None:
    faults = [Fault(field="params.x", message="is wrong")] * count
    error = ValidationError(faults)
    assert error.message == message
    assert error.faults == tuple(faults)
