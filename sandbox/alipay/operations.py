"""The operations of the gateway: name, path, field table and what carries it out. One line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.alipay.answers import Answer
from sandbox.alipay.fields import authorizations, customs, merchants, payments, refunds, users
from sandbox.alipay.world import World

Body = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """*path* follows ``/ams/api`` or ``/ams/sandbox/api``; *problems* lists the faults of a body."""

    name: str
    path: str
    problems: Callable[[Mapping[str, Any]], Iterator[str]]
    carry_out: Callable[[World, Body], Answer]


OPERATIONS = (
    Operation(
        "consult",
        "/v1/authorizations/consult",
        authorizations.consult,
        lambda world, body: world.authorizations.consult(body, world.base_url),
    ),
    Operation(
        "applyToken",
        "/v1/authorizations/applyToken",
        authorizations.apply_token,
        lambda world, body: world.authorizations.apply_token(body),
    ),
    Operation(
        "revoke",
        "/v1/authorizations/revoke",
        authorizations.revoke,
        lambda world, body: world.authorizations.revoke(body),
    ),
    Operation("pay", "/v1/payments/pay", payments.pay, lambda world, body: world.payments.pay(body)),
    Operation(
        "inquiryPayment",
        "/v1/payments/inquiryPayment",
        payments.inquiry_payment,
        lambda world, body: world.payments.inquire(body),
    ),
    Operation("cancel", "/v1/payments/cancel", payments.cancel, lambda world, body: world.cancels.cancel(body)),
    Operation("refund", "/v1/payments/refund", refunds.refund, lambda world, body: world.refunds.refund(body)),
    Operation(
        "inquiryRefund",
        "/v1/payments/inquiryRefund",
        refunds.inquiry_refund,
        lambda world, body: world.refunds.inquire(body),
    ),
    Operation("declare", "/v1/customs/declare", customs.declare, lambda world, body: world.declarations.declare(body)),
    Operation(
        "inquiryDeclarationRequests",
        "/v1/customs/inquiryDeclarationRequests",
        customs.inquiry_declaration_requests,
        lambda world, body: world.declarations.inquire(body),
    ),
    Operation(
        "initAuthentication",
        "/v1/users/initAuthentication",
        users.init_authentication,
        lambda world, body: world.authentications.start(body),
    ),
    Operation(
        "verifyAuthentication",
        "/v1/users/verifyAuthentication",
        users.verify_authentication,
        lambda world, body: world.authentications.verify(body),
    ),
    Operation(
        "registration",
        "/v1/merchants/registration",
        merchants.registration,
        lambda world, body: world.registrations.register(body),
    ),
    Operation(
        "inquiryRegistrationStatus",
        "/v1/merchants/inquiryRegistrationStatus",
        merchants.inquiry_registration_status,
        lambda world, body: world.registrations.inquire_status(body),
    ),
    Operation(
        "inquiryRegistrationInfo",
        "/v1/merchants/inquiryRegistrationInfo",
        merchants.inquiry_registration_info,
        lambda world, body: world.registrations.inquire_info(body),
    ),
)
BY_PATH = {operation.path: operation for operation in OPERATIONS}
NAMES = frozenset(operation.name for operation in OPERATIONS)
