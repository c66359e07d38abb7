"""What a deployment would do, without doing it."""

from dataclasses import dataclass

from chalicelib.domain.costs import start_usd
from contracts.jobs.places import Versions
from contracts.prices.price_list import packed
from infra.deployment import adoption
from infra.deployment.changes import Change, Verb, parameter_changes, resource_changes
from infra.deployment.deploy import Deployment
from infra.deployment.existing import Existing
from infra.deployment.stack_status import Standing
from infra.deployment.template import parse, template
from infra.emr import run_files
from infra.ops.costs import model
from infra.ops.target import Target

ARTIFACTS = "ArtifactsBucket"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment would do."""

    standing: Standing
    adopted: list[str]
    """Names of kept resources that a new stack would take back."""
    changes: list[Change]
    uploads: list[str]
    """Places in the artifacts bucket that are to be filled."""
    first_run_usd: float
    """What the run of five photos is expected to cost."""
    idle_usd: float
    """What a month is expected to cost in which nothing is uploaded."""

    @property
    def empty(self) -> bool:
        """Whether nothing would change, as far as can be seen: the code of the functions is not looked at."""
        return not (self.adopted or self.changes or self.uploads)


def plan(asked: Deployment) -> Plan:
    """Compare what is deployed with what is to be. Changes nothing."""
    standing = asked.stack.standing()
    deployed = standing is Standing.DEPLOYED
    kept, versions = asked.kept(), asked.files.versions()
    after = asked.all_parameters(versions, kept)
    before = asked.stack.parameters() if deployed else {}
    old = parse(asked.stack.template()) if deployed else {}
    parameters = list(parameter_changes(before, after))
    changed = {one.what for one in parameters if one.verb is Verb.CHANGE}
    adopted = [] if deployed else adoption.importable(kept)
    prices = packed().region(asked.target.region).on(after.get("Architecture", "X86_64"))
    return Plan(
        standing=standing,
        adopted=[one.resource.name for one in adopted],
        changes=[*parameters, *resource_changes(old, template(), changed)],
        uploads=_uploads(asked.target, versions, kept),
        first_run_usd=start_usd(prices),
        idle_usd=float(model.idle(prices).usd),
    )


def _uploads(target: Target, versions: Versions, kept: list[Existing]) -> list[str]:
    """Return what is missing in the artifacts bucket: all of it, where there is no bucket."""
    for one in kept:
        if one.resource.logical_id == ARTIFACTS:
            return run_files.missing(target.client("s3"), one.identifier, versions)
    return run_files.wanted(versions)
