"""What is wrong with a merchant's keys and addresses, or with a signature that does not hold.

``python -m alipay_signing.doctor --help``. It needs no AWS, sends nothing (but asks a server for the time when it is
given one with ``--clock``), and shows no key: public keys are told by their fingerprint.

Example:
    >>> for finding in examine(Configuration(private_key=text, alipay_public_keys={"1": alipays})):
    ...     print(finding)
    ok     private key: RSA, 2048 bits, its public half is 3f1c2a7b90de
    WRONG  Alipay's public key, version 1: this is your own public key -> take Alipay's from the dashboard
"""

from alipay_signing.doctor.configuration import Configuration, examine
from alipay_signing.doctor.findings import Finding, Verdict
from alipay_signing.doctor.signature import Message, diagnose

__all__ = ["Configuration", "Finding", "Message", "Verdict", "diagnose", "examine"]
