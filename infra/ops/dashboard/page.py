"""A dashboard as one page of HTML that needs nothing else."""

from html import escape

from infra.ops.dashboard import picture
from infra.ops.dashboard.reading import Screen

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: {wrong}</title>
<style>
  body {{ margin: 0; background: {paper}; font-family: "DejaVu Sans", Verdana, sans-serif; }}
  svg {{ display: block; width: 100%; height: auto; }}
</style>
</head>
<body>
{svg}
</body>
</html>
"""


def page(screen: Screen) -> str:
    """Return the page. Its title says what is wrong, so that a row of tabs can be read."""
    states = {name: state for shown in screen.shown for name, state in shown.states.items()}
    wrong = [name.removeprefix(f"{screen.name}-") for name, state in states.items() if state == "ALARM"]
    said = escape(", ".join(wrong) or "all is well")
    return _PAGE.format(name=escape(screen.name), wrong=said, paper=picture.PAPER, svg=picture.svg(screen))
