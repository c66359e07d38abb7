"""The two error families of the Lambda house: try again, and give up."""


class RetryLater(Exception):
    """Nothing is wrong with the input; the same call may succeed later: a throttle, a lost reply, a busy service."""


class RejectForever(Exception):
    """The input or the configuration is wrong; trying again changes nothing. `outcome` is the name it is counted by."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
