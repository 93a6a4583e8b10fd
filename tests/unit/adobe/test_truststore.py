"""The truststore has whole chains of authorities, Adobe's own roots, and nothing that API Gateway refuses."""

from datetime import timedelta
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from tests.certificates import NOW, Issued, issue

from aep_moengage_cli.adobe.truststore import (
    ADOBES_CHAINS,
    Chain,
    common_name,
    digest,
    errors,
    first_end,
    missing_of_adobe,
    read_certificates,
    truststore,
    written,
)

ROOT = issue("Root")
INTERMEDIATE = issue("Intermediate", ROOT, days=900)


def found(*issued: Issued) -> list[str]:
    return list(errors([each.certificate for each in issued], NOW))


def test_whole_chain_has_no_errors() -> None:
    assert found(ROOT, INTERMEDIATE) == []


@pytest.mark.parametrize(
    ("issued", "says"),
    [
        ((INTERMEDIATE,), "whose certificate is missing"),
        ((issue("Root"), INTERMEDIATE), "whose certificate is missing"),  # of the same name, with another key
        ((ROOT, issue("Client", ROOT, authority=False)), "not an authority's"),
        ((issue("Ended", days=-1),), "is valid from 2025-11-27 to 2026-11-26"),
        ((issue("To begin", since=NOW + timedelta(days=400)),), "is valid from 2027-01-01"),
        ((issue("Short", rsa_bits=1024),), "too weak for API Gateway"),
    ],
    ids=["no root", "another root", "client", "ended", "not yet", "short key"],
)
def test_error_is_found(issued: tuple[Issued, ...], says: str) -> None:
    (error,) = found(*issued)
    assert says in error


def _public_roots() -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("chain", ADOBES_CHAINS, ids=lambda chain: chain.root)
def test_roots_are_those_in_the_list_of_public_roots(chain: Chain) -> None:
    (root,) = [each for each in _public_roots() if common_name(each) == chain.root]
    assert digest(root) == chain.root_digest
    assert list(errors([root], NOW)) == []


@pytest.mark.parametrize("chain", ADOBES_CHAINS, ids=lambda chain: chain.root)
def test_root_that_only_has_the_name_is_an_error(chain: Chain) -> None:
    (error,) = found(issue(chain.root))
    assert "is not DigiCert's" in error
    assert chain.root_digest in error


def test_each_of_adobes_chains_that_is_not_complete_is_named() -> None:
    old, new = ADOBES_CHAINS
    issued = [issue(old.root), issue(old.intermediate), issue(new.root)]
    (caution,) = missing_of_adobe([each.certificate for each in issued])
    assert new.intermediate in caution
    assert len(list(missing_of_adobe([]))) == 2


def test_files_are_pem_or_der_and_each_certificate_is_written_once() -> None:
    pem, der = read_certificates(ROOT.pem + INTERMEDIATE.pem), read_certificates(INTERMEDIATE.der)
    combined = truststore([*pem, *der])

    assert [common_name(each) for each in combined] == ["Intermediate", "Root"]
    assert read_certificates(written(combined)) == list(combined)
    assert first_end(combined) == INTERMEDIATE.certificate.not_valid_after_utc
    with pytest.raises(ValueError, match="pars"):
        read_certificates(b"no certificate")
