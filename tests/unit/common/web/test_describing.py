"""An Operation stays with its handler and does not change it."""

from common.web.describing import Operation, operation_of


class Endpoints:
    @Operation("get_thing", {200: "Thing"}, etag=True)
    def get(self) -> str:
        return "a thing"

    def other(self) -> str:
        return "another"


def test_an_operation_is_found_on_the_bound_handler() -> None:
    assert operation_of(Endpoints().get) == Operation("get_thing", {200: "Thing"}, etag=True)


def test_a_decorated_handler_behaves_as_before() -> None:
    assert Endpoints().get() == "a thing"


def test_an_undecorated_handler_has_no_operation() -> None:
    assert operation_of(Endpoints().other) is None
