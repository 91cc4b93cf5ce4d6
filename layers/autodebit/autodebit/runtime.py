"""The composition root: what a function works with, made once per execution environment."""

import functools
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from autodebit.clock import SECOND, Clock, Instant, SystemClock
from autodebit.config import Keys, Settings, read_keys, read_settings
from autodebit.errors import ConfigurationError
from autodebit.gateway.client import ANSWER_TIMEOUT, Alipay, HttpAlipayClient
from autodebit.repository import Repository

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sqs.client import SQSClient

SEND_NEEDS = 15 * SECOND
"""Nothing is sent with less time left than this: the answer, and its record, must fit."""
RECORD_NEEDS = 3 * SECOND
_STORE = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
_SERVICES = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})


@dataclass(frozen=True, slots=True)
class Runtime:
    """All that a flow may use. *deadline* is when this invocation ends."""

    settings: Settings
    keys: Keys
    repository: Repository
    alipay: Alipay
    clock: Clock
    deadline: Instant

    def until(self, deadline: Instant) -> "Runtime":
        """This runtime for an invocation that ends at *deadline*."""
        return replace(self, deadline=deadline)

    @property
    def left(self) -> int:
        """Milliseconds until this invocation ends."""
        return self.deadline - self.clock.now()

    @property
    def has_time_to_send(self) -> bool:
        """Whether there is time to send to Alipay and to record the answer."""
        return self.left >= SEND_NEEDS

    @property
    def response_timeout_ms(self) -> int:
        """How long an answer of Alipay may take: at most 12 s, and no longer than leaves time to record it."""
        return min(ANSWER_TIMEOUT, self.left - RECORD_NEEDS)


@dataclass(frozen=True, slots=True)
class Publisher:
    """All that the outbox may use."""

    events: "EventBridgeClient"
    queue: "SQSClient"
    bus: str
    queue_url: str


@functools.cache
def runtime() -> Runtime:
    """The runtime of this execution environment, from its environment variables and its secret.

    Raises:
        ConfigurationError: something is missing or malformed; every invocation fails with it until it is mended.
    """
    settings = read_settings(os.environ)
    clock = SystemClock()
    kms = boto3.client("kms", config=_STORE)
    keys = read_keys(_secret(settings.keys_secret), settings, kms)
    return Runtime(
        settings=settings,
        keys=keys,
        repository=Repository(
            boto3.client("dynamodb", config=_STORE),
            kms,
            table=settings.table,
            token_key=settings.token_key,
            plan=settings.plan,
        ),
        alipay=HttpAlipayClient(
            url=settings.gateway_url,
            path=settings.gateway_path,
            client_id=settings.client_id,
            signer=keys.signer,
            verifier=keys.verifier,
            clock=clock,
        ),
        clock=clock,
        deadline=0,
    )


@functools.cache
def publisher() -> Publisher:
    """The outbox of this execution environment.

    Raises:
        ConfigurationError: a variable is missing.
    """
    bus, queue_url = os.environ.get("EVENT_BUS_NAME"), os.environ.get("UNPUBLISHED_QUEUE_URL")
    if not bus or not queue_url:
        raise ConfigurationError("EVENT_BUS_NAME and UNPUBLISHED_QUEUE_URL must be set")
    return Publisher(
        boto3.client("events", config=_SERVICES),
        boto3.client("sqs", config=_SERVICES),
        bus=bus,
        queue_url=queue_url,
    )


def _secret(secret_id: str) -> str:
    try:
        return boto3.client("secretsmanager", config=_SERVICES).get_secret_value(SecretId=secret_id)["SecretString"]
    except (ClientError, BotoCoreError, KeyError) as error:
        raise ConfigurationError(
            f"the secret ALIPAY_KEYS_SECRET cannot be read ({type(error).__name__}); store the keys in it, as the README says"
        ) from None
