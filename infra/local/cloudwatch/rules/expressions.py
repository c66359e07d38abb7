"""Metric math, as far as the template uses it: User Guide, "Using math expressions with CloudWatch metrics".

Numbers, ids, arithmetic, comparisons, AND, OR and IF. A datapoint exists where all that it is made of has one; a
division by zero gives none.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

Series: TypeAlias = Sequence[float | None]

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/()<>,])")


def _ratio(left: float, right: float) -> float | None:
    return None if right == 0 else left / right


_Operation: TypeAlias = Callable[[float, float], float | None]
_LEVELS: Sequence[Mapping[str, _Operation]] = (
    MappingProxyType({"OR": lambda a, b: float(bool(a) or bool(b)), "||": lambda a, b: float(bool(a) or bool(b))}),
    MappingProxyType({"AND": lambda a, b: float(bool(a) and bool(b)), "&&": lambda a, b: float(bool(a) and bool(b))}),
    MappingProxyType(
        {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne}
    ),
    MappingProxyType({"+": operator.add, "-": operator.sub}),
    MappingProxyType({"*": operator.mul, "/": _ratio}),
)
"""The operators, those that bind least first."""


def evaluated(expression: str, series: Mapping[str, Series], periods: int) -> list[float | None]:
    """Return the value of an expression at each of so many periods; `series` are its metrics, by their ids.

    Raises ValueError, which names what is wrong: an unknown id or function, or a mistake of grammar.
    """
    reader = _Reader(_tokens(expression), series, periods)
    found = reader.level(0)
    if reader.place < len(reader.tokens):
        raise ValueError(f"{expression!r}: {reader.tokens[reader.place]!r} is too much")
    return found


def _tokens(expression: str) -> list[str]:
    found, place = [], 0
    text = expression.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"{expression!r}: cannot read {text[place:]!r}")
        found.append(match.group(1))
        place = match.end()
    return found


@dataclass
class _Reader:
    tokens: Sequence[str]
    series: Mapping[str, Series]
    periods: int
    place: int = 0

    def level(self, number: int) -> list[float | None]:
        if number == len(_LEVELS):
            return self.operand()
        found = self.level(number + 1)
        while self.peek() in _LEVELS[number]:
            operation = _LEVELS[number][self.take()]
            found = _each(operation, found, self.level(number + 1))
        return found

    def operand(self) -> list[float | None]:
        word = self.take()
        if word == "(":
            found = self.level(0)
            self.expect(")")
            return found
        if word == "-":
            return _each(operator.sub, [0.0] * self.periods, self.operand())
        if word[0].isdigit():
            return [float(word)] * self.periods
        if word == "IF":
            return self.choice()
        if word not in self.series:
            raise ValueError(f"neither a metric's id nor a function that is known here: {word!r}")
        return list(self.series[word])

    def choice(self) -> list[float | None]:
        self.expect("(")
        parts = [self.level(0)]
        for _ in range(2):
            self.expect(",")
            parts.append(self.level(0))
        self.expect(")")
        return [None if test is None else (yes if test else no) for test, yes, no in zip(*parts, strict=True)]

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        if not self.peek():
            raise ValueError("the expression ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def expect(self, token: str) -> None:
        if (found := self.take()) != token:
            raise ValueError(f"{token!r} is to stand where {found!r} is")


def _each(operation: _Operation, left: Series, right: Series) -> list[float | None]:
    found: list[float | None] = []
    for one, other in zip(left, right, strict=True):
        value = None if one is None or other is None else operation(one, other)
        found.append(None if value is None else float(value))
    return found
