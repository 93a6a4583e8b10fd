"""The truststore of mutual TLS: the authorities whose clients the API lets in, and what is wrong with it.

Adobe changes its authorities between the middle of 2026 and spring 2027; until then both chains are in use. Source:
AdobeDocs/experience-platform.en help/landing/governance-privacy-security/mtls-trust-chain-migration.md. The roots'
digests are those in the lists of public roots that certifi and Debian ship. API Gateway takes SHA-256 and RSA-2048 or
stronger (AWS's page about mutual TLS of HTTP APIs).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_SMALLEST_RSA_KEY = 2048  # bits
_DIGESTS = (SHA256, SHA384, SHA512)
_PEM = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of authorities that signs Adobe's certificates: common names, and the SHA-256 of the root in hex."""

    root: str
    root_digest: str
    intermediate: str


ADOBES_CHAINS = (
    Chain(
        "DigiCert Global Root G2",
        "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f",
        "DigiCert Global G2 TLS RSA SHA256 2020 CA1",
    ),
    Chain(
        "DigiCert Assured ID Root G2",
        "7d05ebb682339f8c9451ee094eebfefa7953a114edb2f44949452fab7d2fc185",
        "DigiCert Assured ID Client CA G2",
    ),
)


def read_certificates(content: bytes) -> list[x509.Certificate]:
    """Returns the certificates in a file's content: PEM with any number of them, or DER with one.

    Raises:
        ValueError: if it holds something else.
    """
    if _PEM in content:
        return x509.load_pem_x509_certificates(content)
    return [x509.load_der_x509_certificate(content)]


def truststore(certificates: Iterable[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Returns the certificates, each once, in the order of their names."""
    return tuple(sorted({each.fingerprint(SHA256()): each for each in certificates}.values(), key=common_name))


def written(certificates: Iterable[x509.Certificate]) -> bytes:
    """Returns the object that API Gateway reads."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def common_name(certificate: x509.Certificate) -> str:
    """Returns the common name of a certificate's subject; its whole subject if it has none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def first_end(certificates: Iterable[x509.Certificate]) -> datetime:
    """Returns when the first of the certificates ends."""
    return min(each.not_valid_after_utc for each in certificates)


def errors(certificates: Sequence[x509.Certificate], now: datetime) -> Iterator[str]:
    """Yields why API Gateway, or a bank, should not take a truststore."""
    roots = {chain.root: chain.root_digest for chain in ADOBES_CHAINS}
    for each in certificates:
        name = common_name(each)
        if not _is_authority(each):
            yield f"{name} is not an authority's certificate. A truststore holds those that sign, not those of clients."
        if not each.not_valid_before_utc <= now <= each.not_valid_after_utc:
            yield f"{name} is valid from {each.not_valid_before_utc:%Y-%m-%d} to {each.not_valid_after_utc:%Y-%m-%d}."
        if _is_weak(each):
            yield f"{name} is too weak for API Gateway, which takes SHA-256 and RSA-2048 or stronger."
        if not any(_signed(each, by) for by in certificates):
            yield f"{name} is signed by {each.issuer.rfc4514_string()}, whose certificate is missing."
        if each.subject == each.issuer and roots.get(name, digest(each)) != digest(each):
            yield f"{name} is not DigiCert's: its SHA-256 is {digest(each)}, and should be {roots[name]}."


def untrusted(certificates: Sequence[x509.Certificate], clients: Iterable[x509.Certificate]) -> Iterator[str]:
    """Yields each certificate of a client that no authority of the truststore signed."""
    for each in clients:
        if not any(_signed(each, by) for by in certificates):
            issuer = each.issuer.rfc4514_string()
            yield f"Adobe's certificate {common_name(each)} is signed by {issuer}: the API would refuse it."


def missing_of_adobe(certificates: Sequence[x509.Certificate]) -> Iterator[str]:
    """Yields each of Adobe's chains that is not complete."""
    names = {common_name(each) for each in certificates}
    for chain in ADOBES_CHAINS:
        if lacking := [name for name in (chain.root, chain.intermediate) if name not in names]:
            yield f"Adobe's chain under {chain.root} is not complete: {' and '.join(lacking)} missing."


def digest(certificate: x509.Certificate) -> str:
    """Returns the SHA-256 of a certificate, in hex."""
    return certificate.fingerprint(SHA256()).hex()


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _is_weak(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    short = isinstance(key, RSAPublicKey) and key.key_size < _SMALLEST_RSA_KEY
    return short or not isinstance(certificate.signature_hash_algorithm, _DIGESTS)


def _signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
