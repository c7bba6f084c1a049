"""Checks that every reference has a declaration, and that every variable and local is used."""

import re
from collections.abc import Iterator, Mapping, Sequence

from tools.check_terraform.compare import ArgumentFault
from tools.check_terraform.hcl import Block
from tools.check_terraform.schema import Provider

_SHORT = re.compile(r"(?<![\w.\"/])(?P<address>(?:var|local)\.\w+)")
_LONG = re.compile(
    r"(?<![\w.\"/])(?P<address>(?P<data>data\.)?(?P<kind>google_\w+)\.\w+)(?:\[[^\]]*\]+)?(?:\.(?P<attribute>\w+))?"
)


def reference_faults(texts: Mapping[str, str], blocks: Sequence[Block], provider: Provider) -> Iterator[ArgumentFault]:
    """References in `texts` (by file) without a declaration, and unused variables and locals.

    Only what a `moved` block comes from must not be declared.
    """
    declared, used = _declared(blocks), set[str]()
    gone = {(block.file, block.line_of("from")) for block in blocks if block.kind == "moved"}
    for file, number, line in _code_lines(texts):
        for found in [*_SHORT.finditer(line), *_LONG.finditer(line)]:
            used.add(found["address"])
            is_declared = found["address"] in declared
            if (file, number) in gone:
                fault = "is declared, so it has not moved" if is_declared else ""
            else:
                fault = "" if is_declared else "is not declared"
            if fault:
                yield ArgumentFault(file, number, f"{found['address']} {fault}")
            elif is_declared:
                yield from _attribute_faults(found, file, number, provider)
    for address, block in declared.items():
        if address not in used and address.startswith(("var.", "local.")):
            yield ArgumentFault(block.file, block.line, f"{address} is not used")


def variable_faults(
    file: str, given: Mapping[str, object], blocks: Sequence[Block], elsewhere: frozenset[str]
) -> Iterator[ArgumentFault]:
    """Undeclared values in a file of values, and required ones that it lacks; `elsewhere` is set by the deployment."""
    declared = {block.labels[0]: block for block in blocks if block.kind == "variable"}
    for name in given:
        if name not in declared:
            yield ArgumentFault(file, 1, f"variable {name} is not declared")
    for name, block in declared.items():
        if "default" not in block.arguments and name not in given and name not in elsewhere:
            yield ArgumentFault(file, 1, f"variable {name} has no default and must be set")


def _declared(blocks: Sequence[Block]) -> dict[str, Block]:
    found: dict[str, Block] = {}
    for block in blocks:
        if block.kind == "locals":
            found |= {f"local.{name}": block for name in block.arguments}
        elif block.kind in {"resource", "data", "variable"}:
            found[{"resource": "", "data": "data.", "variable": "var."}[block.kind] + block.address] = block
    return found


def _code_lines(texts: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    """File, line number and line without its comment."""
    for file, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            yield file, number, "" if line.lstrip().startswith("#") else line.partition(" #")[0]


def _attribute_faults(found: re.Match[str], file: str, line: int, provider: Provider) -> Iterator[ArgumentFault]:
    if found.re is not _LONG or not found["attribute"]:
        return
    kind, attribute = found["kind"], found["attribute"]
    shape = provider.data_source(kind) if found["data"] else provider.resource(kind)
    if shape and attribute not in shape.outputs:
        yield ArgumentFault(file, line, f"{kind} has no attribute {attribute}")
