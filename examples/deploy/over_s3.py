"""A process that shares no file with Dagster: context and messages go through a bucket.

Every Pipes client takes `context_injector` and `message_reader`. The binary sees by what it is sent
that it is S3, and finds credentials, region and endpoint where the AWS SDK does.
"""

import os
from typing import Any

import boto3
from dagster import AssetExecutionContext, PipesClientCompletedInvocation, PipesSubprocessClient
from dagster_aws.pipes import PipesS3ContextInjector, PipesS3MessageReader
from dagster_baselinr import build_baselinr_definitions


def over_s3(
    context: AssetExecutionContext, extras: dict[str, Any]
) -> PipesClientCompletedInvocation:
    """Start the binary and wait for its end."""
    bucket, client = os.environ["PIPES_BUCKET"], boto3.client("s3")
    return PipesSubprocessClient(
        context_injector=PipesS3ContextInjector(bucket=bucket, client=client),
        message_reader=PipesS3MessageReader(bucket=bucket, client=client),
    ).run(context=context, extras=extras, command=["baselinr-pipes", "profile"])


defs = build_baselinr_definitions("baselinr.yml", launch=over_s3)
