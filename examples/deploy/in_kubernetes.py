"""A pod of Kubernetes, whose password comes from a secret of the cluster.

Messages come by S3, in full and whatever the log does; without `message_reader` they come by the
pod's log, and leave out what is long.
"""

from typing import Any

import boto3
from dagster import AssetExecutionContext, PipesClientCompletedInvocation
from dagster_aws.pipes import PipesS3MessageReader
from dagster_baselinr import build_baselinr_definitions
from dagster_k8s import PipesK8sClient

POD = {
    "serviceAccountName": "baselinr-pipes",  # may write to the bucket
    "containers": [
        {
            "env": [
                {
                    "name": "WAREHOUSE_PASSWORD",
                    "valueFrom": {"secretKeyRef": {"name": "warehouse", "key": "password"}},
                }
            ],
            "resources": {"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
        }
    ],
}


def in_kubernetes(
    context: AssetExecutionContext, extras: dict[str, Any]
) -> PipesClientCompletedInvocation:
    """Start a pod and wait for its end."""
    reader = PipesS3MessageReader(bucket="dagster-pipes", client=boto3.client("s3"))
    return PipesK8sClient(message_reader=reader).run(
        context=context,
        extras=extras,
        image="registry.example.com/baselinr-pipes:0.1.0",
        command=["baselinr-pipes", "profile"],
        namespace="data",
        base_pod_spec=POD,
    )


defs = build_baselinr_definitions("baselinr.yml", launch=in_kubernetes)
