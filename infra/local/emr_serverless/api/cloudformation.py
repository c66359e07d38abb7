"""`AWS::EMRServerless::Application`: from a template's properties to requests.

Source: the resource's schema. Its properties are those of CreateApplication in PascalCase, except that it writes maps
as lists of Key and Value. Numbers and booleans from parameters come as strings. A new Name or Type means a replacement.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape

from ..rules.errors import ServiceError
from ..rules.records import Owner
from .service import Service
from .validation import model

_REPLACING = ("Name", "Type")

Properties = Mapping[str, Any]
Created = tuple[str, dict[str, str]]


class ApplicationResource:
    """Creates, updates and deletes, with the signatures of ministack's provisioners. The methods raise ValueError."""

    def __init__(self, service: Service, owner: Callable[[], Owner], new_token: Callable[[], str]) -> None:
        self._service, self._owner, self._new_token = service, owner, new_token

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> Created:
        """Create an application; return its id, which `Ref` gives, and its attributes."""
        request = as_request("CreateApplication", properties)
        created = self._perform("CreateApplication", {**request, "clientToken": self._new_token()})
        return created["applicationId"], {"ApplicationId": created["applicationId"], "Arn": created["arn"]}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
        """Update the properties that differ, or create the replacement."""
        if any(old.get(name) != new.get(name) for name in _REPLACING):
            return self.create("", new, stack)
        changed = {name: value for name, value in new.items() if old.get(name) != value and name != "Tags"}
        before = self._perform("GetApplication", {"applicationId": physical_id})["application"]
        if changed:
            request = as_request("UpdateApplication", changed)
            self._perform(
                "UpdateApplication", {**request, "applicationId": physical_id, "clientToken": self._new_token()}
            )
        self._retag(before["arn"], _tags(old), _tags(new))
        return physical_id, {"ApplicationId": physical_id, "Arn": before["arn"]}

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Delete an application; one that is gone already is no error, one that is started is refused, as any.

        Source: gchq/sleeper issues 1125 and 2909: the resource's handler does not stop it, and the stack stays.
        """
        try:
            state = self._perform("GetApplication", {"applicationId": physical_id})["application"]["state"]
        except ValueError:
            return
        if state != "TERMINATED":
            self._service.settle()
            self._perform("DeleteApplication", {"applicationId": physical_id})

    def _retag(self, arn: str, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        gone = sorted(set(old) - set(new))
        if gone:
            self._perform("UntagResource", {"resourceArn": arn, "tagKeys": gone})
        if new and new != old:
            self._perform("TagResource", {"resourceArn": arn, "tags": dict(new)})

    def _perform(self, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._service.perform(name, self._owner(), parameters)
        except ServiceError as error:  # the events of the stack show its text
            raise ValueError(f"{error.message} (Service: EmrServerless, Status Code: {error.status})") from error


def as_request(operation: str, properties: Properties) -> dict[str, Any]:
    """Return a template's properties as parameters of an operation. Raises ValueError for an unknown property."""
    request: dict[str, Any] = _value(model().operation_model(operation).input_shape, properties, "#")
    return request


def _value(shape: Shape, value: Any, path: str) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, value, path)
    if shape.type_name == "map":
        pairs = value.items() if isinstance(value, Mapping) else ((pair["Key"], pair["Value"]) for pair in value)
        return {str(key): _value(shape.value, part, f"{path}/{key}") for key, part in pairs}
    if shape.type_name == "list":
        return [_value(shape.member, part, path) for part in value]
    if shape.type_name in ("integer", "long"):
        return int(value)
    if shape.type_name == "boolean":
        return str(value).lower() == "true"
    return str(value)


def _structure(shape: Shape, value: Mapping[str, Any], path: str) -> dict[str, Any]:
    members = {name[0].upper() + name[1:]: name for name in shape.members}
    unknown = sorted(set(value) - set(members))
    if unknown:
        raise ValueError(f"{path}: extraneous key [{', '.join(unknown)}] is not permitted")
    return {
        members[name]: _value(shape.members[members[name]], part, f"{path}/{name}")
        for name, part in value.items()
        if part is not None
    }


def _tags(properties: Properties) -> dict[str, str]:
    return {pair["Key"]: str(pair["Value"]) for pair in properties.get("Tags", [])}
