"""Input as it comes: what is loaded, what is set aside, and what the messages say."""

from __future__ import annotations

import base64
import gzip
import hashlib

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from attrs import frozen

from etlkit import DataLoader, ETLJob, ETLScheduler, FileSource, JobResult, JobStatus, Quarantine
from etlkit.errors import UnknownJob
from etlkit.testing import FakeClock
from etlkit.transformations import Map


pytestmark = pytest.mark.acceptance

Run = Callable[..., list[str]]
Names = Callable[[Path], list[str]]
JsonLines = Callable[[Path], list[Any]]

OLD = b'{"old":true}\n'
ONE, TWO = b'{"id":1}\n', b'{"id":2}\n'
DEEP = b'{"id":' + b"[" * 299 + b"]" * 299 + b"}"
LONG = b'{"id":"' + b"x" * 20_000_000 + b'"}'
ADVICE = (
    "Nothing was loaded. Mend the record or the step, or set such records aside with "
    "on_error=Quarantine()"
)

policies = pytest.mark.parametrize("policy", ["fail", Quarantine()], ids=["fail", "quarantine"])


def forget(record: dict[str, Any]) -> None:
    """A step that changes the record and does not return it."""
    if record["id"] == 1:
        return record  # type: ignore[return-value]
    record["id"] = 0
    return None


def number(record: dict[str, Any]) -> Any:
    """A step that returns something else than a record."""
    return record if record["id"] == 1 else record["id"]


@frozen
class Sound:
    """Input that is not as one would write it, and still has nothing wrong with it."""

    content: bytes
    loaded: bytes
    warnings: tuple[str, ...] = ()


EMPTY = "the source has no records, so {folder}/out.jsonl is empty now"

SOUND = {
    "empty file": Sound(b"", b"", (EMPTY,)),
    "blank lines": Sound(
        b"\n" + ONE + b"\n  \t\n" + TWO + b"\n\n", ONE + TWO, ("5 blank line(s) skipped",)
    ),
    "nothing but a newline": Sound(b"\n", b"", (EMPTY, "1 blank line(s) skipped")),
    "byte order mark": Sound(b"\xef\xbb\xbf" + ONE + TWO, ONE + TWO),
    "CRLF": Sound(b'{"id":1}\r\n{"id":2}\r\n', ONE + TWO),
    "blank lines with CRLF": Sound(
        b'{"id":1}\r\n\r\n{"id":2}\r\n', ONE + TWO, ("1 blank line(s) skipped",)
    ),
    "no newline at the end": Sound(b'{"id":1}\n{"id":2}', ONE + TWO),
    "integer of 25 digits": Sound(
        b'{"id":1234567890123456789012345}\n{"id":-1234567890123456789012345}\n',
        b'{"id":1234567890123456789012345}\n{"id":-1234567890123456789012345}\n',
    ),
    "float of 17 digits": Sound(b'{"id":0.12345678901234568}\n', b'{"id":0.12345678901234568}\n'),
    "line separators of Unicode": Sound(
        '{"id":"a\u2028b\u0085c"}\n'.encode(), '{"id":"a\u2028b\u0085c"}\n'.encode()
    ),
}


