"""What is said of a handler stays with it, and changes nothing about it."""

from common.web.describing import Operation, operation_of


class Endpoints:
    @Operation("get_thing", {200: "Thing"}, etag=True)
    def get(self) -> str:
        return "a thing"

    def other(self) -> str:
        return "another"


def test_an_operation_is_found_on_the_bound_handler() -> None:
    assert operation_of(Endpoints().get) == Operation("get_thing", {200: "Thing"}, etag=True)


def test_a_described_handler_does_what_it_did() -> None:
    assert Endpoints().get() == "a thing"


def test_a_handler_of_which_nothing_was_said_has_no_operation() -> None:
    assert operation_of(Endpoints().other) is None
