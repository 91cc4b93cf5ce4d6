"""A merchant's keys and addresses, checked before anything is sent."""

import hashlib
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alipay_signing.doctor.findings import Finding, note, ok, wrong
from alipay_signing.keys import load_private_key, load_public_key

PRODUCTION, SANDBOX = "/ams/api", "/ams/sandbox/api"
SANDBOX_CLIENT = "SANDBOX_"
# Source: docs ac/ams/api_fund; open-global.alipay.com was removed in November 2023.
GATEWAYS = frozenset(
    {
        "open-na-global.alipay.com", "open-na.alipay.com", "open.antglobal-us.com", "open-sea-global.alipay.com",
        "open-sea.alipay.com", "open-de-global.alipay.com", "open-eu.alipay.com",
    }
)  # fmt: skip
REMOVED = "open-global.alipay.com"
PRIVATE, PUBLIC, PAIR = "private key", "your public key", "key pair"
TAKE_ALIPAYS = "take Alipay's from the dashboard (it appears there once you have uploaded yours)"


@dataclass(frozen=True)
class Configuration:
    """What a merchant has; whatever is None is not checked. Keys are texts."""

    private_key: str | None = field(default=None, repr=False)
    public_key: str | None = None
    alipay_public_keys: Mapping[str, str] = field(default_factory=dict)
    client_id: str | None = None
    gateway_url: str | None = None
    notify_urls: Sequence[str] = ()


@dataclass(frozen=True)
class PublicKeys:
    """The public keys that could be read: the half of the private key, the merchant's own, Alipay's by version."""

    half: RSAPublicKey | None
    own: RSAPublicKey | None
    alipays: Mapping[str, RSAPublicKey]


def examine(configuration: Configuration) -> list[Finding]:
    """Every check whose subject was given, in the order in which to mend things."""
    return [
        *examine_keys(configuration)[0],
        *_client(configuration.client_id),
        *_gateway(configuration.gateway_url, configuration.client_id),
        *(finding for url in configuration.notify_urls for finding in _notify_url(url)),
    ]


def examine_keys(configuration: Configuration) -> tuple[list[Finding], PublicKeys]:
    """The forms of the keys and how they belong together; and those that could be read."""
    findings = list[Finding]()
    half = own = None
    alipays = dict[str, RSAPublicKey]()
    if configuration.private_key is not None:
        try:
            half = load_private_key(configuration.private_key).public_key()
        except ValueError as error:
            findings.append(wrong(PRIVATE, str(error), _private_advice(configuration)))
        else:
            findings.append(ok(PRIVATE, f"RSA, {half.key_size} bits, its public half is {fingerprint(half)}"))
    if configuration.public_key is not None:
        own = _public(PUBLIC, configuration.public_key, findings)
    for version, text in configuration.alipay_public_keys.items():
        key = _public(alipays_key(version), text, findings)
        if key is not None:
            alipays[version] = key
    keys = PublicKeys(half, own, alipays)
    findings += _belonging(keys)
    return findings, keys


def alipays_key(version: str) -> str:
    return f"Alipay's public key, version {version}"


