"""Execute the notebook from its source, and write it stripped: `make notebook`."""

import argparse
from pathlib import Path

from rich.console import Console

from notebooks.build import HERE, executed, stripped, write


def main() -> None:
    """Execute and write."""
    parser = argparse.ArgumentParser("notebooks", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "fruits.ipynb", help="default: the one of the project")
    a = parser.parse_args()
    console = Console()
    with console.status("Executing the notebook: a local cloud, Spark, 446 files (minutes)"):
        found = stripped(executed())
    write(found, a.out)
    console.print(f"Written {a.out}, {a.out.stat().st_size / 1e6:.2f} MB", highlight=False)


if __name__ == "__main__":
    main()
