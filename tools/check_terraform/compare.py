"""Compares Terraform blocks with the arguments that the provider accepts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.check_terraform.hcl import Block
from tools.check_terraform.schema import Provider, Shape

# Accepted by Terraform itself in every resource; the conditions in a lifecycle are not the provider's.
_META_ARGUMENTS = {"for_each", "count", "depends_on", "provider"}
_META_BLOCKS = {"lifecycle"}


@dataclass(frozen=True, slots=True)
class ArgumentFault:
    """One fault with its file and line."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def faults_in(blocks: Sequence[Block], provider: Provider) -> Iterator[ArgumentFault]:
    """The faults in resources and data sources that the provider would report."""
    for block in blocks:
        if block.kind not in {"resource", "data"}:
            continue
        kind = block.labels[0]
        shape = provider.resource(kind) if block.kind == "resource" else provider.data_source(kind)
        if shape is None:
            yield ArgumentFault(block.file, block.line, f"{kind} is unknown; add it to tools/check_terraform/places.py")
        else:
            yield from _faults(block, block.address, shape, shape, provider, is_outermost=True)


def _faults(
    block: Block, where: str, shape: Shape, whole: Shape, provider: Provider, *, is_outermost: bool = False
) -> Iterator[ArgumentFault]:
    meta = (_META_ARGUMENTS, _META_BLOCKS) if is_outermost else (set[str](), set[str]())
    inner = [found for found in block.blocks if found.kind not in meta[1]]
    for name in block.arguments:
        if name not in meta[0]:
            yield from _argument_faults(name, block, where, shape, whole, provider)
    for found in inner:
        yield from _block_faults(found, where, shape, whole, provider)
    counts = Counter(found.kind for found in inner)
    for name, count in counts.items():
        if count > 1 and name in shape.arguments and not shape.arguments[name].is_repeated:
            yield ArgumentFault(block.file, block.line, f"{where} accepts only one block {name}")
    given = {*block.arguments, *counts}
    for name, argument in shape.arguments.items():
        if argument.is_required and name not in given:
            yield ArgumentFault(block.file, block.line, f"{where} needs {name}")


def _argument_faults(
    name: str, block: Block, where: str, shape: Shape, whole: Shape, provider: Provider
) -> Iterator[ArgumentFault]:
    argument = shape.arguments.get(name)
    line = block.line_of(name)
    if argument is None:
        yield ArgumentFault(block.file, line, _unknown("argument", name, where, whole, provider))
    elif argument.is_output:
        yield ArgumentFault(block.file, line, f"{name} of {where} is set by the provider and cannot be an argument")
    elif argument.inner:
        yield ArgumentFault(block.file, line, f"{name} of {where} is a block: write {name} {{ … }} without =")


def _block_faults(found: Block, where: str, shape: Shape, whole: Shape, provider: Provider) -> Iterator[ArgumentFault]:
    argument = shape.arguments.get(found.kind)
    if argument is None:
        yield ArgumentFault(found.file, found.line, _unknown("block", found.kind, where, whole, provider))
    elif not argument.inner:
        yield ArgumentFault(found.file, found.line, f"{found.kind} of {where} is an argument: write {found.kind} = …")
    else:
        inner = provider.block(shape, argument)
        yield from _faults(found, f"{where}.{found.kind}", inner, whole, provider)


def _unknown(what: str, name: str, where: str, whole: Shape, provider: Provider) -> str:
    """The message for an unknown name, with the blocks that would accept it."""
    places = list(_places_of(name, "the resource itself", whole, provider, depth=0))
    hint = f"; it belongs to {' or '.join(places[:3])}" if places else ""
    return f"{where} accepts no {what} {name}{hint}"


def _places_of(name: str, where: str, shape: Shape, provider: Provider, depth: int) -> Iterator[str]:
    if name in shape.arguments:
        yield where
    if depth < 4:
        for block, argument in shape.arguments.items():
            if argument.inner:
                yield from _places_of(name, block, provider.block(shape, argument), provider, depth + 1)
