"""What AWS does in a role's name: ministack does it with all rights, so each such call is asked for first."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..rules import service_calls
from ..rules.asked import Asked
from .modules import ministack
from .roles import Roles

LAMBDA, SCHEDULER, EVENTS = "lambda.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com"
_log = logging.getLogger("ministack")


@dataclass(slots=True)
class ServiceCalls:
    """Holds functions, their queues, and their triggers against the roles' policies."""

    roles: Roles
    _told: set[str] = field(default_factory=set)

    def register(self) -> None:
        """Add it to ministack, in this process."""
        self._check_functions()
        self._check_queues()
        self._check_triggers()

    def _check_functions(self) -> None:
        """Before a function gets the keys of its role: may Lambda assume it, and may it write logs and traces?"""
        for name in ("core.lambda_runtime", "services.lambda_svc"):
            module = ministack(name)
            module.execution_credentials = self._checked(module.execution_credentials)

    def _checked(self, credentials: Any) -> Any:
        def checked(config: Mapping[str, Any]) -> Any:
            _, _, _, region, account, _, name = config["FunctionArn"].split(":")[:7]
            if not self.roles.trust(config["Role"], LAMBDA, {"aws:sourceaccount": account}):
                raise PermissionError(f"The role defined for the function {name} cannot be assumed by Lambda.")
            group = config.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
            traced = config.get("TracingConfig", {}).get("Mode") == "Active"
            self._may_all(name, config["Role"], service_calls.of_function(group, traced, region, account), region)
            return credentials(config)

        return checked

    def _check_queues(self) -> None:
        """A queue whose messages the function's role may not take is not polled."""
        functions = ministack("services.lambda_svc")
        mappings = functions._iter_all_esms

        def allowed() -> Any:
            for account, region, mapping in mappings():
                record, _ = functions._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
                config = (record or {}).get("config", {})
                asked = service_calls.of_queue(mapping["EventSourceArn"])
                if not config or self._may_all(config["FunctionName"], config["Role"], asked, region):
                    yield account, region, mapping

        functions._iter_all_esms = allowed

    def _may_all(self, who: str, role: str, asked: list[Asked], region: str) -> bool:
        """Return whether the role may do all that is asked; say what it may not."""
        refused = [one for one in asked if not self.roles.may(role, one, region)]
        for one in refused:
            self._tell(who, one)
        return not refused

    def _check_triggers(self) -> None:
        """A schedule's role has to allow the call; a function's own policy that of a rule."""
        events = ministack("services.eventbridge")
        invoke = events._invoke_target

        def checked(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], *more: Any) -> Any:
            function, role = str(target.get("Arn", "")), target.get("RoleArn")
            may = self._schedule_may(role, function) if role else self._rule_may(str(rule.get("Arn", "")), function)
            return invoke(target, event, rule, *more) if may else None

        events._invoke_target = checked

    def _rule_may(self, rule_arn: str, function_arn: str) -> bool:
        """Return whether a function's own policy lets this rule invoke it; no other target has a policy to ask."""
        if ":lambda:" not in function_arn:
            return True
        found = ministack("services.lambda_svc").function_policy_for_arn(function_arn)
        asked = Asked("lambda:InvokeFunction", function_arn, {"aws:sourcearn": rule_arn})
        if found is not None and self.roles.policy_lets(found[0], EVENTS, asked):
            return True
        self._tell(rule_arn, asked)
        return False

    def _schedule_may(self, role: str, function_arn: str) -> bool:
        _, _, _, region, account = function_arn.split(":")[:5]
        if not self.roles.trust(role, SCHEDULER, {"aws:sourceaccount": account}):
            self._tell(role, Asked("sts:AssumeRole", role))
            return False
        return self._may_all(role, role, service_calls.of_schedule(function_arn), region)

    def _tell(self, who: str, one: Asked) -> None:
        """Say once in the cloud's log what was refused."""
        line = f"{who}: not authorized to perform {one.action} on {one.resource}"
        if line not in self._told:
            self._told.add(line)
            _log.warning("IAM: %s", line)
