"""The component: in a project by the real `dg`, and what its YAML may say."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster.components.testing import create_defs_folder_sandbox
from dagster_baselinr import BaselinrComponent, PlannedTable

from support import Sqlite

if TYPE_CHECKING:
    from dagster.components.testing import DefsFolderSandbox  # Dagster 1.12.0 does not export it

PYPROJECT = """\
[project]
name = "shop"
version = "0.1.0"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "shop"
"""

DEFINITIONS = """\
from pathlib import Path

from dagster import definitions, load_from_defs_folder


@definitions
def defs():
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


class Project:
    """A project as `create-dagster project` makes one, and `dg` in it."""

    def __init__(self, folder: Path, home: str) -> None:
        self.folder = folder
        self.package = folder / "src" / "shop"
        self.environment = {
            **os.environ,
            "DAGSTER_HOME": home,
            "COLUMNS": "200",
            "PYTHONPATH": os.pathsep.join(
                [str(folder / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
        }
        (self.package / "defs").mkdir(parents=True)
        (folder / "pyproject.toml").write_text(PYPROJECT)
        (self.package / "__init__.py").touch()
        (self.package / "definitions.py").write_text(DEFINITIONS)
        (self.package / "defs" / "__init__.py").touch()

    def dg(self, *arguments: str) -> str:
        """Run a command of `dg`, which must succeed; returns what it said."""
        command = [str(Path(sys.executable).parent / "dg"), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"dg {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.mark.timeout(900)  # each command of `dg` loads Dagster and the project anew
def test_a_project_of_dg(sqlite: Sqlite, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", instance.root_directory)
    assert "dagster_baselinr.BaselinrComponent" in project.dg("list", "components")

    project.dg("scaffold", "defs", "dagster_baselinr.BaselinrComponent", "quality")
    written = project.package / "defs" / "quality"
    assert {path.name for path in written.iterdir()} == {"defs.yaml", "baselinr.yml"}
    assert "has no assets yet" in project.dg("check", "defs")  # it checks the YAML too

    sqlite.folder = project.folder  # the sample's `warehouse.db`, in the working directory
    sqlite.table("orders", rows=12)
    project.dg("utils", "refresh-defs-state")
    project.dg("launch", "--assets", "key:baselinr_*")
    for name in ("baselinr_orders", "baselinr_summary"):
        (record,) = instance.fetch_materializations(dg.AssetKey(name), limit=2).records
        assert record.asset_materialization
    (record,) = instance.fetch_materializations(dg.AssetKey("baselinr_orders"), limit=1).records
    assert record.asset_materialization
    assert record.asset_materialization.metadata["row_count"].value == 12


@pytest.fixture
def sandbox() -> Iterator[DefsFolderSandbox]:
    with create_defs_folder_sandbox() as it:
        yield it


def scaffold(
    sandbox: DefsFolderSandbox,
    config: str,
    name: str = "quality",
    component: type[BaselinrComponent] = BaselinrComponent,
    **attributes: Any,
) -> Path:
    """Scaffold a component of an existing config, and add attributes to its YAML."""
    contents = {
        "type": f"{component.__module__}.{component.__qualname__}",
        "attributes": {"config_path": config, **attributes},
    }
    return sandbox.scaffold_component(
        component_cls=component,
        defs_path=name,
        scaffold_params={"config_path": config},
        defs_yaml_contents=contents,
    )


def refresh(sandbox: DefsFolderSandbox, *paths: Path) -> None:
    for path in paths:
        with sandbox.load_component_and_build_defs(path) as (component, _):
            assert isinstance(component, BaselinrComponent)
            asyncio.run(component.refresh_state(sandbox.project_root))


def specs(definitions: dg.Definitions) -> Mapping[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_without_a_plan_there_is_a_message_and_no_asset(
    sandbox: DefsFolderSandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = scaffold(sandbox, str(tmp_path / "nowhere.yml"))
    with (
        caplog.at_level(logging.WARNING),
        sandbox.load_component_and_build_defs(path) as (_, definitions),
    ):
        assert specs(definitions) == {}
    assert "dg utils refresh-defs-state" in caplog.text


def test_loading_touches_neither_the_config_nor_the_warehouse(
    sandbox: DefsFolderSandbox, sqlite: Sqlite, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite.table("orders")
    path = scaffold(
        sandbox,
        sqlite.configure("orders"),
        asset_prefix="dq",
        group_name="quality",
        default_tags={"team": "data"},
        enable_sensor=False,
    )
    refresh(sandbox, path)
    sqlite.file.unlink()
    Path(sqlite.config).unlink()
    monkeypatch.setenv("BASELINR_PIPES_BINARY", "/nowhere")
    with sandbox.load_component_and_build_defs(path) as (_, definitions):
        assert sorted(specs(definitions)) == ["dq_orders", "dq_summary"]
        orders = specs(definitions)["dq_orders"]
        assert orders.group_name == "quality"
        assert orders.tags["team"] == "data"
        repository = definitions.get_repository_def()
        assert repository.has_job("dq_profile_all")
        assert not repository.sensor_defs


def test_a_refresh_that_fails_keeps_the_plan_from_before(
    sandbox: DefsFolderSandbox, sqlite: Sqlite
) -> None:
    sqlite.table("orders")
    path = scaffold(sandbox, sqlite.configure(profiling={"tables": [{"pattern": "*"}]}))
    refresh(sandbox, path)
    sqlite.file.unlink()
    with pytest.raises(dg.Failure, match=r"warehouse\.db"):
        refresh(sandbox, path)
    with sandbox.load_component_and_build_defs(path) as (_, definitions):
        assert "baselinr_orders" in specs(definitions)


def test_a_stored_plan_that_cannot_be_read_says_what_to_run(
    sandbox: DefsFolderSandbox, sqlite: Sqlite
) -> None:
    sqlite.table("orders")
    path = scaffold(sandbox, sqlite.configure("orders"))
    refresh(sandbox, path)
    (state,) = sandbox.defs_folder_path.rglob("state")
    for text in ("", "{}", '{"version": 99}'):
        state.write_text(text)
        with pytest.raises(Exception) as error, sandbox.load_component_and_build_defs(path):  # noqa: PT011  Dagster's own, around ours
            pass
        assert "run `dg utils refresh-defs-state`" in str(error.value.__cause__)


def test_translation_in_yaml_and_two_components_in_a_project(
    sandbox: DefsFolderSandbox, sqlite: Sqlite
) -> None:
    sqlite.table("orders")
    config = sqlite.configure("orders")
    translation = {
        "key": "quality/{{ table.table }}",
        "owners": ["team:data"],
        "deps": ["raw/{{ table.id }}"],
        "metadata": {"strategy": "{{ table.drift_strategy }}"},
    }
    one = scaffold(sandbox, config, "one", translation=translation)
    two = scaffold(sandbox, config, "two", asset_prefix="dq")
    refresh(sandbox, one, two)
    with sandbox.build_all_defs() as definitions:
        found = specs(definitions)
        assert {"quality/orders", "baselinr_summary", "dq_orders", "dq_summary"} <= set(found)
        orders = found["quality/orders"]
        assert list(orders.owners) == ["team:data"]
        assert [dep.asset_key.to_user_string() for dep in orders.deps] == ["raw/orders"]
        assert orders.metadata["strategy"] == "absolute_threshold"
        assert set(definitions.resources or {}) == {"baselinr", "dq"}


@dataclass
class Owned(BaselinrComponent):
    """A user's own kind of component."""

    def get_asset_spec(self, table: PlannedTable) -> dg.AssetSpec:
        return super().get_asset_spec(table).replace_attributes(owners=["team:owners"])


def test_a_subclass_says_what_a_table_looks_like(
    sandbox: DefsFolderSandbox, sqlite: Sqlite
) -> None:
    sqlite.table("orders")
    path = scaffold(sandbox, sqlite.configure("orders"), component=Owned)
    refresh(sandbox, path)
    with sandbox.load_component_and_build_defs(path) as (_, definitions):
        assert list(specs(definitions)["baselinr_orders"].owners) == ["team:owners"]


def test_the_launcher_of_a_component_is_a_template_variable(
    sandbox: DefsFolderSandbox, sqlite: Sqlite
) -> None:
    sqlite.table("orders")
    path = scaffold(sandbox, sqlite.configure("orders"), launch="{{ in_subprocess }}")
    (path / "variables.py").write_text(
        "import dagster as dg\n\n\n"
        "@dg.template_var\n"
        "def in_subprocess():\n"
        "    def launch(context, extras):\n"
        "        command = ['true']\n"
        "        client = dg.PipesSubprocessClient()\n"
        "        return client.run(context=context, extras=extras, command=command)\n"
        "    return launch\n"
    )
    yaml = path / "defs.yaml"
    yaml.write_text(yaml.read_text() + "template_vars_module: .variables\n")
    with sandbox.load_component_and_build_defs(path) as (component, _):
        assert isinstance(component, BaselinrComponent)
        assert callable(component.launch)


def test_steps_retries_and_producers_in_yaml(sandbox: DefsFolderSandbox, sqlite: Sqlite) -> None:
    for name in ("a", "b", "c"):
        sqlite.table(name)
    path = scaffold(
        sandbox,
        sqlite.configure("a", "b", "c"),
        producers={"a": "raw/a"},
        tables_per_step=2,
        pool="warehouse",
        op_tags={"team": "data"},
        retry_policy={"max_retries": 2, "delay": 60, "backoff": "exponential"},
    )
    refresh(sandbox, path)
    with sandbox.load_component_and_build_defs(path) as (_, definitions):
        steps = {
            it.op.name: it for it in definitions.assets or () if isinstance(it, dg.AssetsDefinition)
        }
        assert set(steps) == {"baselinr_profile_1", "baselinr_profile_2", "baselinr_summary"}
        op = steps["baselinr_profile_1"].op
        assert isinstance(op, dg.OpDefinition)
        assert op.pool == "warehouse"
        assert op.tags == {"team": "data"}
        assert op.retry_policy == dg.RetryPolicy(
            max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL
        )
        assert [dep.asset_key for dep in specs(definitions)["baselinr_a"].deps] == [
            dg.AssetKey(["raw", "a"])
        ]


def test_partitions_in_yaml(sandbox: DefsFolderSandbox, sqlite: Sqlite) -> None:
    sqlite.table("a")
    key = {"table": "a", "profiling": {"partition": {"key": "c0", "strategy": "all"}}}
    config = sqlite.configure("a", datasets={"datasets": [key]})
    static = {"type": "static", "partition_keys": ["1.0", "2.0"]}
    written = scaffold(sandbox, config, "written", translation={"partitions_def": static})
    variable = scaffold(
        sandbox, config, "variable", asset_prefix="dq", partitions_def="{{ some_numbers }}"
    )
    (variable / "variables.py").write_text(
        "import dagster as dg\n\n\n"
        "@dg.template_var\n"
        "def some_numbers():\n"
        "    return dg.StaticPartitionsDefinition(['1.0', '2.0'])\n"
    )
    yaml = variable / "defs.yaml"
    yaml.write_text(yaml.read_text() + "template_vars_module: .variables\n")
    refresh(sandbox, written, variable)
    with sandbox.build_all_defs() as definitions:
        found = specs(definitions)
        for name in ("baselinr_a", "dq_a"):
            assert found[name].partitions_def == dg.StaticPartitionsDefinition(["1.0", "2.0"])
        job = definitions.resolve_job_def("baselinr_profile_all")
        result = job.execute_in_process(partition_key="2.0")
        (rows,) = (
            m.metadata["dagster/partition_row_count"].value
            for event in result.get_asset_materialization_events()
            if (m := event.step_materialization_data.materialization).partition
        )
        assert rows == 1


def test_the_plan_is_not_asked_for_at_each_load_of_dagster_dev(
    sandbox: DefsFolderSandbox, tmp_path: Path
) -> None:
    stored: dict[str, Any] = {"defs_state": {"management_type": "LOCAL_FILESYSTEM"}}
    for name, more in {"default": {}, "said": stored}.items():
        path = scaffold(sandbox, str(tmp_path / "baselinr.yml"), name, **more)
        with sandbox.load_component_and_build_defs(path) as (component, _):
            assert isinstance(component, BaselinrComponent)
            assert component.defs_state_config.refresh_if_dev is False
