"""What the client remembers between commands."""

from pathlib import Path

from sluice.state import State


def test_a_nonce_is_kept_until_it_is_forgotten(tmp_path: Path) -> None:
    nonces = iter(["one", "two"])
    first, second = (State(tmp_path, new_nonce=lambda: next(nonces)) for _ in range(2))
    assert [first.nonce_of("a"), second.nonce_of("a")] == ["one", "one"]
    first.forget_nonce("a")
    assert second.nonce_of("a") == "two"


def test_forgetting_twice_does_no_harm(tmp_path: Path) -> None:
    State(tmp_path).forget_nonce("a")


def test_a_value_is_saved_for_the_user_only(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.save("runs", {"a": [1]})
    assert state.load("runs") == {"a": [1]}
    assert (tmp_path / "state" / "runs.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "runs.json").write_text("{")
    assert State(tmp_path).load("runs") is None


def test_nothing_is_left_beside_the_files(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.save("runs", 1)
    state.nonce_of("a")
    assert {path.name for path in tmp_path.rglob("*")} == {"runs.json", "unanswered", "a"}
    state.drop("runs")
    assert state.load("runs") is None
