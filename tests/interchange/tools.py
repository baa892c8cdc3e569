"""The two tools side by side: the binary, and the Python tool in an environment of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
import psycopg.conninfo

ROOT = Path(__file__).parents[2]
REFERENCE = "baselinr==0.9.0"

# A table with a column of each family of types.
ORDERS = """
    CREATE SCHEMA shop;
    CREATE TABLE shop.orders AS SELECT
        i::int AS id, (i % 7)::int AS customer_id, (i * 1.5)::numeric(10,2) AS amount,
        (i / 3.0)::float8 AS weight, CASE WHEN i % 10 > 0 THEN 'c' || i % 5 END AS city,
        i % 2 = 0 AS paid, date '2026-01-01' + i % 30 AS day,
        timestamp '2026-01-01' + i * interval '1 hour' AS at,
        repeat('x', 1 + i % 9)::varchar(20) AS note, repeat('y', i % 4)::varchar(20) AS gone
    FROM generate_series(1, 200) i
"""
# What happens to it between two runs, to its rows and to its columns.
CHANGES = """
    UPDATE shop.orders SET amount = amount * 1.4, weight = weight * 1.12,
        city = CASE WHEN id % 6 > 0 THEN city END;
    DELETE FROM shop.orders WHERE id > 190;
    ALTER TABLE shop.orders DROP COLUMN gone;
    ALTER TABLE shop.orders ADD COLUMN extra int;
    ALTER TABLE shop.orders RENAME customer_id TO customer_no;
    ALTER TABLE shop.orders ALTER COLUMN id TYPE bigint;
"""


def install_reference() -> Path:
    """Return the Python tool's command; its environment, build/reference, is made if missing."""
    folder = ROOT / "build" / "reference"
    ready = folder / ".ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        pip += ["--disable-pip-version-check", REFERENCE, "sqlalchemy<2.1"]
        subprocess.run(pip, check=True)
        ready.touch()
    return folder / "bin" / "baselinr"


def install_examples() -> Path:
    """Return the folder of the Python tool's example configurations, which its source has."""
    folder = ROOT / "build" / "reference-examples"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=install_reference().parents[2]) as made:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            pip += [
                "--disable-pip-version-check",
                "--no-binary",
                ":all:",
                "--dest",
                made,
                REFERENCE,
            ]
            subprocess.run(pip, check=True)
            (source,) = Path(made).glob("*.tar.gz")
            shutil.unpack_archive(source, made, filter="data")
            (examples,) = Path(made).glob("*/examples")
            examples.rename(folder)
    return folder


def install_binary(folder: Path) -> str:
    """Return the binary that the environment names, else one built into the folder."""
    named = os.environ.get("BASELINR_PIPES_BINARY")
    if not (named and Path(named).is_file()):
        named = str(folder / "baselinr-pipes")
        subprocess.run([ROOT / "scripts/build.sh", named], check=True)
    return named


def connection_of(url: str) -> dict[str, Any]:
    """Return a PostgreSQL database's URL as a connection of a configuration."""
    address = psycopg.conninfo.conninfo_to_dict(url)
    return {
        "type": "postgres",
        "host": address["host"],
        "port": int(str(address["port"])),
        "database": address["dbname"],
        "username": address["user"],
        "password": address["password"],
    }


class Tools:
    """Both tools, with one configuration, a source and a history that they share."""

    def __init__(self, folder: Path, binary: str, reference: Path, url: str) -> None:
        self.folder, self.binary, self.reference, self.url = folder, binary, reference, url
        self.connection = connection_of(url)
        self.keep_history_in(self.connection)

    def keep_history_in(self, connection: Mapping[str, Any], **settings: Any) -> None:
        """Write the configuration, with the history there."""
        self.config = self.folder / "baselinr.json"
        self.config.write_text(
            json.dumps(
                {
                    "environment": "test",
                    "source": self.connection,
                    "storage": {"connection": connection},
                    "profiling": {"tables": [{"schema": "shop", "table": "orders"}]},
                    **settings,
                }
            )
        )

    def sql(self, statements: str) -> list[Any]:
        """Run statements in the database; return the rows of a query."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statements)
            return cursor.fetchall() if cursor.description else []

    def ours(self, *arguments: str) -> Any:
        """Run a command of the binary; return what it printed as JSON."""
        command = [self.binary, *arguments, "-c", str(self.config), "-o", "json"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def theirs(self, *arguments: str) -> str:
        """Run a command of the Python tool; return what it printed."""
        command = [str(self.reference), *arguments, "-c", str(self.config)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ours_migrate(self) -> None:
        """Make the history's tables: in PostgreSQL the Python tool cannot make its own."""
        command = [self.binary, "migrate", "-c", str(self.config)]
        subprocess.run(command, check=True, capture_output=True)

    def our_profile(self) -> Any:
        """Profile the table with the binary; return the table of its output."""
        return self.ours("profile")["tables"][0]

    def their_profile(self) -> str:
        """Profile the table with the Python tool; return the run's ID."""
        before = {r["run_id"] for r in self.their_query("runs")}
        self.theirs("profile")
        (run,) = [r for r in self.their_query("runs") if r["run_id"] not in before]
        return str(run["run_id"])

    def their_query(self, *arguments: str) -> Any:
        """Return what its `query` writes to a file; what it prints is wrapped within texts."""
        answer = self.folder / "query.json"
        self.theirs("query", *arguments, "--format", "json", "--output", str(answer))
        return json.loads(answer.read_text())

    def their_drift(self) -> Any:
        """Return the Python tool's own comparison of the last two runs."""
        report = self.folder / "drift.json"
        self.theirs("drift", "--dataset", "orders", "--schema", "shop", "--output", str(report))
        return json.loads(report.read_text())
