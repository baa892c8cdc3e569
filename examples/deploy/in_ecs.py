"""A task of Amazon ECS, such as one on Fargate.

Its definition names the image, the command `baselinr-pipes profile`, and the secret that becomes
`WAREHOUSE_PASSWORD`. The context goes by S3, since ECS takes 8,192 bytes of overrides.
"""

from typing import Any

import boto3
from dagster import AssetExecutionContext, PipesClientCompletedInvocation
from dagster_aws.pipes import PipesECSClient, PipesS3ContextInjector, PipesS3MessageReader
from dagster_baselinr import build_baselinr_definitions

BUCKET = "dagster-pipes"


def in_ecs(
    context: AssetExecutionContext, extras: dict[str, Any]
) -> PipesClientCompletedInvocation:
    """Start a task and wait for its end."""
    s3 = boto3.client("s3")
    return PipesECSClient(
        client=boto3.client("ecs"),
        context_injector=PipesS3ContextInjector(bucket=BUCKET, client=s3),
        message_reader=PipesS3MessageReader(bucket=BUCKET, client=s3),
    ).run(
        context=context,
        extras=extras,
        run_task_params={
            "taskDefinition": "baselinr-pipes",
            "cluster": "data",
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0123456789"]}},
        },
    )


defs = build_baselinr_definitions("baselinr.yml", launch=in_ecs)
