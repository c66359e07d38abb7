"""What `fruits environment` shows."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from infra.emr.environment.archives import Archive
from infra.emr.environment.inputs import Source

if TYPE_CHECKING:
    from infra.emr.environment.check.checking import Checked


def archive_lines(archive: Archive, path: Path | None) -> Iterator[str]:
    """Yield what was built."""
    floor = ", ".join(f"{family} {version}" for family, version in archive.needs.items())
    yield f"[green]Built[/green] {path}"
    yield f"{archive.size_bytes / 1e6:.0f} MB packed, {archive.unpacked_bytes / 1e6:.0f} MB unpacked; needs {floor}"
    yield f"Python {archive.python}, OpenSSL {archive.openssl}, {len(archive.packages)} packages"
    yield f"Now: [bold]fruits environment check --arch {archive.arch}[/bold]"


def check_tables(checked: "Checked") -> Iterator[Table]:
    """Yield the tables of a check: the licences, then what was seen and tried."""
    licences = Table("part", "version", "licence", title="Licences; the texts are in the archive")
    for one in checked.seen.licences:
        licences.add_row(one.name, one.version, one.licence)
    yield licences
    told = checked.to_dict()
    facts = Table("what", "found", title=f"Archive for {checked.arch}, {checked.sha256[:16]}…")
    facts.add_row("files", f"{told['files']}, of them ELF {told['elf_files']}; {told['unpacked_bytes'] / 1e6:.0f} MB")
    for family, of in told["highest"].items():
        facts.add_row(f"highest {family}", f"{of['version']} of {of['limit']} allowed: {of['file']}")
    facts.add_row("from the machine", " ".join(told["from_machine"]))
    for trial in checked.trials:
        facts.add_row(f"run on {trial.on}", _outcome(trial.not_run, trial.told, len(trial.wrong)))
    yield facts


def offered_lines(source: Source, offered: Mapping[str, str]) -> Iterator[str]:
    """Yield a source's line, and lines for `sources.toml` if a mirror offers other files than those pinned. Pure."""
    if offered == source.files:
        yield f"# {source.name} {source.version}: as pinned"
        return
    yield f"# {source.name}: pinned is {source.version}; the mirror offers {'this' if offered else 'nothing'}"
    yield from (f'"{name}" = "{sha256}"' for name, sha256 in offered.items())


def _outcome(not_run: str | None, told: Mapping[str, object], wrong: int) -> str:
    if not_run:
        return f"not run, because {not_run}"
    if wrong:
        return f"{wrong} wrong, see below"
    return f"Python {told['python']}, {told['openssl']}; all that the jobs import is there"
