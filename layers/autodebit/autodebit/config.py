"""What a deployment says of itself: environment variables and the secret with the keys, checked before anything is sent."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alipay_signing import KmsSigner, LocalSigner, Verifier, load_private_key, load_public_key
from autodebit.clock import DAY, SECOND, Instant, instant_of
from autodebit.domain.polling_plan import Backoff, Plan
from autodebit.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from mypy_boto3_kms.client import KMSClient

    from autodebit.contract.model import UnknownFields

Signer = LocalSigner | KmsSigner
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SANDBOX_CLIENT = "SANDBOX_"
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,16}")
_DAYS_OF_METHOD = re.compile(r"([A-Z0-9_]{1,64})=([1-9][0-9]{0,2})")
_ISO_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment variables of a function, read once. See template.yaml for what each parameter means."""

    client_id: str
    gateway_url: str
    table: str
    token_key: str
    keys_secret: str
    signing_key: str = ""
    tokens_as_handles: bool = True
    unknown_fields: "UnknownFields" = "known"
    exchange_auth_codes: bool = True
    payment_notify_url: str = ""
    refund_notify_url: str = ""
    auth_notify_url: str = ""
    registration_notify_url: str = ""
    registered_path_prefix: str = ""
    cancel_open_after: int = 0
    """Milliseconds after which a payment that is still open is cancelled; 0 for never."""
    notification_max_age: int = 90_000 * SECOND
    notification_max_ahead: int = 300 * SECOND
    plan: Plan = field(default_factory=Plan)

    def __post_init__(self) -> None:
        # The rules judge Alipay's words by the client id that requests are sent under: it can have one value only.
        object.__setattr__(self, "plan", replace(self.plan, client_id=self.client_id))

    @property
    def gateway_path(self) -> str:
        """What stands before an operation's path; sandbox clients have a path of their own, which is also what is signed."""
        return "/ams/sandbox/api" if self.client_id.startswith(_SANDBOX_CLIENT) else "/ams/api"


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs for us and what verifies Alipay."""

    signer: Signer = field(repr=False)
    verifier: Verifier = field(repr=False)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that *environment* holds.

    Raises:
        ConfigurationError: a variable is missing or malformed; the message names it.
    """
    return Settings(
        client_id=_client_id(environment),
        gateway_url=_gateway_url(environment),
        table=_required(environment, "TABLE_NAME"),
        token_key=_required(environment, "TOKEN_KEY_ID"),
        keys_secret=_required(environment, "ALIPAY_KEYS_SECRET"),
        signing_key=environment.get("SIGNING_KEY_ID", ""),
        tokens_as_handles=_choice(environment, "TOKENS_AS_HANDLES", "true", "false"),
        unknown_fields=_unknown_fields(environment),
        exchange_auth_codes=_choice(environment, "EXCHANGE_AUTH_CODES", "true", "false"),
        payment_notify_url=environment.get("PAYMENT_NOTIFY_URL", ""),
        refund_notify_url=environment.get("REFUND_NOTIFY_URL", ""),
        auth_notify_url=environment.get("AUTH_NOTIFY_URL", ""),
        registration_notify_url=environment.get("REGISTRATION_NOTIFY_URL", ""),
        registered_path_prefix=_path_prefix(environment),
        cancel_open_after=_seconds(environment, "CANCEL_OPEN_AFTER_SECONDS", 0),
        notification_max_age=_seconds(environment, "NOTIFICATION_MAX_AGE_SECONDS", 90_000),
        notification_max_ahead=_seconds(environment, "NOTIFICATION_MAX_AHEAD_SECONDS", 300),
        plan=_plan(environment),
    )


