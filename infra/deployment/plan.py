"""What a deployment would do, without doing it."""

from dataclasses import dataclass

from contracts.jobs.places import Versions
from infra.deployment import adoption
from infra.deployment.changes import Change, Verb, parameter_changes, resource_changes
from infra.deployment.deploy import Deployment
from infra.deployment.stack_status import Standing
from infra.deployment.template import parse, template
from infra.emr import run_files


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment would do."""

    standing: Standing
    adopted: list[str]
    """Names of kept resources that a new stack would take back."""
    changes: list[Change]
    uploads: list[str]
    """Places in the artifacts bucket that are to be filled."""

    @property
    def empty(self) -> bool:
        """Whether nothing would change, as far as can be seen: the code of the functions is not looked at."""
        return not (self.adopted or self.changes or self.uploads)


def plan(asked: Deployment) -> Plan:
    """Compare what is deployed with what is to be. Changes nothing."""
    standing = asked.stack.standing()
    deployed = standing is Standing.DEPLOYED
    after = asked.all_parameters()
    before = asked.stack.parameters() if deployed else {}
    old = parse(asked.stack.template()) if deployed else {}
    parameters = list(parameter_changes(before, after))
    changed = {one.what for one in parameters if one.verb is Verb.CHANGE}
    kept = [] if deployed else adoption.importable(asked.kept())
    return Plan(
        standing=standing,
        adopted=[one.resource.name for one in kept],
        changes=[*parameters, *resource_changes(old, template(), changed)],
        uploads=_uploads(asked, {one.resource.name for one in asked.kept()}),
    )


def _uploads(asked: Deployment, there: set[str]) -> list[str]:
    versions: Versions = asked.files.versions()
    bucket = f"fruits-{asked.stage}-artifacts-{asked.account()}"
    if bucket not in there:
        return [f"{versions.code_folder}/", versions.environment_file, f"{versions.artifact_folder}/"]
    return run_files.missing(asked.target.client("s3"), bucket, versions)
