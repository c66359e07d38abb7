"""SAM is called with the keys that were asked for, and never with those that lie about in the shell."""

from infra.deployment.sam import sam_environment
from infra.ops.target import Target

SHELL = {"PATH": "/bin", "AWS_ACCESS_KEY_ID": "theirs", "AWS_SECRET_ACCESS_KEY": "theirs", "AWS_CA_BUNDLE": "/ca.pem"}


def test_a_local_cloud_gets_none_of_the_shells_aws_variables() -> None:
    found = sam_environment(SHELL, Target("eu-west-3", "http://127.0.0.1:1", "test", "test"))

    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_ENDPOINT_URL"]) == ("test", "http://127.0.0.1:1")
    assert "AWS_CA_BUNDLE" not in found


def test_a_profile_is_not_overruled_by_keys_of_the_shell() -> None:
    found = sam_environment(SHELL, Target("eu-west-3", profile="work"))

    assert (found["AWS_PROFILE"], found["AWS_REGION"], found["AWS_CA_BUNDLE"]) == ("work", "eu-west-3", "/ca.pem")
    assert "AWS_ACCESS_KEY_ID" not in found


def test_without_a_profile_the_shells_keys_are_taken() -> None:
    assert sam_environment(SHELL, Target("eu-west-3"))["AWS_ACCESS_KEY_ID"] == "theirs"


def test_building_needs_no_keys() -> None:
    assert not [name for name in sam_environment(SHELL) if name.startswith("AWS_")]
