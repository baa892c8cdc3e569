"""The Python tool's examples, with the files that they name and the tables that they select."""

import copy
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import yaml  # type: ignore[import-untyped]

from tools import connection_of, install_examples

EXAMPLES = [
    "config.yml",
    "config_advanced.yml",
    "config_bigquery.yml",
    "config_dbt.yml",
    "config_mysql.yml",
    "config_odcs.yml",
    "config_patterns.yml",
    "config_redshift.yml",
    "config_slack_alerts.yml",
    "config_smart_selection.yml",
    "config_sqlite.yml",
    "config_with_metrics.yml",
]
# What the examples take from the environment, and nothing of ours: the Python tool takes every
# variable that begins with BASELINR_ for a key.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("BASELINR_")} | {
    name: "https://example.com/a"
    for name in [
        "DB_PASSWORD",
        "OPENAI_API_KEY",
        "POSTGRES_PASSWORD",
        "SLACK_WEBHOOK_URL",
        "SNOWFLAKE_PASSWORD",
    ]
}

# Tables that the examples select, and, beside each, some that they leave out. Those of `warehouse`
# have what the filters of an example ask for: the Python tool does not apply filters.
TABLES = """
    public: customers orders products users events large_table important_table user_logins
        user_staging user_dev thing_dev thing_test sales_2024 customer_2024 order_2025 customer_x
        legacy_a legacy_b_temp example_customers example_orders example_items
    analytics: events clickstream events_critical events_daily events_dev revenue_daily
        orders_staging sales_q1 scratch_temp scratch_backup scratch_test other_2024
    core: customers accounts
    my_dataset: customers orders others
    my_schema: customers orders others
    staging: a_clean a_old b_clean_old
    warehouse: data_a data_b
"""

# The models that an example selects, with their tags and how they are materialized.
MODELS = {
    "example_customers": (["critical", "customer"], "table"),
    "example_orders": (["critical", "order"], "view"),
    "example_items": ([], "table"),
}


def make_tables(url: str) -> None:
    """Make TABLES in the database."""
    schema = ""
    with psycopg.connect(url, autocommit=True) as connection:
        for word in TABLES.split():
            if word.endswith(":"):
                schema = word.removesuffix(":")
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            else:
                connection.execute(f"CREATE TABLE {schema}.{word} (id int, order_date date)")


def copy_examples(folder: Path, database: str) -> None:
    """Copy the examples' folder, and add the files that they name."""
    shutil.copytree(install_examples(), folder)
    sqlite3.connect(folder / "example.db").execute("CREATE TABLE sample_table (id int)")
    target = folder / "dbt_package" / "target"
    target.mkdir(parents=True)
    (target / "manifest.json").write_text(json.dumps(manifest(database)))


def manifest(database: str) -> dict[str, Any]:
    """Return what dbt would write of MODELS, as far as it is read."""
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "project_name": "example",
        },
        "nodes": {
            f"model.example.{name}": {
                "unique_id": f"model.example.{name}",
                "resource_type": "model",
                "name": name,
                "alias": name,
                "package_name": "example",
                "database": database,
                "schema": "public",
                "tags": tags,
                "fqn": ["example", name],
                "path": f"{name}.sql",
                "original_file_path": f"models/{name}.sql",
                "config": {"enabled": True, "materialized": materialized, "tags": tags},
                "depends_on": {"nodes": []},
            }
            for name, (tags, materialized) in MODELS.items()
        },
        "sources": {},
        "exposures": {},
        "parent_map": {},
        "child_map": {},
    }


def content(folder: Path, example: str) -> dict[str, Any]:
    """Return an example, in a form that both accept."""
    config: dict[str, Any] = yaml.safe_load((folder / example).read_text())
    if example == "config_patterns.yml":
        # Its last entry selects in two ways, which both refuse: see the test of that.
        del config["profiling"]["tables"][-1]["pattern"]
    return config


def with_source(config: dict[str, Any], database: str) -> dict[str, Any]:
    """Return the configuration with the tests' database for its source.

    That of SQLite stays. Engines that are not built, and servers that are not there, are swapped:
    what is selected and measured is said beside the source, and does not depend on it.
    """
    config = copy.deepcopy(config)
    source = config["source"]
    if source["type"] == "sqlite":
        return config
    config["source"] = connection_of(database)
    for key in ("schema", "schema_"):
        if key in source:
            config["source"][key] = source[key]
    return config


def entries(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the configuration with each of its entries alone."""
    for entry in config["profiling"]["tables"]:
        alone = copy.deepcopy(config)
        if "tags" in entry:
            # Without a provider of tags the Python tool selects every table; here none has them.
            entry = {k: v for k, v in entry.items() if k != "tags"}
        # It has these filters in its schema, and does not apply them.
        for key in ("min_rows", "max_rows", "required_columns", "modified_since_days"):
            entry = {k: v for k, v in entry.items() if k != key}
        alone["profiling"]["tables"] = [entry]
        yield alone
