"""The environment that the template gives to its functions, parameters at their defaults where they have one."""

from infra.deployment.template import template


def complete_environment() -> dict[str, str]:
    """Return what the template sets in the environment of the functions, by name."""
    defaults = {name: str(one.get("Default")) for name, one in template()["Parameters"].items()}
    given = ("CodeVersion", "EnvironmentVersion", "ArtifactVersion")
    defaults |= {"Stage": "dev", **dict.fromkeys(given, "0" * 64)}  # always given
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    values = {
        name: defaults.get(str(value.get("Ref")) if isinstance(value, dict) else "", "x")
        for name, value in variables.items()
    }
    return values | {"AWS_REGION": "eu-west-3"}
