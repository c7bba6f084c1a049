from common.schemas.paging import Page


def test_the_last_page_has_no_cursor() -> None:
    assert Page(total=3, page=1, page_size=25).next_cursor is None
