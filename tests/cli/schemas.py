"""Checks a document against the schema that ships with the package."""

import json
from importlib.resources import files
from typing import Any

import jsonschema


def check(document: Any) -> None:
    """Raise unless `document` is what its own `schema` promises."""
    name = document["schema"].removeprefix("inspector.").partition("/")[0]
    schema = json.loads((files("inspector") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
