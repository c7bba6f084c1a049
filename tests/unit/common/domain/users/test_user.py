from common.domain.users.user import default_display_name


def test_the_default_display_name_is_the_part_before_the_at() -> None:
    assert default_display_name("ana.perez+lab@lab.example") == "ana.perez+lab"
