"""Has dbt itself make what the tests compare with: `python3 tests/dbt/make.py`.

- project/target/manifest.json: dbt's manifest of the project, without what nothing here reads;
- dbt_ls.json: the models, seeds, snapshots and sources that `dbt ls` lists, by the lines of
  expressions.txt;
- manifests/v7.json to v11.json: what older versions of dbt make of the parts that they understand.

Each version of dbt is installed once into build/dbt. That and 120 runs of dbt take too long for
every `make test`, so the results are kept.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent.parent / "build" / "dbt"
NEWEST = ["dbt-core==1.10.23", "dbt-duckdb==1.11.1"]
OLDER = {
    version: [f"dbt-core~={dbt}.0", f"dbt-duckdb~={dbt}.0", "duckdb<1", "setuptools<70"]
    for version, dbt in {7: "1.3", 8: "1.4", 9: "1.5", 10: "1.6", 11: "1.7"}.items()
}
TABLES = ["model", "seed", "snapshot", "source"]
UNREAD = ["macros", "docs", "parent_map", "child_map", "group_map"]
UNSTABLE = [
    "created_at",
    "root_path",
    "build_path",
    "compiled_path",
    "generated_at",
    "invocation_id",
    "invocation_started_at",
    "user_id",
    "project_id",
    "env",
    "send_anonymous_usage_stats",
]  # these differ from run to run, or from machine to machine


def install(name: str, packages: list[str]) -> Path:
    """Returns the Python of an environment that has the packages; it is made if missing."""
    folder = ENVIRONMENTS / name
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        print(f"installing {packages[0]} into build/dbt/{name} ...", file=sys.stderr)
        # dbt 1.3 does not run on Python 3.11.
        runner = shutil.which("python3.10") if name == "v7" else sys.executable
        if runner is None:
            raise SystemExit("dbt 1.3 needs python3.10 on the PATH")
        subprocess.run([runner, "-m", "venv", "--clear", folder], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
            check=True,
        )
        ready.touch()
    return python


def slim(value: object) -> object:
    """Returns a manifest without what changes from run to run."""
    if isinstance(value, dict):
        return {k: slim(v) for k, v in value.items() if k not in UNSTABLE}
    return [slim(v) for v in value] if isinstance(value, list) else value


def environment(project: Path) -> dict[str, str]:
    """Returns the environment of a dbt that runs in the project and tells nobody."""
    quiet = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "0", "DO_NOT_TRACK": "1"}
    return {**os.environ, **quiet, "DBT_PROFILES_DIR": str(project)}


def parse(python: Path, project: Path, to: Path) -> None:
    """Has dbt parse the project, and writes the manifest."""
    with tempfile.TemporaryDirectory() as scratch:
        # dbt 1.3 and 1.4 have fewer options, so that all is in the environment.
        work = Path(scratch) / "project"
        shutil.copytree(project, work, ignore=shutil.ignore_patterns("target"))
        run = subprocess.run(
            [python.parent / "dbt", "ls"],
            cwd=work,
            env=environment(work),
            capture_output=True,
            text=True,
        )
        if run.returncode != 0:
            raise SystemExit(run.stdout + run.stderr)
        manifest = json.loads((work / "target" / "manifest.json").read_text())
    manifest = slim({k: v for k, v in manifest.items() if k not in UNREAD})
    to.parent.mkdir(exist_ok=True)
    to.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def expressions() -> list[str]:
    lines = (HERE / "expressions.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


# Runs within the newest dbt's environment: one process for all selections.
LIST = """
import contextlib, json, os, sys
from dbt.cli.main import dbtRunner
expressions, kinds = json.loads(sys.argv[1]), json.loads(sys.argv[2])
with contextlib.redirect_stdout(sys.stderr):
    manifest = dbtRunner().invoke(["--quiet", "parse"]).result
    listed = {}
    for e in expressions:
        named = e.startswith("selector:")
        select = ["--selector", e.removeprefix("selector:")] if named else ["--select", e]
        form = ["--output", "json", "--output-keys", "unique_id resource_type"]
        run = dbtRunner(manifest=manifest).invoke(["--quiet", "ls", *select, *form])
        if not run.success:
            raise SystemExit(f"{e}: {run.exception}")
        found = [json.loads(line) for line in run.result or []]
        listed[e] = sorted(n["unique_id"] for n in found if n["resource_type"] in kinds)
print(json.dumps(listed))
"""


def list_all(python: Path) -> dict[str, list[str]]:
    """Returns the unique IDs of the tables that dbt lists, by expression."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "project"
        shutil.copytree(HERE / "project", work, ignore=shutil.ignore_patterns("target"))
        run = subprocess.run(
            [python, "-c", LIST, json.dumps(expressions()), json.dumps(TABLES)],
            cwd=work, env=environment(work), stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return json.loads(run.stdout)


def older_project(to: Path) -> None:
    """Copies the parts of the project that dbt 1.3 understands: versions and groups are newer."""
    shutil.copytree(HERE / "project", to, ignore=shutil.ignore_patterns("target", "versioned"))


def main() -> None:
    newest = install("newest", NEWEST)
    parse(newest, HERE / "project", HERE / "project" / "target" / "manifest.json")
    lines = [f"{json.dumps(e)}: {json.dumps(ids)}" for e, ids in list_all(newest).items()]
    (HERE / "dbt_ls.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    with tempfile.TemporaryDirectory() as scratch:
        older_project(Path(scratch) / "older")
        for version, packages in OLDER.items():
            parse(
                install(f"v{version}", packages),
                Path(scratch) / "older",
                HERE / "manifests" / f"v{version}.json",
            )


if __name__ == "__main__":
    main()