def fingerprint(key: RSAPublicKey) -> str:
    """The beginning of the SHA-256 of a public key's SPKI, to tell keys apart."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:12]


def _public(check: str, text: str, findings: list[Finding]) -> RSAPublicKey | None:
    try:
        key = load_public_key(text)
    except ValueError as error:
        findings.append(
            wrong(check, str(error), "give the public key, PEM or the bare base64 that the dashboard shows")
        )
        return None
    findings.append(ok(check, f"RSA, {key.key_size} bits, {fingerprint(key)}"))
    return key


def _private_advice(configuration: Configuration) -> str:
    """Where the private key is, if not where it should be."""
    others = {PUBLIC: configuration.public_key, "Alipay's public key": None} | {
        alipays_key(version): text for version, text in configuration.alipay_public_keys.items()
    }
    for name, text in others.items():
        if text is not None and _is_private(text):
            return f"it stands where {name} should be: swap them"
    return "give your private key, PKCS#8 or PKCS#1, PEM or bare base64; the dashboard shows it only once"


def _is_private(text: str) -> bool:
    try:
        load_private_key(text)
    except ValueError:
        return False
    return True


def _belonging(keys: PublicKeys) -> Iterator[Finding]:
    mine = [key for key in (keys.half, keys.own) if key is not None]
    mistaken = [version for version, key in keys.alipays.items() if key in mine]
    if keys.half is not None and keys.own is not None:
        if keys.own == keys.half:
            yield ok(PAIR, "your public key is the half of your private key")
        elif keys.half in keys.alipays.values():
            yield wrong(PAIR, "your public key and Alipay's are swapped", "swap them")
            return
        else:
            yield wrong(
                PAIR,
                f"your public key ({fingerprint(keys.own)}) is not the half of your private key ({fingerprint(keys.half)})",
                "upload the half of this private key to the dashboard, or use the private key that belongs to it",
            )
    for version in mistaken:
        yield wrong(alipays_key(version), "this is your own public key", TAKE_ALIPAYS)


def _client(client_id: str | None) -> Iterator[Finding]:
    if client_id is None:
        return
    if client_id != client_id.strip() or not client_id or not client_id.isprintable():
        yield wrong(
            "client id",
            f"{client_id!r} is empty, or has blanks or invisible characters",
            "copy it anew, letter for letter",
        )
    elif client_id.startswith(SANDBOX_CLIENT):
        yield ok("client id", f"{client_id}: test mode, calls go to {SANDBOX}/v1/...")
    elif client_id.upper().startswith(SANDBOX_CLIENT):
        yield wrong(
            "client id",
            f"{client_id} is written in other letters than {SANDBOX_CLIENT}",
            "copy it anew, letter for letter",
        )
    else:
        yield ok("client id", f"{client_id}: live mode, calls go to {PRODUCTION}/v1/...")


def _gateway(url: str | None, client_id: str | None) -> Iterator[Finding]:
    if url is None:
        return
    parts, check = urlsplit(url), "gateway URL"
    host = parts.hostname or ""
    if not host or parts.scheme not in ("https", "http"):
        yield wrong(check, f"{url!r} is no URL of a gateway", "give it as https://open-sea-global.alipay.com")
        return
    if parts.scheme == "http" and not _local(host):
        yield wrong(check, "plain HTTP", "use https://")
    if host == REMOVED:
        yield wrong(
            check,
            f"{REMOVED} was switched off in 2023",
            "use the gateway of your region, open-sea-global.alipay.com or the like",
        )
    elif host not in GATEWAYS and not _local(host):
        yield note(check, f"{host} is none of Alipay's published gateways", "is it a proxy of yours?")
    else:
        yield ok(check, host)
    if client_id is not None and parts.path.strip("/"):
        yield from _prefix(parts.path, client_id)


def _prefix(path: str, client_id: str) -> Iterator[Finding]:
    """Whether the path of the gateway is the one of the client's mode; it is part of what is signed."""
    test = client_id.startswith(SANDBOX_CLIENT)
    right, other = (SANDBOX, PRODUCTION) if test else (PRODUCTION, SANDBOX)
    if f"{path.rstrip('/')}/".startswith(f"{right}/"):
        yield ok("path prefix", f"{right} belongs to this client id")
    elif path.startswith(other):
        mode = "a sandbox client" if test else "a live client"
        yield wrong("path prefix", f"{other} with {mode}", f"call and sign {right}/v1/...")
    else:
        yield note("path prefix", f"{path} is not {right}", "what is signed is the path that Alipay receives")


def _notify_url(url: str) -> Iterator[Finding]:
    check = f"notify URL {url}"
    parts = urlsplit(url)
    faults = list(_faults_of(url, parts))
    for text, advice in faults:
        yield wrong(check, text, advice)
    if not faults and _local(parts.hostname or ""):
        yield note(
            check, f"on this machine only; signed over the path {parts.path}", "Alipay itself needs a public address"
        )
    elif not faults:
        yield ok(check, f"signed over the path {parts.path}")


def _faults_of(url: str, parts: SplitResult) -> Iterator[tuple[str, str]]:
    if url != url.strip() or not parts.hostname or parts.scheme not in ("http", "https"):
        yield "this is no URL, or has blanks around it", "give it as https://host/path"
        return
    if parts.scheme == "http" and not _local(parts.hostname):
        yield "plain HTTP", "use https://"
    if parts.path in ("", "/"):
        yield (
            "it has no path",
            "give it one: the path is part of what is signed, and proxies treat an empty one differently",
        )
    if parts.query:
        yield "it has a query", "use a path instead: whether the query is signed is not documented"
    if parts.fragment:
        yield "it has a fragment, which is never sent", "take it away"
    if parts.username or parts.password:
        yield "it holds a user name or password", "take them away: the signature is the proof"
    if "//" in parts.path or "%" in parts.path or not parts.path.isascii():
        yield (
            "its path has doubled slashes or letters that are encoded on the way",
            "use plain letters, digits, - and /",
        )


def _local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
