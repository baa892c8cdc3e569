"""The smallest code location: every table of a config, a job, and the sensor."""

from dagster_baselinr import build_baselinr_definitions

defs = build_baselinr_definitions("baselinr.yml")
