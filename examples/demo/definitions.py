"""The demo's code location: what `make demo` runs and `make dev` shows."""

from pathlib import Path

from dagster_baselinr import build_baselinr_definitions

defs = build_baselinr_definitions(
    str(Path(__file__).with_name("baselinr.yml")),
    default_tags={"source": "nycflights13"},
    default_metadata={"owner": "demo"},
)
