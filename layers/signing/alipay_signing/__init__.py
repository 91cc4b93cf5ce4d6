"""The signature of Alipay's API, both ways: sign what we send, prove what we receive.

Promises:

- *Bytes, not documents.* What is signed and verified are exactly the bytes that travel; nothing is parsed,
  re-written or normalised on the way.
- *Two outcomes.* ``Verifier.verify`` returns, or raises ``BadSignature``, whatever text is in the header.
- *One notation out, every notation in.* We emit one strict form that every official SDK reads; we read every
  form that official documents and SDKs are known to emit. Nothing is decoded twice.
- *Keys stay in.* No key, signature or body is part of an error, a ``repr`` or a log; nothing here logs.
- *Parsed once.* ``load_private_key`` and ``load_public_key`` validate in full and are slow for it (tens of
  milliseconds for a private key): call them once per process and keep the object.
- *Small.* The only dependency is ``cryptography``. AWS is never imported; ``KmsSigner`` is given its client.

Source: https://global.alipay.com/docs/ac/ams/digital_signature

Example:
    >>> signer = LocalSigner(load_private_key(secret["privateKey"]), key_version="1")
    >>> content = canonical("POST", "/ams/api/v1/payments/pay", client_id, request_time, body)
    >>> headers = {"Client-Id": client_id, "Request-Time": request_time, "Signature": signer.sign(content)}

    >>> verifier = Verifier({"1": load_public_key(secret["alipayPublicKey"])})
    >>> content = canonical("POST", "/ams/api/v1/payments/pay", client_id, response_time, raw_answer)
    >>> verifier.verify(response.headers["signature"], content)  # returns None or raises BadSignature
"""

from alipay_signing.content import canonical
from alipay_signing.keys import load_private_key, load_public_key
from alipay_signing.signers import KmsSigner, LocalSigner
from alipay_signing.verifier import BadSignature, Verifier

__all__ = [
    "BadSignature",
    "KmsSigner",
    "LocalSigner",
    "Verifier",
    "canonical",
    "load_private_key",
    "load_public_key",
]
