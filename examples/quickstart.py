"""The pipeline of the README: forms in, clean forms out, one bad record set aside."""

from __future__ import annotations

import tempfile

from pathlib import Path

from etlkit import DataValidator, ETLPipelineService, F, FileSource, Quarantine
from etlkit.transformations import Derive, Filter


FORMS = """\
{"case_id": "OSC-1", "state": " ca ", "severity": 2}
{"case_id": "OSC-2", "state": "Texas", "severity": "high"}
{"case_id": "OSC-3", "state": "ny", "severity": 3}
{"case_id": "TEST", "state": "ny", "severity": 1}
"""


def main() -> None:
    """Make the input, run the pipeline, and show what became of it."""
    folder = Path(tempfile.mkdtemp(prefix="etlkit-quickstart-"))
    (folder / "forms.jsonl").write_text(FORMS, encoding="utf-8")

    rules = {"case_id": {"required": True, "type": str}, "severity": {"type": int}}
    service = ETLPipelineService(root=folder / "state")
    service.create_pipeline(
        "OSC forms",
        FileSource(folder / "forms.jsonl"),
        Filter(F.case_id != "TEST") | Derive(state=F.state.str.strip().str.upper()),
        folder / "clean.jsonl",
        DataValidator(rules),
        on_error=Quarantine(max_error_rate=0.5),
    )
    result = service.run("osc-forms").raise_if_failed()

    print(f"read {result.rows_extracted}, loaded {result.rows_loaded}, ", end="")
    print(f"filtered {result.tally.filtered}, rejected {result.rows_rejected}")
    for rejection in result.rejections:
        print(f"set aside: line {rejection.record_no}: {rejection.message}")
    print(f"loaded into {folder / 'clean.jsonl'}:")
    print((folder / "clean.jsonl").read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
