"""Certificates that sign themselves."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def own_certificate(folder: Path, *, now: dt.datetime, host: x509.GeneralName = HERE) -> Path:
    """The file of a new certificate of the host, signed by itself and good around `now`, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, file = serialization.Encoding.PEM, folder / "certificate.pem"
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(signed.public_bytes(encoding) + key.private_bytes(encoding, form, secret))
    return file
