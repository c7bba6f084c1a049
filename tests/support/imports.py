"""What a module of ours imports, as the packer sees it."""

from tools.pack_function.imports import ROOT, third_party_modules

__all__ = ["ROOT", "third_party_modules"]
