"""DuckDB: two COPY statements over the file, good records and rejects, on all cores.

Two scans took less time than one scan into a temporary table and two COPYs out of it; only the
second numbers its rows, which would slow the first by a quarter. The map of states is a session
variable and not a joined table, because a join gives up the order of the input. The columns are
given, which spares inference; a value of another type makes the whole read fail (or, with
`ignore_errors`, null), so the validator is a null test here.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.task import SSN_DIGITS_KEPT, STATE_CODES, TEST_STATUS


FILE = """
read_json(getvariable('source'), format = 'newline_delimited', columns = {
    case_id: 'VARCHAR',
    state: 'VARCHAR',
    ssn: 'VARCHAR',
    received: 'VARCHAR',
    contact: 'STRUCT(email VARCHAR, phone VARCHAR)',
    tags: 'VARCHAR[]',
    severity: 'BIGINT',
    amount: 'DOUBLE',
    status: 'VARCHAR',
    description: 'VARCHAR'
})
"""
STATE = "getvariable('state_codes')[lower(trim(state))]"
IS_VALID = "case_id IS NOT NULL AND code IS NOT NULL AND severity IS NOT NULL"

GOOD = f"""
COPY (
    SELECT
        case_id,
        code AS state,
        right(ssn, {SSN_DIGITS_KEPT}) AS ssn,
        received,
        struct_update(contact, email := lower(trim(contact.email))) AS contact,
        tags,
        severity,
        amount,
        status,
        description,
        len(tags) AS tag_count
    FROM (SELECT *, {STATE} AS code FROM {FILE} WHERE status <> '{TEST_STATUS}')
    WHERE {IS_VALID}
) TO $1 (FORMAT json)
"""
BAD = f"""
COPY (
    SELECT record, 'case_id, state or severity' AS reason
    FROM (
        SELECT row_number() OVER () AS record, case_id, severity, status, {STATE} AS code
        FROM {FILE}
    )
    WHERE status <> '{TEST_STATUS}' AND NOT ({IS_VALID})
) TO $1 (FORMAT json)
"""


def run(source: Path, target: Path, rejects: Path, *, threads: int | None = None) -> None:
    """Do the main job; rejects have their record number, the raw line is gone after parsing."""
    settings = {} if threads is None else {"threads": threads}
    with duckdb.connect(config=settings) as connection:
        states = [list(STATE_CODES), list(STATE_CODES.values())]
        connection.execute("SET VARIABLE state_codes = map($1, $2)", states)
        connection.execute("SET VARIABLE source = $1", [str(source)])
        connection.execute(GOOD, [str(target)])
        connection.execute(BAD, [str(rejects)])