def read_keys(secret: str, settings: Settings, kms: "KMSClient | None" = None) -> Keys:
    """The keys in *secret*: JSON with privateKey, keyVersion and alipayPublicKeys ({version: key}).

    As editors leave it: with a byte order mark, PEM with real line breaks, and alipayPublicKeys as JSON text.

    Raises:
        ConfigurationError: a key is missing or malformed; the message says which one and what is wrong, and shows nothing of it.
    """
    where = "the secret ALIPAY_KEYS_SECRET"
    stored = _json_in(secret)
    if not isinstance(stored, dict):
        raise ConfigurationError(f"{where} must be a JSON object with privateKey, keyVersion and alipayPublicKeys")
    published = stored.get("alipayPublicKeys")
    if isinstance(published, str):
        published = _json_in(published)  # key/value editors store every value as text
    if not isinstance(published, dict) or not published:
        raise ConfigurationError(
            f'{where}: alipayPublicKeys must be an object such as {{"1": "<Alipay\'s public key>"}}, or that as JSON text'
        )
    version = stored.get("keyVersion", "1")
    if isinstance(version, bool) or not isinstance(version, str | int) or not _VERSION.fullmatch(str(version)):
        raise ConfigurationError(f'{where}: keyVersion must be a short name such as "1"')
    own: RSAPublicKey | None = None
    if settings.signing_key and kms is not None:
        signer: Signer = KmsSigner(kms, settings.signing_key, str(version))
    elif isinstance(stored.get("privateKey"), str):
        try:
            private_key = load_private_key(stored["privateKey"])
            signer, own = LocalSigner(private_key, str(version)), private_key.public_key()
        except ValueError as error:
            raise ConfigurationError(f"{where}: privateKey: {error}") from None
    else:
        raise ConfigurationError(f"{where}: privateKey is missing (or give SIGNING_KEY_ID to sign with KMS)")
    keys: dict[str, RSAPublicKey] = {}
    for name, text in published.items():
        if not _VERSION.fullmatch(name):  # it may be a key in the wrong place: it is not shown
            raise ConfigurationError(f'{where}: alipayPublicKeys: each name must be a key version such as "1"')
        try:
            keys[name] = load_public_key(str(text))
        except ValueError as error:
            raise ConfigurationError(f"{where}: alipayPublicKeys, version {name}: {error}") from None
        if keys[name] == own:
            raise ConfigurationError(
                f"{where}: alipayPublicKeys, version {name}: this is your own public key; take Alipay's"
            )
    return Keys(signer, Verifier(keys))


def _json_in(text: str) -> object:
    """The JSON value in *text*, with line breaks inside strings; None if it is none."""
    try:
        return json.loads(text.removeprefix("\ufeff"), strict=False)
    except ValueError:
        return None


def _client_id(environment: Mapping[str, str]) -> str:
    client_id = _required(environment, "ALIPAY_CLIENT_ID")
    if not _CLIENT_ID.fullmatch(client_id):
        raise ConfigurationError("ALIPAY_CLIENT_ID must consist of letters, digits, _ and -")
    return client_id


def _gateway_url(environment: Mapping[str, str]) -> str:
    url = _required(environment, "ALIPAY_GATEWAY_URL").rstrip("/")
    try:
        parts = urlsplit(url)
        host, address = parts.hostname, f"{parts.scheme}://{parts.netloc}"
        sound = parts.port != 0 and url == address and host and "@" not in parts.netloc
    except ValueError:
        sound = False
    if not sound or parts.scheme not in ("https", "http"):
        raise ConfigurationError(
            "ALIPAY_GATEWAY_URL must be an address without a path, such as https://open-sea-global.alipay.com"
        )
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise ConfigurationError(
            "ALIPAY_GATEWAY_URL must begin with https://; http is accepted for this very machine only"
        )
    return url


def _path_prefix(environment: Mapping[str, str]) -> str:
    """ "/" says that the registered path is the route itself, as behind a proxy that adds our stage."""
    prefix = environment.get("REGISTERED_PATH_PREFIX", "")
    if prefix and (not prefix.startswith("/") or any(character.isspace() for character in prefix)):
        raise ConfigurationError("REGISTERED_PATH_PREFIX must be a path that begins with /")
    return prefix


