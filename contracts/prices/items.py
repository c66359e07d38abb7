"""The names of what AWS charges for, as the price file and every cost use them, each with its unit."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Item(StrEnum):
    """One thing that is charged. A price is USD for one unit of it."""

    EMR_VCPU = "emr_vcpu_hour"
    EMR_MEMORY = "emr_gb_hour"
    EMR_ARM_VCPU = "emr_arm_vcpu_hour"
    EMR_ARM_MEMORY = "emr_arm_gb_hour"
    EMR_STORAGE = "emr_storage_gb_hour"
    """Of a worker's disk above 20 GB."""
    LAMBDA_REQUEST = "lambda_request"
    LAMBDA_TIME = "lambda_gb_second"
    LAMBDA_ARM_TIME = "lambda_arm_gb_second"
    SQS_REQUEST = "sqs_request"
    LEDGER_WRITE = "dynamodb_write_unit"
    LEDGER_READ = "dynamodb_read_unit"
    LEDGER_STORAGE = "dynamodb_gb_month"
    LEDGER_BACKUP = "dynamodb_backup_gb_month"
    """Point-in-time recovery: the table's size, kept or not."""
    S3_PUT = "s3_put"
    """PUT, COPY, POST and LIST. DELETE and lifecycle expiration are free."""
    S3_GET = "s3_get"
    S3_STORAGE = "s3_gb_month"
    LOGS_WRITTEN = "logs_gb"
    LOGS_STORED = "logs_gb_month"
    LOGS_SCANNED = "logs_insights_gb"
    METRIC = "metric_month"
    ALARM = "alarm_month"
    COMPOSITE_ALARM = "composite_alarm_month"
    DASHBOARD = "dashboard_month"
    TRACE = "xray_trace"
    CATALOG_OBJECT = "glue_object_month"
    CATALOG_REQUEST = "glue_request"
    EMAIL = "sns_email"
    SCHEDULE = "scheduler_invocation"
    EVENT = "eventbridge_event"
    """Of an AWS service on the default bus."""
    KEY = "kms_key_month"
    """None is used: everything is encrypted with keys that the services own."""
    FARGATE_VCPU = "fargate_vcpu_hour"
    FARGATE_MEMORY = "fargate_gb_hour"
    CLUSTER_INSTANCE = "emr_ec2_m5_xlarge_hour"
    """EC2's m5.xlarge (4 vCPU, 16 GB) with what EMR adds."""
    SAGEMAKER_INSTANCE = "sagemaker_m5_xlarge_hour"
    """SageMaker's ml.m5.xlarge (4 vCPU, 16 GB) in a batch transform job."""


UNITS: Mapping[Item, str] = MappingProxyType(
    {
        Item.EMR_VCPU: "vCPU-hours",
        Item.EMR_MEMORY: "GB-hours",
        Item.EMR_ARM_VCPU: "vCPU-hours",
        Item.EMR_ARM_MEMORY: "GB-hours",
        Item.EMR_STORAGE: "GB-hours",
        Item.LAMBDA_TIME: "GB-seconds",
        Item.LAMBDA_ARM_TIME: "GB-seconds",
        Item.LEDGER_WRITE: "write units",
        Item.LEDGER_READ: "read units",
        Item.LEDGER_STORAGE: "GB-months",
        Item.LEDGER_BACKUP: "GB-months",
        Item.S3_STORAGE: "GB-months",
        Item.LOGS_WRITTEN: "GB",
        Item.LOGS_STORED: "GB-months",
        Item.LOGS_SCANNED: "GB",
        Item.METRIC: "metric-months",
        Item.ALARM: "alarm-months",
        Item.COMPOSITE_ALARM: "alarm-months",
        Item.DASHBOARD: "dashboard-months",
        Item.TRACE: "traces",
        Item.CATALOG_OBJECT: "object-months",
        Item.EMAIL: "e-mails",
        Item.SCHEDULE: "invocations",
        Item.EVENT: "events",
        Item.KEY: "key-months",
        Item.FARGATE_VCPU: "vCPU-hours",
        Item.FARGATE_MEMORY: "GB-hours",
        Item.CLUSTER_INSTANCE: "hours",
        Item.SAGEMAKER_INSTANCE: "hours",
    }
)
"""The words for a quantity. What is not listed is counted in requests."""

ARM: Mapping[Item, Item] = MappingProxyType({Item.EMR_VCPU: Item.EMR_ARM_VCPU, Item.EMR_MEMORY: Item.EMR_ARM_MEMORY})
"""What workers on Graviton are charged in place of what those on x86-64 are. (The functions stay on x86-64.)"""


def unit(item: Item) -> str:
    """Return the words for a quantity of an item."""
    return UNITS.get(item, "requests")
