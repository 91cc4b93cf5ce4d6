"""A world for flows: the real repository on a real engine, a fake Alipay, and a clock moved by hand."""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from alipay_signing import LocalSigner, Verifier
from autodebit.clock import SECOND
from autodebit.config import Keys, Settings
from autodebit.repository import Repository
from autodebit.runtime import Runtime
from tests.support.alipay import FakeAlipay
from tests.support.engines import Engine
from tests.support.keys import alipay_key, merchant_key

CLIENT_ID = "SANDBOX_5Y0000000000000001"
TOKEN = "28101003_20240701QCnf0zqtVBbEbxubUaCA0uk90001"


class HandClock:
    """A clock that moves only when told to (or when somebody sleeps)."""

    def __init__(self, now: int = 1_800_000_000_000) -> None:
        self.time = now

    def now(self) -> int:
        """See autodebit.clock.Clock."""
        return self.time

    def sleep(self, milliseconds: int) -> None:
        """See autodebit.clock.Clock."""
        self.time += milliseconds

    def forward(self, seconds: float) -> None:
        """Move on."""
        self.time += round(seconds * SECOND)


@dataclass
class World:
    """One deployment: a table of its own."""

    engine: Engine
    kms: Any
    token_key: str
    settings: Settings = field(default_factory=lambda: settings())
    clock: HandClock = field(default_factory=HandClock)
    alipay: FakeAlipay = field(default_factory=FakeAlipay)

    def __post_init__(self) -> None:
        self.table = self.engine.new_table(f"t-{uuid.uuid4().hex}")
        self.dynamodb = self.engine.client("dynamodb")
        self.keys = Keys(LocalSigner(merchant_key()), Verifier({"1": alipay_key().public_key()}))

    @property
    def repository(self) -> Repository:
        """The repository as a fresh process would make it."""
        plan = self.settings.plan
        return Repository(self.dynamodb, self.kms, table=self.table, token_key=self.token_key, plan=plan)

    def runtime(self, seconds: float = 25, **changed: Any) -> Runtime:
        """The runtime of an invocation that may take *seconds*."""
        made = Runtime(
            settings=self.settings,
            keys=self.keys,
            repository=self.repository,
            alipay=self.alipay,
            clock=self.clock,
            deadline=self.clock.now() + round(seconds * SECOND),
        )
        return replace(made, **changed)

    def anomalies(self) -> list[str]:
        """The reasons of all anomalies that are stored."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        items = [item for page in pages for item in page["Items"] if item["sk"]["S"].startswith("anomaly#")]
        return sorted(item["reason"]["S"] for item in items)

    def all_text(self) -> str:
        """Everything in the table as text: nothing secret may be found in it."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        return repr([item for page in pages for item in page["Items"]])


def settings(**changed: Any) -> Settings:
    """Settings of a deployment."""
    made = Settings(
        client_id=CLIENT_ID,
        gateway_url="http://127.0.0.1:9",
        table="unused",
        token_key="unused",
        keys_secret="unused",
        payment_notify_url="https://alipay.example.com/live/v1/payments/payNotify",
        auth_notify_url="https://alipay.example.com/live/v1/authorizations/notifyAuthorization",
    )
    return replace(made, **changed)


def pay_body(payment_request_id: str = "PAY-1", token: str = TOKEN, **changed: Any) -> dict[str, Any]:
    """A request to pay 1000 JPY."""
    return {
        "productCode": "AGREEMENT_PAYMENT",
        "paymentRequestId": payment_request_id,
        "order": {
            "orderAmount": {"currency": "JPY", "value": "1000"},
            "referenceOrderId": "ORDER-1",
            "orderDescription": "Monthly plan",
        },
        "paymentAmount": {"currency": "JPY", "value": "1000"},
        "paymentMethod": {"paymentMethodType": "GCASH", "paymentMethodId": token},
        "settlementStrategy": {"settlementCurrency": "USD"},
        **changed,
    }


def paid_fields(payment_request_id: str = "PAY-1", **changed: Any) -> dict[str, Any]:
    """What Alipay says of a paid payment besides the result."""
    return {
        "paymentRequestId": payment_request_id,
        "paymentId": f"20240701{payment_request_id}",
        "paymentAmount": {"currency": "JPY", "value": "1000"},
        "paymentTime": "2027-01-15T01:17:52-07:00",
        "paymentCreateTime": "2027-01-15T01:17:50-07:00",
        **changed,
    }
