"""Runs inside an archive, by its own Python: `python -c TEXT MODULE…` imports the modules and prints one JSON line.

It is read as text and never imported here. An archive that lacks a module says so; it does not end the run.
"""

import importlib
import json
import re
import ssl
import sys

failed = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001  all of them, by name
        failed[name] = f"{type(error).__name__}: {error}"

with open("/proc/self/maps") as maps:  # noqa: PTH123  the least that can go wrong
    mapped = {found[0] for line in maps if (found := re.search(r"/\S+\.so\S*$", line))}
sys.stdout.write(
    json.dumps(
        {
            "python": sys.version.split()[0],
            "openssl": ssl.OPENSSL_VERSION,
            "prefix": sys.prefix,
            "failed": failed,
            "outside": [path for path in sys.path if path and not path.startswith(sys.prefix)],
            "mapped": sorted(path for path in mapped if not path.startswith(sys.prefix)),
        }
    )
)
