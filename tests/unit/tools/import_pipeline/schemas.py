"""Small schemas in both dialects, with each construct that occurs in the schemas of nf-core."""

from typing import Any

DRAFT_7, DRAFT_2020 = "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]

METHOD: Json = {
    "title": "Method",
    "type": "object",
    "description": "How it is done.",
    "help_text": "In detail.",
    "fa_icon": "fas fa-dna",
    "default": "",
    "required": ["input", "outdir", "caller", "species"],
    "properties": {
        "input": {"type": "string", "format": "file-path", "schema": "assets/sheet.json"},
        "outdir": {"type": "string"},
        "species": {"type": "string"},
        "tools": {"type": "string", "pattern": "^((fast|slow)?,?)*$"},
        "caller": {
            "type": "string",
            "description": "Which caller finds variants.",
            "help_text": "Slow ones find more.",
            "enum": ["fast", "slow"],
            "default": "fast",
        },
        "depth": {"type": "integer", "minimum": 1, "maximum": 500, "default": 30, "hidden": True},
        "share": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5, "default": 1},
        "keep": {"type": "boolean", "default": False},
        "title": {"type": ["string", "integer"], "pattern": "^\\S+$", "minLength": 2, "errorMessage": "No spaces."},
        "mode": {"oneOf": [{"type": "string", "enum": ["auto"]}, {"type": "number", "minimum": 0}]},
        "step": {"enum": [1, 2, None, 3], "default": None},
        "table": {"type": "string", "default": "two words", "pattern": "^\\S+$"},
        "size": {"type": "number", "pattern": "\\.bed$"},
        "help": {"type": ["boolean", "string"]},
    },
    "if": {"properties": {"caller": {"const": "slow"}}},
    "then": {"required": ["depth"]},
}
UNUSED: Json = {"type": "object", "properties": {"never": {"type": "string"}}, "required": ["never"]}


def params_schema(dialect: str = DRAFT_2020, **top: Any) -> Json:  # noqa: ANN401 any JSON
    where = "definitions" if dialect == DRAFT_7 else "$defs"
    references = [{"$ref": f"#/{where}/method"}, {"$ref": f"#/{where}/method"}]
    return {
        "$schema": dialect,
        "description": "Finds variants.",
        "type": "object",
        where: {"method": METHOD, "unused": UNUSED},
        "allOf": references,
        "properties": {"loose": {"type": "string", "description": "Belongs to no group."}},
        **top,
    }


SHEET: Json = {
    "$schema": DRAFT_7,
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "bam"],
        "properties": {
            "name": {"type": ["string", "integer"], "pattern": "^\\S+$", "meta": ["id"], "errorMessage": "A name."},
            "replicate": {"type": "integer", "minimum": 1, "unique": ["name"]},
            "bam": {"type": "string", "format": "file-path", "exists": True, "pattern": "^\\S+\\.bam$", "unique": True},
            "bai": {
                "anyOf": [{"type": "string", "pattern": "^\\S+\\.bai$"}, {"type": "string", "maxLength": 0}],
                "dependentRequired": ["bam"],
            },
            "kind": {"type": "string", "enum": ["tumor", "normal"], "default": "normal"},
            "notes": {"anyOf": [{"type": "string", "minLength": 0}, {"type": "string", "maxLength": 0}]},
            "code": {"type": "string", "minLength": 3},
        },
        "allOf": [{"if": {"properties": {"kind": {"const": "tumor"}}, "required": ["kind"]},
                   "then": {"required": ["replicate"]}}],
    },
    "allOf": [{"uniqueEntries": ["name", "kind"]}],
}  # fmt: skip
