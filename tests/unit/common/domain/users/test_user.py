from common.domain.users.user import starting_name


def test_the_default_display_name_is_the_part_before_the_at() -> None:
    assert starting_name("ana.perez+lab@lab.example") == "ana.perez+lab"
