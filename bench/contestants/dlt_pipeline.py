"""dlt: its own file source, `add_map` and `add_filter`, its JSONL filesystem destination.

The reader hands records on in lists of a thousand, which is dlt's fast way: a generator that yields
them one by one took half as long again. The steps are the same functions as etlkit's. dlt
has no place for rejects, so the validator is a filter that puts them aside itself.
"""

from __future__ import annotations

import json
import os

from pathlib import Path
from typing import Any


# dlt reads these when it is imported.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt

from dlt.sources.filesystem import filesystem, read_jsonl

from bench.steps import (
    is_no_test,
    with_clean_email,
    with_short_ssn,
    with_state_code,
    with_tag_count,
)
from bench.task import REQUIRED_FIELDS


def run(source: Path, target: Path, rejects: Path, *, nesting: int | None, gzip: bool) -> None:
    """Do the main job into the folder `target`, with child tables down to `nesting` (None: all)."""
    os.environ["NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION"] = str(not gzip).lower()
    rejected: list[dict[str, Any]] = []

    def is_valid(form: dict[str, Any]) -> bool:
        wrong = [name for name, kind in REQUIRED_FIELDS.items() if type(form.get(name)) is not kind]
        if wrong:
            rejected.append({"reason": f"wrong: {', '.join(wrong)}", "form": form})
        return not wrong

    files = filesystem(source.parent.as_uri(), file_glob=source.name)
    forms = (files | read_jsonl()).with_name("forms")
    forms.max_table_nesting = nesting
    forms.add_map(with_state_code).add_map(with_clean_email).add_map(with_short_ssn)
    forms.add_map(with_tag_count).add_filter(is_no_test).add_filter(is_valid)
    pipeline = dlt.pipeline(
        "forms",
        pipelines_dir=f"{target}-state",
        destination=dlt.destinations.filesystem(target.as_uri()),
        dataset_name="bench",
    )
    pipeline.run(forms, loader_file_format="jsonl", write_disposition="replace")
    with rejects.open("w", encoding="utf-8") as writer:
        writer.writelines(json.dumps(entry) + "\n" for entry in rejected)