def parser_words(text: bytes) -> str:
    """What the JSON parser says of a text; nothing where it finds nothing wrong."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"{error.msg} at character {error.pos + 1}"
    return ""


@frozen
class Bad:
    """One record between two good ones that cannot be processed."""

    raw: bytes
    code: str
    words: str
    step: Map | None = None
    kept: int | None = None
    ending: bytes = b"\n" + TWO

    @property
    def stage(self) -> str:
        """Where it fails."""
        stages = {"step": "transform", "too_long": "read"}
        return stages.get(self.code, "decode")

    @property
    def message(self) -> str:
        """The words, with those of the parser, which differ from version to version."""
        return self.words.replace("(parser)", parser_words(self.raw))

    @property
    def sentence(self) -> str:
        """The message, with the full stop that it may need before the next sentence."""
        return self.message if self.message.endswith("?") else f"{self.message}."

    @property
    def loaded(self) -> bytes:
        """What becomes of the file without the record."""
        return ONE + self.ending.removeprefix(b"\n")

    @property
    def content(self) -> bytes:
        """The file."""
        return ONE + self.raw + self.ending

    @property
    def where(self) -> str:
        """What a message calls the place in the chain."""
        return f"step {self.step.label}" if self.step else f"to {self.stage} the record"


BAD = {
    "invalid UTF-8": Bad(b'{"id":"caf\xe9"}', "utf8", "not valid UTF-8: byte 0xe9 at 10"),
    "cut last line": Bad(
        b'{"id":2',
        "json",
        "not JSON: (parser); the file ends here without a newline, so the record may have been cut "
        "off",
        ending=b"",
    ),
    "no JSON": Bad(
        b"id=2",
        "json",
        "not JSON: (parser)",
    ),
    "two objects in a line": Bad(
        b'{"id":2}{"id":3}',
        "json",
        "not JSON: (parser)",
    ),
    "scalar": Bad(b"5", "not_object", "the record is a number, expected a JSON object (a dict)"),
    "array": Bad(
        b'[{"id":2}]', "not_object", "the record is an array, expected a JSON object (a dict)"
    ),
    "null": Bad(b"null", "not_object", "the record is null, expected a JSON object (a dict)"),
    "NaN": Bad(
        b'{"id":NaN}',
        "json",
        "not JSON: NaN and Infinity have no form in JSON ((parser))",
    ),
    "Infinity": Bad(
        b'{"id":-Infinity}',
        "json",
        "not JSON: NaN and Infinity have no form in JSON ((parser))",
    ),
    "depth of 300": Bad(DEEP, "depth", "the record is nested deeper than 250 levels"),
    "line of 20 MB": Bad(
        LONG,
        "too_long",
        "the record has 20000009 bytes, more than max_record_bytes=16777216; pass a higher one "
        f"to read it; kept are its first 4096 bytes (sha256 of all: {hashlib.sha256(LONG).hexdigest()})",
        kept=4096,
    ),
    "bad line with CRLF": Bad(b'{"id":}\r', "json", "not JSON: (parser)"),
    "step that returns None": Bad(
        b'{"id":3}',
        "step",
        "Map(forget) returned NoneType instead of a record (a dict); does it end without 'return "
        "record'?",
        step=Map(forget),
        ending=b"\n" + ONE,
    ),
    "step that returns no record": Bad(
        b'{"id":3}',
        "step",
        "Map(number) returned int instead of a record (a dict)",
        step=Map(number),
        ending=b"\n" + ONE,
    ),
}


@frozen
class Broken:
    """Input that cannot be read to its end."""

    name: str
    content: bytes | None
    error: str
    read: int = 0


GZIP = gzip.compress(ONE * 100_000, mtime=0)

BROKEN = {
    "missing file": Broken(
        "in.jsonl", None, "{path}: there is no such file or folder (looked from {cwd})"
    ),
    "pattern without a match": Broken(
        "in-*.jsonl", None, "{path}: no file matches the pattern (looked from {cwd})"
    ),
    "unknown suffix": Broken(
        "in.txt",
        ONE,
        "{path}: the suffix does not tell the format; pass format='jsonl' or another one (known "
        "suffixes: .jsonl, .ndjson, .json, .csv, .tsv, .tab, each also with .gz, .bz2, .xz or .zst, or in a .zip or .tar); records in other formats come in through RecordsSource",
    ),
    "truncated gzip": Broken(
        "in.jsonl.gz",
        GZIP[:-9],
        "{path}: the gzip file is cut off; nothing of it was loaded; while reading {path}, after "
        "{read} records",
        read=100_000,
    ),
    "no gzip": Broken(
        "in.jsonl.gz",
        ONE,
        "{path}: no gzip file, although its name or an option says so: pass compression=None to read "
        "it as it is; while reading {path}, after 0 records",
    ),
    "UTF-16": Broken(
        "in.jsonl",
        '{"id":1}\n'.encode("utf-16"),
        "{path}: the file is UTF-16, but is read as UTF-8; pass encoding='utf-16'; while reading "
        "{path}, after 0 records",
    ),
    "cut JSON file": Broken(
        "in.json",
        b'[{"id":1},\n {"id":2}',
        "{path}:2:10: the JSON file is cut off: the array has no ']'; nothing of it was loaded; "
        "while reading {path}, after 2 records",
    ),
}


def run(
    folder: Path, name: str, content: bytes | None, policy: Any, step: Map | None = None
) -> JobResult:
    """Run a job over a file with this content, with its state below ``state``."""
    path = folder / name
    if content is not None:
        path.write_bytes(content)
    (folder / "out.jsonl").write_bytes(OLD)
    scheduler = ETLScheduler(folder / "state", clock=FakeClock())
    loader = DataLoader(folder / "out.jsonl")
    scheduler.register_job(
        ETLJob("bad-input", "Bad input", FileSource(path), step, loader, on_error=policy)
    )
    return scheduler.execute_job("bad-input")


def raw_of(entry: dict[str, Any]) -> bytes:
    """The bytes that a quarantine entry keeps."""
    if "raw_base64" in entry:
        return base64.b64decode(entry["raw_base64"])
    return str(entry["raw"]).encode()


def quarantined(folder: Path) -> list[str]:
    """The files of rejected records."""
    return sorted(path.name for path in (folder / "state").glob("quarantine/*"))


@policies
@pytest.mark.parametrize("case", SOUND.values(), ids=SOUND)
def test_odd_input_is_loaded(case: Sound, policy: Any, tmp_path: Path) -> None:
    """What has nothing wrong with it is neither refused nor changed."""
    result = run(tmp_path, "in.jsonl", case.content, policy)

    assert (result.status, result.errors) == (JobStatus.COMPLETED, ())
    assert (tmp_path / "out.jsonl").read_bytes() == case.loaded
    assert result.warnings == tuple(text.format(folder=tmp_path) for text in case.warnings)
    assert quarantined(tmp_path) == []


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_a_bad_record_is_set_aside(
    case: Bad, tmp_path: Path, json_lines: JsonLines, names: Names
) -> None:
    """Its neighbours are loaded; it is kept with its bytes, its number and the reason."""
    result = run(tmp_path, "in.jsonl", case.content, Quarantine(), case.step)

    (entry,) = json_lines(Path(result.quarantine_path or ""))
    assert result.status is JobStatus.COMPLETED
    assert (result.rows_loaded, result.rows_rejected) == (case.loaded.count(b"\n"), 1)
    assert (tmp_path / "out.jsonl").read_bytes() == case.loaded
    assert raw_of(entry) == case.raw[: case.kept]
    assert (entry["uri"], entry["record_no"]) == (f"{tmp_path}/in.jsonl", 2)
    assert (entry["stage"], entry["code"], entry["message"]) == (
        case.stage,
        case.code,
        case.message,
    )
    assert quarantined(tmp_path) == [f"{result.run_id}.jsonl"]
    assert names(tmp_path) == ["in.jsonl", "out.jsonl", "state"]


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_a_bad_record_stops_a_run_that_may_have_none(
    case: Bad, tmp_path: Path, names: Names
) -> None:
    """The message says where, why and what to do; the destination is as it was."""
    result = run(tmp_path, "in.jsonl", case.content, "fail", case.step)

    assert result.status is JobStatus.FAILED
    assert result.errors == (
        f"job 'bad-input', {case.where}: {tmp_path}/in.jsonl:2: {case.sentence} {ADVICE}",
    )
    assert (tmp_path / "out.jsonl").read_bytes() == OLD
    assert quarantined(tmp_path) == []
    assert names(tmp_path) == ["in.jsonl", "out.jsonl", "state"]


@policies
@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_input_that_cannot_be_read_fails_the_run(
    case: Broken, policy: Any, tmp_path: Path, names: Names
) -> None:
    """Whatever the policy for records: nothing is loaded, and nothing is tried again."""
    result = run(tmp_path, case.name, case.content, policy)

    path = tmp_path / case.name
    words = case.error.format(path=path, cwd=Path.cwd(), read=result.rows_extracted)
    assert (result.status, result.errors) == (JobStatus.FAILED, (words,))
    assert len(result.attempts) == 1
    assert (tmp_path / "out.jsonl").read_bytes() == OLD
    assert result.rows_loaded == 0
    assert quarantined(tmp_path) == []
    assert set(names(tmp_path)) - {case.name} == {"out.jsonl", "state"}


def test_records_before_a_cut_are_kept_to_look_at(tmp_path: Path, json_lines: JsonLines) -> None:
    """What was set aside before the input broke off is a diagnostic of a failed run."""
    content = gzip.compress(b"bad\n" + ONE * 300_000, mtime=0)[:-9]

    result = run(tmp_path, "in.jsonl.gz", content, Quarantine())

    (entry,) = json_lines(Path(result.quarantine_path or ""))
    assert result.status is JobStatus.FAILED
    assert entry["raw"] == "bad"
    assert quarantined(tmp_path) == [f"{result.run_id}.failed.jsonl"]
    assert (tmp_path / "out.jsonl").read_bytes() == OLD


def test_an_unknown_job_leaves_no_trace(tmp_path: Path, names: Names) -> None:
    """A mistyped id is no execution."""
    scheduler = ETLScheduler(tmp_path / "state")

    with pytest.raises(UnknownJob) as caught:
        scheduler.execute_job("bad-input")

    assert str(caught.value) == "there is no job 'bad-input'; registered are: none yet"
    assert names(tmp_path) == []


# -- what the system refuses

COPY = """
import resource, signal, sys
from etlkit import ETLPipelineService, Quarantine

