"""How commands find the stack that they are about: four options that all of them take, and what they mean together."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts.errors import GiveUp
from infra.local import cloud

if TYPE_CHECKING:
    from infra.ops.pipeline import Pipeline
    from infra.ops.target import Target

STATE_DIR = cloud.STATE_DIR
StateDir = Annotated[Path, typer.Option(help="Folder that holds the running cloud's address.", show_default=False)]
_PANEL = "Which stack: without --region and --profile the one in the local cloud, with either the one on AWS"


class Stage(StrEnum):
    """The stages that `template.yaml` allows. (Those of `infra.ops.stack`, which a help text must not wait for.)"""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What a command was told of the stack that it is about.

    `--region` or `--profile`, or both, mean AWS; without them a command never leaves this machine, whatever the shell's
    AWS variables say. `--stage` is a part of the stack's name and means no place.
    """

    stage: str = Stage.DEV
    region: str | None = None
    profile: str | None = None
    state_dir: Path | None = None

    @property
    def on_aws(self) -> bool:
        """Whether AWS is meant."""
        return bool(self.region or self.profile)

    @property
    def words(self) -> str:
        """The options as another command takes them, with a blank before each; what is a default is left out."""
        stage = "" if self.stage == Stage.DEV else f" --stage {self.stage}"
        place = {"region": self.region, "profile": self.profile, "state-dir": self.state_dir}
        return stage + "".join(f" --{name} {value}" for name, value in place.items() if value)

    def target(self) -> "Target":
        """Return the place that is meant.

        Raises:
            GiveUp: no cloud runs; or, on AWS, there is no such profile, no Region, or one outside the EU.
        """
        from infra.ops import target

        if self.on_aws and self.state_dir:
            raise GiveUp("--state-dir is a local cloud's, --region and --profile are AWS's: give one or the other")
        if self.on_aws:
            return target.on_aws(self.profile, self.region)
        running = cloud.status(self.state_dir or STATE_DIR)
        if running is None:
            raise GiveUp(
                "no local cloud is running: `fruits local up` starts one. For a stack on AWS give --region or --profile"
            )
        return running.target()

    def open_pipeline(self) -> "Pipeline":
        """Return the stack that is meant.

        Raises:
            GiveUp: as `target`; or the stack is not deployed, or nobody is let in.
            RetryLater: the place does not answer.
        """
        from infra.ops import stack
        from infra.ops.pipeline import Pipeline

        target = self.target()
        return Pipeline(target, stack.find(target, self.stage))


_Options = {
    "stage": Annotated[Stage, typer.Option(help="Part of the stack's name.", rich_help_panel=_PANEL)],
    "region": Annotated[
        str | None,
        typer.Option(help="An AWS Region in the EU. Default: AWS_REGION, or the profile's.", rich_help_panel=_PANEL),
    ],
    "profile": Annotated[
        str | None,
        typer.Option(help="Of ~/.aws/config. Default: as every AWS tool finds credentials.", rich_help_panel=_PANEL),
    ],
    "state_dir": Annotated[
        Path | None, typer.Option(help="Folder that holds the local cloud's address.", rich_help_panel=_PANEL)
    ],
}


def takes_stack_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the four options in place of its parameter `where: StackOptions`."""

    @functools.wraps(command)
    def run(**given: Any) -> None:
        command(where=StackOptions(**{name: given.pop(name) for name in _Options}), **given)

    own = [one for one in inspect.signature(command).parameters.values() if one.name != "where"]
    defaults = {name: Stage.DEV if name == "stage" else None for name in _Options}
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=option)
        for name, option in _Options.items()
    ]
    keyword = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    vars(run)["__signature__"] = inspect.Signature([*keyword, *added])
    run.__annotations__ = {one.name: one.annotation for one in (*own, *added)}
    return run
