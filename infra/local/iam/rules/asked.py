"""What a request asks for beyond its own action and resource: of EMR Serverless and Glue, ministack knows little.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of Amazon EMR Serverless and of AWS
Glue: a call on a table needs the right on its database and on the catalog, too.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EMR_PRINCIPAL = "emr-serverless.amazonaws.com"
_APPLICATIONS = re.compile(r"^/applications/[^/]+(?:/jobruns/[^/]+)?(?=/|$)")
_GLUE_TABLES = ("GetTable", "CreateTable", "UpdateTable", "DeleteTable", "GetTables", "GetTableVersions")


@dataclass(frozen=True, slots=True)
class Asked:
    """A right that a request needs; `context` has condition keys in lower case."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


def emr_resource(path: str, region: str, account: str) -> str:
    """Return the resource of a call to EMR Serverless: an application, one of its runs, or all.

    StartJobRun is asked for on the application, GetJobRun and CancelJobRun on the run.
    """
    found = _APPLICATIONS.match(path)
    return f"arn:aws:emr-serverless:{region}:{account}:{found[0]}" if found else "*"


def passed_roles(action: str, body: bytes) -> list[Asked]:
    """Return the roles that a call passes on: that of a job run."""
    if action != "emr-serverless:StartJobRun":
        return []
    role = _members(body).get("executionRoleArn")
    return [Asked("iam:PassRole", str(role), {"iam:passedtoservice": EMR_PRINCIPAL})] if role else []


def glue_resources(action: str, body: bytes, region: str, account: str) -> Sequence[str]:
    """Return the resources of a call to Glue: the catalog, and the database and the table that it names."""
    members, operation = _members(body), action.partition(":")[2]
    database = members.get("DatabaseName") or (members.get("Name") if "Database" in operation else None)
    table = members.get("Name") or members.get("TableName") or (members.get("TableInput") or {}).get("Name")
    found = ["catalog", *([f"database/{database}"] if database else [])]
    if operation in _GLUE_TABLES and database:
        found.append(f"table/{database}/{table or '*'}")
    return [f"arn:aws:glue:{region}:{account}:{one}" for one in found]


def leading_keys(body: bytes) -> list[str]:
    """Return the values of the partition keys that a call to DynamoDB is about: of the items, or of the query.

    The partition key of this project's table is text: `pk`.
    """
    members = _members(body)
    items = [members, *(one for part in members.get("TransactItems", []) for one in part.values())]
    keys = [one[name].get("pk") for one in items for name in ("Key", "Item") if name in one]
    return [str(key["S"]) for key in keys if key and "S" in key] + _queried(members)


def _queried(members: Mapping[str, Any]) -> list[str]:
    """Return the value that a query's partition key must equal: the first of its expression."""
    expression = re.match(r"\s*[#\w]+\s*=\s*(:\w+)", members.get("KeyConditionExpression", ""))
    value = members.get("ExpressionAttributeValues", {}).get(expression[1], {}) if expression else {}
    return [str(value["S"])] if "S" in value else []


def _members(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
