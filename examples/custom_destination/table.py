"""A destination of one's own: a table of SQLite that knows what it has loaded.

`test_table.py` puts it through the tests that etlkit ships for destinations.
"""

from __future__ import annotations

import sqlite3

from contextlib import closing

import orjson

from etlkit.destinations import Destination, LoadSession
from etlkit.formats import JsonLinesEncoder
from etlkit.runs import CommitRecord, Part, Written


TABLES = """
CREATE TABLE IF NOT EXISTS records (json BLOB);
CREATE TABLE IF NOT EXISTS loads (job, run_key, record BLOB, PRIMARY KEY (job, run_key));
"""


class Table(Destination):
    """Records in the table `records`, and in `loads` what was loaded."""

    modes = ("append",)
    default_mode = "append"
    begin = "BEGIN IMMEDIATE"

    def __init__(self, path):
        self.path = path

    @property
    def uri(self):
        return f"sqlite:{self.path}"

    def connect(self):
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=60)
        connection.executescript(TABLES)
        return connection

    def guarantee(self, mode):
        return "readers see all of a load or nothing"

    def finds(self, mode):
        return "record"

    def find_commit(self, run, intended=()):
        return next((record for record in self.commits() if record.is_of(run)), None)

    def commits(self):
        with closing(self.connect()) as connection:
            rows = connection.execute("SELECT record FROM loads ORDER BY rowid").fetchall()
        return iter([CommitRecord.from_json(row[0], self.uri) for row in rows])

    def encoder(self):
        return JsonLinesEncoder()

    def open(self, load):
        return Rows(self)


class Rows(LoadSession):
    """One load: a transaction that is open until the commit."""

    def __init__(self, table):
        self.uri, self.count, self.connection = table.uri, 0, table.connect()
        self.connection.execute(table.begin)

    def write(self, batch):
        rows = [(line,) for line in batch.items]
        self.connection.executemany("INSERT INTO records VALUES (?)", rows)
        self.count += len(rows)
        return ()

    def prepare(self):
        return Written([Part(self.uri, self.count)])

    def commit(self, record):
        load = (record.run.job_id, record.run.run_key, record.to_json())
        self.connection.execute("INSERT INTO loads VALUES (?, ?, ?)", load)
        self.connection.execute("COMMIT")
        self.connection.close()

    def abort(self):
        self.connection.close()


def read(path):
    """The records that a reader sees."""
    with closing(Table(path).connect()) as connection:
        rows = connection.execute("SELECT json FROM records").fetchall()
    return [orjson.loads(row[0]) for row in rows]