def _plan(environment: Mapping[str, str]) -> Plan:
    default = Plan()
    return Plan(
        payments=_waits(environment, "PAYMENT_POLL_SECONDS", default.payments),
        refunds=_waits(environment, "REFUND_POLL_SECONDS", default.refunds),
        declarations=_waits(environment, "DECLARATION_POLL_SECONDS", default.declarations),
        registrations=_waits(environment, "REGISTRATION_POLL_SECONDS", default.registrations),
        absent_grace=_seconds(environment, "UNKNOWN_PAYMENT_GRACE_SECONDS", default.absent_grace // SECOND),
        abandon_after=_seconds(environment, "ABANDON_AFTER_SECONDS", default.abandon_after // SECOND),
        refresh_before=_seconds(environment, "REFRESH_BEFORE_DAYS", default.refresh_before // DAY, unit=DAY),
        restored_at=_moment(environment, "RESTORED_AT"),
        slow_methods=_days_by_method(environment, "SLOW_PAYMENT_METHODS", default.slow_methods),
    )


def _waits(environment: Mapping[str, str], name: str, default: Backoff) -> Backoff:
    listed = environment.get(name, "")
    try:
        first = tuple(round(float(seconds) * SECOND) for seconds in listed.split(",")) if listed else default.first
    except (ValueError, OverflowError):
        first = ()
    if not first or any(wait <= 0 for wait in first):
        raise ConfigurationError(f"{name} must be a list of seconds such as 2,3,5,5,10")
    return Backoff(first, _seconds(environment, "LONGEST_POLL_SECONDS", default.longest // SECOND))


def _days_by_method(environment: Mapping[str, str], name: str, default: Mapping[str, int]) -> Mapping[str, int]:
    """Durations by payment method, from days such as ACH_DIRECT_DEBIT=7,ANOTHER=3; "none" for no such method."""
    listed = environment.get(name, "").strip()
    if not listed:
        return default
    if listed == "none":
        return {}
    days: dict[str, int] = {}
    for one in listed.split(","):
        found = _DAYS_OF_METHOD.fullmatch(one.strip())
        if found is None or found[1] in days:
            raise ConfigurationError(f"{name} must be a list of methods and days such as ACH_DIRECT_DEBIT=7, or none")
        days[found[1]] = int(found[2]) * DAY
    return days


def _moment(environment: Mapping[str, str], name: str) -> Instant:
    """The moment that a variable names; 0 if it is empty."""
    value = environment.get(name, "").strip()
    moment = instant_of(value) if _ISO_MOMENT.fullmatch(value) else None
    if value and moment is None:
        raise ConfigurationError(f"{name} must be a moment with its offset, such as 2026-11-30T23:10:00Z")
    return moment or 0


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"the environment variable {name} is not set")
    return value


def _unknown_fields(environment: Mapping[str, str]) -> "UnknownFields":
    value = environment.get("UNKNOWN_FIELDS") or "known"
    choices: dict[str, UnknownFields] = {"known": "known", "refuse": "refuse", "forward": "forward"}
    if value not in choices:
        raise ConfigurationError("UNKNOWN_FIELDS must be known, refuse or forward")
    return choices[value]


def _choice(environment: Mapping[str, str], name: str, yes: str, no: str) -> bool:
    value = environment.get(name) or yes
    if value not in (yes, no):
        raise ConfigurationError(f"{name} must be {yes} or {no}")
    return value == yes


def _seconds(environment: Mapping[str, str], name: str, default: int, *, unit: int = SECOND) -> int:
    value = environment.get(name) or str(default)
    if not value.isascii() or not value.isdecimal():
        raise ConfigurationError(f"{name} must be a whole number of {'days' if unit == DAY else 'seconds'}")
    return int(value) * unit
