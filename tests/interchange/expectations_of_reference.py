"""Print, as JSON, what the Python tool knows of a table in a SQLite history.

Usage: expectations_of_reference.py CONFIG TABLE SCHEMA RUN, with as JSON on standard input a list
of columns, metrics and values. Of each it prints the expectation that is stored, the one that it
learns itself, and what its detectors find of the value. It runs in that tool's own environment.
"""

import dataclasses
import json
import logging
import sys
from typing import Any

from baselinr.anomaly.detector import AnomalyDetector  # type: ignore[import-not-found]
from baselinr.config.loader import ConfigLoader  # type: ignore[import-not-found]
from baselinr.learning import (  # type: ignore[import-not-found]
    ExpectationLearner,
    ExpectationStorage,
)
from baselinr.query.client import MetadataQueryClient  # type: ignore[import-not-found]
from sqlalchemy import create_engine

logging.disable(logging.CRITICAL)
config_path, table, schema, run = sys.argv[1:]
storage = ConfigLoader.load_from_file(config_path).storage
engine = create_engine(f"sqlite:///{storage.connection.database}")
stored = ExpectationStorage(storage, engine)
learner = ExpectationLearner(
    storage,
    engine,
    default_window_days=storage.learning_window_days,
    min_samples=storage.min_samples,
    ewma_lambda=storage.ewma_lambda,
)
detector = AnomalyDetector(storage, engine)


def plain(expectation: Any) -> Any:
    return None if expectation is None else dataclasses.asdict(expectation)


answers = []
for column, metric, value in json.load(sys.stdin):
    names = {"table_name": table, "column_name": column, "metric_name": metric}
    learned = learner.learn_expectations(**names, schema_name=schema)
    found = detector.detect_anomalies(**names, current_value=value, schema_name=schema)
    answers.append(
        {
            "stored": plain(stored.get_expectation(**names, schema_name=schema)),
            "learned": plain(learned),
            "found": {a.detection_method: a.anomaly_type.value for a in found},
        }
    )
events = MetadataQueryClient(engine).query_run_events(run, event_types=["AnomalyDetected"])
json.dump({"metrics": answers, "events": events}, sys.stdout, default=str)
