"""The packed Python that runs unpack: a relocatable CPython 3.11 with the lock's packages, for Amazon Linux 2023.

`fruits environment build|check` make and check it; `docs/environment.md` says how, and what was measured. A deployment
asks for `built(arch)`, the path of the archive that stands for this checkout, and for its `version(path)`.
"""

from infra.emr.environment.archives import built, version

__all__ = ["built", "version"]
