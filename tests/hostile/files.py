"""Files that are not there, or tell nothing of themselves."""

from __future__ import annotations

from hostile.case import ONE, Case, Fails, Reads
from hostile.shapes import sound, with_option


EMPTY = "the source has no records, so {folder}/out.jsonl is empty now"
SUFFIXES = (
    ".jsonl, .ndjson, .json, .csv, .tsv, .tab, each also with .gz, .bz2, .xz or .zst, or in a .zip "
    "or .tar"
)

CASES = (
    Case(
        "no such file",
        "any",
        None,
        Fails(
            "SourceNotFound",
            "{path}: there is no such file or folder (looked from {cwd})",
            read=None,
        ),
    ),
    Case(
        "a pattern that nothing matches",
        "any",
        None,
        Fails(
            "SourceNotFound",
            "{path}: no file matches the pattern (looked from {cwd})",
            read=None,
        ),
        name="in-*.jsonl",
    ),
    Case(
        "a suffix that tells no format",
        "any",
        ONE,
        Fails(
            "ConfigurationError",
            "{path}: the suffix does not tell the format; pass format='jsonl' or another one "
            f"(known suffixes: {SUFFIXES}); records in other formats come in through RecordsSource",
            read=None,
        ),
        (with_option(Reads(ONE), format="jsonl"),),
        name="in.dat",
    ),
    *(
        sound(
            "an empty file",
            kind,
            b"",
            b"",
            name=name,
            words="no records; the destination is empty afterwards",
            warnings=(EMPTY,),
        )
        for kind, name in (("JSON Lines", "in.jsonl"), ("JSON", "in.json"), ("CSV", "in.csv"))
    ),
)
