"""`AWS::Budgets::Budget`: ministack 1.5.33 has the service, and no resource type of CloudFormation for it."""

import json
from collections.abc import Mapping
from typing import Any

TYPE = "AWS::Budgets::Budget"
_NOTIFIED = "NotificationsWithSubscribers"


class BudgetResource:
    """Creates, updates and deletes, with the signatures of ministack's provisioners. `budgets` is its service."""

    def __init__(self, budgets: Any) -> None:
        self._budgets = budgets

    def create(self, logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        """Create a budget; return its name, which `Ref` gives: its own, or one made of the stack's and the resource's.

        Raises:
            ValueError: the service refuses, and says why.
        """
        return self._create(f"{stack}-{logical_id}", properties)

    def update(
        self, physical_id: str, _old: Mapping[str, Any], new: Mapping[str, Any], _stack: str
    ) -> tuple[str, dict[str, str]]:
        """Put the new budget in the place of the old one."""
        self.delete(physical_id, new)
        return self._create(physical_id, new)

    def delete(self, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete a budget; one that is gone already is no error."""
        if physical_id in self._budgets._budgets:
            self._perform(self._budgets._delete_budget, {"BudgetName": physical_id})

    def _create(self, otherwise: str, properties: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        budget = {"BudgetName": otherwise, **properties["Budget"]}
        notified = properties.get(_NOTIFIED) or []
        self._perform(self._budgets._create_budget, {"Budget": budget, _NOTIFIED: notified})
        return str(budget["BudgetName"]), {}

    def _perform(self, operation: Any, request: dict[str, Any]) -> None:
        status, _, body = operation(request)
        if status >= 400:
            raise ValueError(json.loads(body).get("message", body))
