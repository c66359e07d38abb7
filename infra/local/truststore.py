"""The machine's certificate authorities, in the form that Java reads.

Java keeps a list of its own. Behind a company proxy the machine trusts the proxy's authority and Java does not, and
then Java alone fails to download. `keytool` imports one certificate a second; writing the whole file is quicker.
"""

import hashlib
import ssl
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

PASSWORD = "changeit"  # noqa: S105 - Java's own default; the file holds public certificates only
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_MAGIC, _VERSION, _TRUSTED_CERTIFICATE = 0xFEEDFEED, 2, 2


def machine_bundle(environ: Mapping[str, str]) -> Path | None:
    """Return the PEM bundle that this machine trusts: SSL_CERT_FILE, else OpenSSL's own; None when there is none."""
    named = environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    return Path(named) if named and Path(named).is_file() else None


def certificates(pem: str) -> list[bytes]:
    """Return each certificate of a PEM bundle in DER form; whatever stands between them is comment."""
    blocks = [part.partition(_END)[0] for part in pem.split(_BEGIN)[1:]]
    return [ssl.PEM_cert_to_DER_cert(_BEGIN + block + _END) for block in blocks]


def java_keystore(ders: Sequence[bytes]) -> bytes:
    """Encode certificates as a JKS keystore (the format is written down in the JDK's `JavaKeyStore.engineStore`)."""
    body = struct.pack(">III", _MAGIC, _VERSION, len(ders))
    for number, der in enumerate(ders):
        body += struct.pack(">I", _TRUSTED_CERTIFICATE) + _text(f"ca{number}") + struct.pack(">q", 0)
        body += _text("X.509") + struct.pack(">I", len(der)) + der
    # A checksum against accidents, not a secret: SHA-1 and these words are the format's.
    return body + hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()  # noqa: S324


def _text(value: str) -> bytes:
    return struct.pack(">H", len(value)) + value.encode("ascii")
