"""Certificates of made-up authorities, for the truststore of mutual TLS."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
YEARS = 365


@dataclass(frozen=True)
class Issued:
    """A certificate and its key, which signs others."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def with_key(self) -> bytes:
        """The certificate and its key in PEM, as who shows the certificate needs them."""
        return self.pem + self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def issue(
    name: str,
    by: Issued | None = None,
    *,
    days: float = 10 * YEARS,
    authority: bool = True,
    since: datetime = NOW,
    rsa_bits: int | None = None,
) -> Issued:
    """Returns a certificate from a year before `since` to `days` after it; without an authority it signs itself."""
    key = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since - timedelta(days=YEARS))
        .not_valid_after(since + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    return Issued(builder.sign(by.key if by else key, SHA256()), key)