folder, most_bytes = sys.argv[1], int(sys.argv[2])
service = ETLPipelineService(f"{folder}/state")
source, out = f"{folder}/in/in.jsonl", f"{folder}/out/out.jsonl"
service.create_pipeline("copy", source, None, out, on_error=Quarantine())
before = resource.getrlimit(resource.RLIMIT_FSIZE)
if most_bytes:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
result = service.scheduler.execute_job("copy", retries=0)
resource.setrlimit(resource.RLIMIT_FSIZE, before)
print(result.status, *result.errors, sep="\\n")
"""


@pytest.fixture
def folders(tmp_path: Path) -> Any:
    """A folder to read from and one to write to; both can be written again afterwards."""
    source, destination = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    destination.mkdir()
    (source / "in.jsonl").write_bytes(ONE + b"bad\n" + TWO)
    (destination / "out.jsonl").write_bytes(OLD)
    yield source, destination
    source.chmod(0o755)
    destination.chmod(0o755)


def test_a_file_that_may_not_be_read_fails_the_run(
    folders: tuple[Path, Path], run_obeying_modes: Run, tmp_path: Path
) -> None:
    """The message names it, and nothing is loaded."""
    path = folders[0] / "in.jsonl"
    path.chmod(0o000)

    printed = run_obeying_modes(COPY, tmp_path, 0)

    assert printed == [
        "failed",
        f"{path}: this process may not read it (Permission denied)",
    ]
    assert (folders[1] / "out.jsonl").read_bytes() == OLD
    assert quarantined(tmp_path) == []


def test_a_folder_that_may_not_be_written_fails_the_run(
    folders: tuple[Path, Path], run_obeying_modes: Run, tmp_path: Path, names: Names
) -> None:
    """It is found out before anything is read, so nothing is set aside either."""
    folder = folders[1]
    folder.chmod(0o555)

    printed = run_obeying_modes(COPY, tmp_path, 0)

    assert printed == [
        "failed",
        f"{folder}/out.jsonl: this process may not write into the folder {folder}",
    ]
    assert (folder / "out.jsonl").read_bytes() == OLD
    assert names(folder) == ["out.jsonl"]
    assert quarantined(tmp_path) == []


def test_a_destination_that_cannot_grow_fails_the_run(
    folders: tuple[Path, Path],
    run_program: Run,
    tmp_path: Path,
    names: Names,
    json_lines: JsonLines,
) -> None:
    """The destination is as it was; what was set aside is a diagnostic of a failed run."""
    source, destination = folders
    (source / "in.jsonl").write_bytes(b"bad\n" + ONE * 20_000)

    printed = run_program(COPY, tmp_path, 100_000)

    (kept,) = quarantined(tmp_path)
    (entry,) = json_lines(tmp_path / "state" / "quarantine" / kept)
    assert printed == [
        "failed",
        f"{destination}/out.jsonl: cannot be written: File too large; it was left as it was",
    ]
    assert (destination / "out.jsonl").read_bytes() == OLD
    assert names(destination) == ["out.jsonl"]
    assert kept.endswith(".failed.jsonl")
    assert entry["raw"] == "bad"


def test_rejected_records_that_find_no_room_fail_the_run(
    folders: tuple[Path, Path], run_program: Run, tmp_path: Path, names: Names
) -> None:
    """No record is dropped because its place is full."""
    source, destination = folders
    (source / "in.jsonl").write_bytes(ONE + b"bad\n" * 2000)

    printed = run_program(COPY, tmp_path, 100_000)

    (kept,) = quarantined(tmp_path)
    run_id = kept.removesuffix(".failed.jsonl")
    assert printed == [
        "failed",
        f"{tmp_path}/state/quarantine/{run_id}.jsonl: cannot be written: File too large; it was left as it was",
    ]
    assert (destination / "out.jsonl").read_bytes() == OLD
    assert names(destination) == ["out.jsonl"]
