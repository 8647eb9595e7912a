"""The quickstart prints what the README says."""

from __future__ import annotations

import json


OUTPUT = """\
read 4, loaded 2, filtered 1, rejected 1
set aside: line 2: $.severity is str 'high', expected int
loaded into {folder}/clean.jsonl:
{{"case_id":"OSC-1","state":"CA","severity":2}}
{{"case_id":"OSC-3","state":"NY","severity":3}}
"""


def test_the_quickstart_prints_what_became_of_four_forms(examples, run_python, tmp_path) -> None:
    """Two forms are loaded, one is filtered and one set aside, in a new temporary folder."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "temp").mkdir()

    done = run_python(examples / "quickstart.py", cwd=tmp_path / "empty", temp=tmp_path / "temp")

    (folder,) = (tmp_path / "temp").iterdir()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == OUTPUT.format(folder=folder)
    assert list((tmp_path / "empty").iterdir()) == []


def test_the_quickstart_keeps_the_rejected_form_as_it_came(examples, run_python, tmp_path) -> None:
    """The quarantine below the state folder has the line of the form that was set aside."""
    done = run_python(examples / "quickstart.py", cwd=tmp_path, temp=tmp_path)

    (kept,) = tmp_path.glob("*/state/quarantine/*.jsonl")
    (folder,) = tmp_path.iterdir()
    assert done.returncode == 0
    assert (
        json.loads(kept.read_bytes())["raw"] == (folder / "forms.jsonl").read_text().splitlines()[1]
    )
