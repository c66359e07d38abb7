import ssl
import subprocess
from pathlib import Path

import pytest

from infra.local.java import java_home
from infra.local.truststore import PASSWORD, certificates, java_keystore, machine_bundle


@pytest.fixture
def bundle() -> str:
    path = machine_bundle({})
    if path is None:
        pytest.skip("this machine has no certificate bundle")
    return path.read_text(errors="replace")


def _keytool(store: Path) -> subprocess.CompletedProcess[str]:
    keytool = java_home() / "bin" / "keytool"
    command = [str(keytool), "-list", "-keystore", str(store), "-storepass", PASSWORD]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_java_reads_every_certificate_of_the_machine(tmp_path: Path, bundle: str) -> None:
    ders = certificates(bundle)
    store = tmp_path / "truststore.jks"
    store.write_bytes(java_keystore(ders))
    listed = _keytool(store)
    assert listed.returncode == 0, listed.stdout
    assert listed.stdout.count("trustedCertEntry") == len(ders) > 0


def test_java_refuses_a_keystore_with_one_bit_flipped(tmp_path: Path, bundle: str) -> None:
    """The red twin of the test above: keytool does check what it lists."""
    whole = bytearray(java_keystore(certificates(bundle)))
    whole[len(whole) // 2] ^= 1
    store = tmp_path / "truststore.jks"
    store.write_bytes(whole)
    assert _keytool(store).returncode != 0


def test_comments_between_certificates_are_passed_over(bundle: str) -> None:
    (first, *_) = certificates(bundle)
    pem = ssl.DER_cert_to_PEM_cert(first)
    assert certificates(f"# an authority\n{pem}\n# another\n{pem}") == [first, first]
    assert certificates("no certificate here") == []


def test_a_named_bundle_wins_and_a_missing_one_is_none(tmp_path: Path) -> None:
    named = tmp_path / "authorities.pem"
    assert machine_bundle({"SSL_CERT_FILE": str(named)}) is None
    named.write_text("")
    assert machine_bundle({"SSL_CERT_FILE": str(named)}) == named
