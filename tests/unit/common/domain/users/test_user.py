from common.domain.users.user import starting_name


def test_a_name_starts_as_the_part_before_the_at() -> None:
    assert starting_name("ana.perez+lab@lab.example") == "ana.perez+lab"
