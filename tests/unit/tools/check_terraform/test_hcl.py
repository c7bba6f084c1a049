from tools.check_terraform.hcl import locals_in, read_text, read_values


def test_blocks_are_read_with_their_lines() -> None:
    text = 'a "x" "y" {\n  b {\n    c = 1\n  }\n  b {\n    c = 2\n  }\n}\n'
    (block,) = read_text(text, "a.tf")
    assert (block.kind, block.address, block.line) == ("a", "x.y", 1)
    assert [(inner.line, inner.arguments["c"], inner.line_of("c")) for inner in block.blocks] == [(2, 1, 3), (5, 2, 6)]


def test_a_dynamic_block_is_read_as_the_block_it_generates() -> None:
    (block,) = read_text(
        'a "x" {\n  dynamic "b" {\n    for_each = [1]\n    content {\n      c = 1\n    }\n  }\n}\n', "a.tf"
    )
    assert [(inner.kind, inner.line, inner.arguments) for inner in block.blocks] == [("b", 2, {"c": 1})]


def test_locals_of_all_blocks_are_merged_as_plain_values() -> None:
    text = 'locals {\n  a = { "b" = ["c"], d = null }\n}\nlocals {\n  e = 1\n}\n'
    assert locals_in(read_text(text, "a.tf")) == {"a": {"b": ["c"], "d": None}, "e": 1}


def test_a_list_of_objects_is_a_value_not_a_block() -> None:
    (block,) = read_text('a "x" {\n  b = [{ c = 1 }]\n}\n', "a.tf")
    assert block.blocks == []
    assert list(block.arguments) == ["b"]


def test_values_of_an_environment_are_read() -> None:
    assert read_values('a = "b"\nc = { d = { max = 2 } }\n') == {"a": "b", "c": {"d": {"max": 2}}}
