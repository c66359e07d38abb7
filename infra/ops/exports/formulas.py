"""Labels that a spreadsheet would take for formulas. Quotes do not help: Excel looks at what is between them. Pure.

An apostrophe in front makes such a text a text (OWASP, "CSV Injection"). The rule can be undone: what begins with
apostrophes and then a sign gets one more, and loses one when it is read back.
"""

import re

SIGNS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001  the wide forms are what East Asian keyboards write, and count for Excel too
_FORMULA = re.compile(f"'*[{re.escape(SIGNS)}]")


def escaped(label: str) -> str:
    """Return a label as a spreadsheet may have it."""
    return f"'{label}" if _FORMULA.match(label) else label


def unescaped(cell: str) -> str:
    """Return the label that `escaped` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
