"""The dead-letter queue: look at it without personal data, move what can be read back to the queue, remove what cannot.

One way for AWS and the local cloud: receive, send, delete. A message that is moved twice, because a step was cut short,
is registered once. (SQS's own StartMessageMoveTask moves all, what nobody can read too.)
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain import uploads
from chalicelib.domain.uploads import MALFORMED, UploadLocation, UploadOutcome
from infra.ops.pipeline import Pipeline
from infra.ops.whereabouts.search import PREFIX

_HIDDEN_SECONDS = 300
"""A message that was received is hidden so long from others; a look shows all messages again at its end."""
_AT_ONCE = 10
_MEMBERS = 20
"""At most so many names of a message are shown."""
_WORD = re.compile("[A-Za-z][A-Za-z0-9_-]{0,39}")
READABLE = "readable"
"""The outcome of a message in which nothing is wrong: it ended here because the ledger or a setting was."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A message without what it says: its records of S3, its bytes, and the names of its outermost JSON members."""

    records: int = 0
    size_bytes: int = 0
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message. `outcome` is `readable`, or why nobody can read it; `sent_at` is UTC. `repr` hides the body."""

    handle: str
    body: str
    outcome: str
    sent_at: datetime
    receives: int
    shape: Shape

    def __repr__(self) -> str:
        return f"DeadLetter({self.outcome}, {self.sent_at})"

    def document(self) -> dict[str, Any]:
        """Return what `fruits dead-letters --json` says of it: never the key, the address or the body."""
        sent = f"{self.sent_at:%Y-%m-%dT%H:%M:%SZ}"
        return {"outcome": self.outcome, "sent_at": sent, "receives": self.receives, **asdict(self.shape)}


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of a stack. `sqs` is a boto3 client; `dead` and `queue` are URLs."""

    sqs: Any
    dead: str
    queue: str
    location: UploadLocation

    def look(self, at_most: int) -> list[DeadLetter]:
        """Return messages, the oldest first, and show them to others again."""
        found = list(self._received(at_most))
        for one in found:
            self._show_again(one)
        return sorted(found, key=lambda one: one.sent_at)

    def move_readable(self, at_most: int) -> Counter[str]:
        """Send what can be read to the queue again, and count the messages as `moved` or by what they stay for."""
        return self._take(at_most, lambda one: one.outcome == READABLE, "moved", self._send_again)

    def discard_unreadable(self, at_most: int) -> Counter[str]:
        """Delete what nobody can read, and count the messages as `discarded`, or `readable`, which stay."""
        return self._take(at_most, lambda one: one.outcome != READABLE, "discarded", lambda _: None)

    def _take(
        self, at_most: int, wanted: Callable[[DeadLetter], bool], word: str, act: Callable[[DeadLetter], None]
    ) -> Counter[str]:
        counts, left = Counter[str](), []
        for one in self._received(at_most):
            if wanted(one):
                act(one)
                self.sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=one.handle)
                counts[word] += 1
            else:
                left.append(one)
                counts[one.outcome] += 1
        for one in left:
            self._show_again(one)
        return counts

    def _send_again(self, one: DeadLetter) -> None:
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=one.body)

    def _show_again(self, one: DeadLetter) -> None:
        with suppress(self.sqs.exceptions.MessageNotInflight):  # its time was over, so it is shown
            self.sqs.change_message_visibility(QueueUrl=self.dead, ReceiptHandle=one.handle, VisibilityTimeout=0)

    def _received(self, at_most: int) -> Iterator[DeadLetter]:
        """Yield messages until the queue shows none: SQS asks several machines, so one empty answer is no proof."""
        asked = {
            "QueueUrl": self.dead,
            "AttributeNames": ["SentTimestamp", "ApproximateReceiveCount"],
            "VisibilityTimeout": _HIDDEN_SECONDS,
            "WaitTimeSeconds": 1,
        }
        seen = empty = 0
        while seen < at_most and empty < 2:
            number = min(_AT_ONCE, at_most - seen)
            answer = self.sqs.receive_message(MaxNumberOfMessages=number, **asked)
            found = answer.get("Messages", [])
            empty = 0 if found else empty + 1
            seen += len(found)
            yield from (dead_letter(one, self.location) for one in found)


def dead_letter(message: dict[str, Any], location: UploadLocation) -> DeadLetter:
    """Return a message of SQS as `collect` would judge it now. Pure."""
    records = uploads.read(message["Body"], location)
    malformed = [one for one in records if isinstance(one, UploadOutcome) and one in MALFORMED]
    attributes = message["Attributes"]
    return DeadLetter(
        handle=message["ReceiptHandle"],
        body=message["Body"],
        outcome=malformed[0].value if malformed else READABLE,
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        receives=int(attributes["ApproximateReceiveCount"]),
        shape=shape(message["Body"]),
    )


def shape(body: str) -> Shape:
    """Return the shape of a message. A member whose name is no plain word is `?`: it may be a value."""
    size = len(body.encode())
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return Shape(0, size)
    if not isinstance(said, dict):
        return Shape(0, size)
    records = said.get("Records")
    names = (name if _WORD.fullmatch(name) else "?" for name in list(said)[:_MEMBERS])
    return Shape(len(records) if isinstance(records, list) else 0, size, tuple(names))


def of_stack(pipeline: Pipeline) -> DeadLetters:
    """Return the dead letters of a deployed stack; nothing is read yet."""
    stack = pipeline.stack
    location = UploadLocation(stack.photos_bucket, PREFIX)
    return DeadLetters(pipeline.target.client("sqs"), stack.dead_letter_queue, stack.uploads_queue, location)
