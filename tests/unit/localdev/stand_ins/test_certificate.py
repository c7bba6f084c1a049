from ipaddress import ip_address
from pathlib import Path

from cryptography import x509

from localdev.stand_ins.certificate import make_certificate


def test_the_certificate_names_hosts_and_addresses_and_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    file = make_certificate(tmp_path / "keys", "localhost", "127.0.0.1")

    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1")]
    assert file.stat().st_mode & 0o777 == 0o600
