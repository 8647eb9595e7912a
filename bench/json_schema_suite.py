"""The official test suite of JSON Schema, on the schemas that etlkit imports.

Run it on a checkout of json-schema-org/JSON-Schema-Test-Suite:

    python bench/json_schema_suite.py JSON-Schema-Test-Suite/tests/draft2020-12

Records are objects, so each schema is tried as that of a property. A schema about lengths
has to name its type (see the reference), so it is given the one that its keyword is about.
"""

from __future__ import annotations

import json
import sys

from collections import Counter
from pathlib import Path
from typing import Any

from etlkit import DataValidator
from etlkit.errors import SchemaError


TYPES = {
    **dict.fromkeys(("minLength", "maxLength"), "string"),
    **dict.fromkeys(("minItems", "maxItems"), "array"),
    **dict.fromkeys(("minProperties", "maxProperties"), "object"),
}
CLASSES = {"string": str, "array": list, "object": dict}
BESIDE = ("$schema", "$defs", "definitions")


def validator_of(schema: Any, kind: str | None) -> DataValidator | None:
    """The validator of the property, or None if the schema is not imported."""
    if refers_elsewhere(schema):
        return None
    inner, beside = schema, {}
    if isinstance(schema, dict):
        beside = {name: schema[name] for name in BESIDE if name in schema}
        inner = {name: value for name, value in schema.items() if name not in beside}
        inner |= {} if kind is None else {"type": kind}
    try:
        return DataValidator.from_json_schema({**beside, "properties": {"v": inner}})
    except SchemaError:
        return None


def refers_elsewhere(schema: Any) -> bool:
    """Whether it refers to what has another place once it is that of a property."""
    text = json.dumps(schema)
    return any(f'"$ref": "{place}' in text for place in ('#"', "#/p", "#/i", "#/a"))


def main(folder: Path) -> None:
    groups: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.json")):
        for group in json.loads(path.read_bytes()):
            kind = TYPES.get(path.stem)
            validator = validator_of(group["schema"], kind)
            if validator is None:
                groups["refused"] += 1
                continue
            groups["imported"] += 1
            for test in group["tests"]:
                if kind is not None and not isinstance(test["data"], CLASSES[kind]):
                    continue
                agrees = validator.validate([{"v": test["data"]}])[0] == test["valid"]
                tests["agree" if agrees else "differ"] += 1
                if not agrees:
                    where = f"{path.relative_to(folder)}: {test['description']}"
                    print(f"{where}; expected {test['valid']}")
    print(f"schemas: {groups['imported']} imported, {groups['refused']} refused")
    print(f"tests of imported schemas: {tests['agree']} agree, {tests['differ']} differ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
