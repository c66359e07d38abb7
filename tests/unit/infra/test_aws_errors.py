"""What AWS refuses is said in words that tell a person what to do; what a caller understands stays as it is."""

import pytest

from chalicelib.aws.errors import LATER
from contracts.errors import GiveUp, RetryLater
from infra.ops import aws_errors
from infra.ops.aws_errors import Caller, explained_code, no_answer, no_credentials

SHELL = Caller("DescribeStacks", "https://cloudformation.eu-west-3.amazonaws.com/")
NAMED = Caller("DescribeStacks", "https://cloudformation.eu-west-3.amazonaws.com/", "work")


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (aws_errors.EXPIRED, "has expired: `aws sso login --profile work`"),
        (aws_errors.DENIED, "profile work may not DescribeStacks: not you. Ask for that right"),
        (aws_errors.UNKNOWN_KEYS, "AWS does not know the keys of profile work"),
        (aws_errors.WRONG_SIGNATURE, "and at the clock"),
        (aws_errors.NO_SERVICE, "has not signed up"),
        (aws_errors.OTHER_REGION, "Give its --region"),
    ],
)
def test_each_refusal_says_what_to_do(codes: frozenset[str], said: str) -> None:
    for code in codes:
        error = explained_code(code, "not you", NAMED)
        assert isinstance(error, GiveUp)
        assert said in str(error)


@pytest.mark.parametrize("code", sorted(LATER))
def test_a_busy_service_is_a_reason_to_try_again(code: str) -> None:
    assert isinstance(explained_code(code, "", SHELL), RetryLater)


@pytest.mark.parametrize("code", ["NoSuchKey", "404", "ValidationError", "EntityNotFoundException", ""])
def test_what_a_caller_knows_the_meaning_of_is_left_to_it(code: str) -> None:
    assert explained_code(code, "", SHELL) is None


def test_no_code_has_two_meanings() -> None:
    groups = [
        aws_errors.EXPIRED, aws_errors.DENIED, aws_errors.UNKNOWN_KEYS, aws_errors.WRONG_SIGNATURE,
        aws_errors.NO_SERVICE, aws_errors.OTHER_REGION, LATER,
    ]  # fmt: skip
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


@pytest.mark.parametrize(
    ("name", "caller", "said"),
    [
        ("NoCredentialsError", SHELL, "there are no AWS credentials in this shell: `aws configure sso`"),
        ("PartialCredentialsError", NAMED, "profile work gives no AWS credentials: half"),
        ("CredentialRetrievalError", NAMED, "profile work gives no AWS credentials: half"),
        ("SSOTokenLoadError", NAMED, "`aws sso login --profile work`"),
        ("UnauthorizedSSOTokenError", SHELL, "`aws sso login`, then the same command"),
        ("TokenRetrievalError", SHELL, "expired or was never made"),
        ("LoginRefreshRequired", SHELL, "expired or was never made"),
    ],
)
def test_credentials_that_are_not_there_are_told_from_a_login_that_ended(name: str, caller: Caller, said: str) -> None:
    assert said in str(no_credentials(name, "half", caller))


@pytest.mark.parametrize(
    ("endpoint", "said", "not_said"),
    [
        ("http://127.0.0.1:4566", "fruits local up", "proxy"),
        ("https://sqs.eu-west-3.amazonaws.com", "network and proxy", "local"),
    ],
)
def test_silence_is_mended_in_another_place_on_this_machine_than_on_aws(
    endpoint: str, said: str, not_said: str
) -> None:
    message = str(no_answer(Caller("X", endpoint)))
    assert said in message
    assert not_said not in message
