"""Days of a table: each is a partition of the profile's asset, and a backfill is one run.

The config names the column that tells the days apart; beside what README.md shows, `baselinr.yml`
needs

    datasets:
      datasets:
        - table: flights
          profiling:
            partition: {key: flight_date, strategy: all}
"""

from dagster import DailyPartitionsDefinition, Definitions, build_schedule_from_partitioned_job
from dagster_baselinr import create_profiling_assets, create_profiling_job

days = DailyPartitionsDefinition(start_date="2013-01-01")
assets = create_profiling_assets("baselinr.yml", partitions_def=days)
job = create_profiling_job(assets=assets, job_name="profile_days")

defs = Definitions(
    assets=assets,
    jobs=[job],
    schedules=[build_schedule_from_partitioned_job(job)],  # each night the day before
)
