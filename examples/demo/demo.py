"""The demo: profiles January in Dagster, then February, and tells what drifted.

    python examples/demo/demo.py          load, run, replace, run again, summary
    python examples/demo/demo.py --dev    the same definitions and data in the browser

Run it in the checkout. Everything it makes lies in build/demo, or in the folder that
BASELINR_DEMO names.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster import (
    AssetKey,
    AssetMaterialization,
    AssetRecordsFilter,
    DagsterInstance,
    TableMetadataValue,
)

from data import TABLES, load_month

FOLDER = Path(os.environ.get("BASELINR_DEMO", "build/demo")).absolute()
DATABASE = FOLDER / "nycflights13.db"
HISTORY = FOLDER / "history.db"
REPORT = FOLDER / "flights.html"
HOME = FOLDER / "dagster_home"
DEFINITIONS = Path(__file__).with_name("definitions.py")
CONFIG = DEFINITIONS.with_name("baselinr.yml")
JOB = "baselinr_profile_all"


def main() -> None:
    """Run the demo, or with `--dev` Dagster's web server."""
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    os.environ["DAGSTER_HOME"] = str(HOME)
    os.environ["BASELINR_DEMO"] = str(FOLDER)

    if "--dev" in sys.argv[1:]:
        if not DATABASE.exists():
            load(1, "January")
        others = [argument for argument in sys.argv[1:] if argument != "--dev"]
        sys.stdout.flush()
        os.execvp("dagster", ["dagster", "dev", "-f", str(DEFINITIONS), *others])

    started = time.monotonic()
    with DagsterInstance.get() as instance:
        step(1, "January of nycflights13 into SQLite, and an empty history")
        HISTORY.unlink(missing_ok=True)
        load(1, "January")
        step(
            2, f"the job {JOB}: every table is read once, and there is nothing to compare with yet"
        )
        run(instance, FOLDER / "run-1.log")
        step(3, "January is replaced by February")
        load(2, "February")
        step(4, f"the job {JOB} again: February against January")
        summarise(run(instance, FOLDER / "run-2.log"))
        write_report()
    print(f"\nDone in {time.monotonic() - started:.0f} seconds. What next:")
    for what, how in {
        "see it in Dagster": "make dev, then open http://127.0.0.1:3000",
        "see it here": "bin/baselinr-pipes status --config examples/demo/baselinr.yml",
        "the report": shown(REPORT) + " (in any browser, offline too)",
        "the history": shown(HISTORY) + " (baselinr_runs, baselinr_results, ...)",
        "the config": shown(CONFIG),
    }.items():
        print(f"  {what:<18} {how}")


def step(number: int, text: str) -> None:
    print(f"\n[{number}/4] {text}", flush=True)


def shown(path: Path) -> str:
    """Write a path as short as it is understood from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def load(month: int, name: str) -> None:
    rows = load_month(DATABASE, month)
    print(
        f"      {name}: " + ", ".join(f"{t} {n:,}" for t, n in rows.items()) + " rows", flush=True
    )


def run(instance: DagsterInstance, log: Path) -> Mapping[str, AssetMaterialization]:
    """Run the job as `dagster job execute` does, and return what it recorded for each table.

    Each table is told of as soon as its materialization is in the instance.
    """
    begun, started = time.time(), time.monotonic()
    recorded: dict[str, AssetMaterialization] = {}
    with log.open("w") as output:
        process = subprocess.Popen(
            ["dagster", "job", "execute", "-f", str(DEFINITIONS), "-j", JOB],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        ended = False
        while not ended:
            ended = process.poll() is not None
            for table in TABLES:
                found = table not in recorded and latest(instance, table, after=begun)
                if found:
                    recorded[table] = found
                    print(f"      {time.monotonic() - started:5.1f} s  {line(found)}", flush=True)
            time.sleep(0.2)
    if process.returncode != 0 or len(recorded) < len(TABLES):
        sys.exit(
            f"the job failed; its log is {shown(log)}, which ends:\n" + log.read_text()[-2000:]
        )
    return recorded


def latest(instance: DagsterInstance, table: str, after: float) -> AssetMaterialization | None:
    wanted = AssetRecordsFilter(asset_key=AssetKey(f"baselinr_{table}"), after_timestamp=after)
    records = instance.fetch_materializations(wanted, limit=1).records
    return records[0].asset_materialization if records else None


def value(of: AssetMaterialization, key: str) -> Any:
    found = of.metadata[key]
    return found.records if isinstance(found, TableMetadataValue) else found.value


def line(of: AssetMaterialization) -> str:
    return f"{value(of, 'dataset_name')}: {value(of, 'row_count'):,} rows profiled"


def summarise(recorded: Mapping[str, AssetMaterialization]) -> None:
    """Print what Dagster's instance has of the last run."""
    print(f"\n{'table':<10}{'rows':>9}{'seconds':>9}{'columns':>9}  drift")
    for table, of in recorded.items():
        found = value(of, "drift_count")
        print(
            f"{table:<10}{value(of, 'row_count'):>9,}{value(of, 'profile_seconds'):>9.2f}"
            f"{value(of, 'columns_profiled'):>9}  {value(of, 'drift_severity')}"
            + (f" ({found} findings)" if found else "")
        )
    for table in ("flights", "weather"):
        print(f"\nWhat drifted most in {table}:")
        for row in value(recorded[table], "drift_findings")[:3]:
            f = row.data
            print(f"  {f['severity']:<7} {f['column'] or 'all rows'}: {f['reason']}")


def write_report() -> None:
    """Write what drifted in flights as a page, from the history alone."""
    subprocess.run(
        [
            os.environ.get("BASELINR_PIPES_BINARY", "bin/baselinr-pipes"),
            *("drift", "--config", str(CONFIG), "--dataset", "flights", "--report", str(REPORT)),
        ],
        stdout=subprocess.DEVNULL,
        check=True,
    )


if __name__ == "__main__":
    main()
