"""What Alipay's result codes mean for us and for callers: one table, operation by operation.

Codes come and go, so a code that is not here is no error: whoever meets one judges by resultStatus (or by paymentStatus,
refundStatus). ``docs/result-codes.md`` is this table for readers.
Source: the code tables and rules of the contract, one document for each operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What the caller does next; the values are the contract's words."""

    DONE = "none"
    INQUIRE = "inquire"
    SAME_AGAIN = "retry_same_request"
    NEW_ID = "new_request_id"
    REAUTHORIZE = "reauthorize"
    USER = "user_action"
    FIX = "fix_request"
    SUPPORT = "support"
    USE_REFUND = "use_refund"
    FINAL = "final"
    OTHER_PRODUCT = "other_product"


DONE, INQUIRE, SAME_AGAIN, NEW_ID, REAUTHORIZE, USER, FIX, SUPPORT, USE_REFUND, FINAL, OTHER_PRODUCT = Action


@dataclass(frozen=True, slots=True)
class ResultCode:
    """What a code says: S, F or U as documented, what to do about it, and a sentence for callers."""

    status: str
    action: Action
    advice: str


# Operations carry Alipay's names. Three more are no calls, but results that an answer reports of something else:
# "payment" (paymentResultCode of inquiryPayment), "transaction" (transactionResult in it), and "refund result" (how a
# refund can end, by the second table of inquiryRefund).
AUTHORIZATION = ("consult", "applyToken", "revoke")
CUSTOMS = ("declare", "inquiryDeclarationRequests")
AUTHENTICATION = ("initAuthentication", "verifyAuthentication")
REGISTRATION_INQUIRIES = ("inquiryRegistrationStatus", "inquiryRegistrationInfo")
PAYMENTS = ("pay", "inquiryPayment", "cancel", "refund", "inquiryRefund")
CALLS = (*AUTHORIZATION, *PAYMENTS, *CUSTOMS, *AUTHENTICATION, "registration", *REGISTRATION_INQUIRIES)
TOLD_OF_PAYMENTS = ("payment", "notifyPayment")
TOLD_OF_REFUNDS = ("refund result", "notifyRefund")
DEBIT = ("pay", *TOLD_OF_PAYMENTS)
REFUND = ("refund", *TOLD_OF_REFUNDS)
TOLD = (*TOLD_OF_PAYMENTS, "transaction", *TOLD_OF_REFUNDS)

_ROWS: list[tuple[str, tuple[str, ...], Action, str]] = [
    # Codes (one advice for several), operations, action, advice. Where two rows speak of one operation, the lower one
    # holds: first what is the same everywhere, then what differs.
    #
    # ---- Every call ----
    ("SUCCESS", (*CALLS, *TOLD), DONE, "Done."),
    ("PARAM_ILLEGAL", (*CALLS, *TOLD), FIX, "A field or header is missing or wrong: correct it."),
    ("ACCESS_DENIED", (*CALLS, *TOLD), SUPPORT, "Your client may not do this: ask Alipay's support."),
    ("INVALID_API", (*CALLS, *TOLD), SUPPORT, "The API is not switched on for your client: ask Alipay's support."),
    # Listed as API_INVALID here, about a wrong name or form rather than a missing right.
    ("INVALID_API", (*AUTHENTICATION, "refund result"), FIX, "No API of this name and form: check the address."),
    ("KEY_NOT_FOUND", (*CALLS, *TOLD), FIX, "Upload the public key in the Dashboard; test and live keys differ."),
    ("NO_INTERFACE_DEF", (*CALLS, *TOLD), FIX, "No API at this address: check host, path, sandbox or live."),
    ("INVALID_SIGNATURE", (*CALLS, "notifyRefund"), FIX, "Signature and registered key differ: check the key pair."),
    ("INVALID_CLIENT", (*CALLS, "transaction", "notifyRefund"), FIX, "Check the client id."),
    ("UNKNOWN_CLIENT", CALLS, SUPPORT, "The client id is not known: check it, then ask Alipay's support."),
    ("INVALID_CLIENT_STATUS", CALLS, SUPPORT, "The client may not call at present: ask Alipay's support."),
    ("METHOD_NOT_SUPPORTED", (*CALLS, "notifyRefund"), FIX, "Use POST."),
    ("MEDIA_TYPE_NOT_ACCEPTABLE", (*CALLS, "notifyRefund"), FIX, "Send application/json; charset=UTF-8."),
    ("REQUEST_TRAFFIC_EXCEED_LIMIT", CALLS, SAME_AGAIN, "Too many calls: send the same request again, later."),
    ("REQUEST_TRAFFIC_EXCEED_LIMIT", ("transaction", "refund result"), SAME_AGAIN, "Ask again later."),
    ("REQUEST_TRAFFIC_EXCEED_LIMIT", ("notifyRefund",), INQUIRE, "Ask for the refund's state."),
    ("UNKNOWN_EXCEPTION", CALLS, SAME_AGAIN, "Not known whether it was done: send the same request again, same id."),
    ("UNKNOWN_EXCEPTION", ("transaction", "refund result"), SAME_AGAIN, "Ask again later."),
    ("UNKNOWN_EXCEPTION", DEBIT, INQUIRE, "Not known whether money moved: ask by paymentRequestId; never a new id."),
    ("UNKNOWN_EXCEPTION", ("notifyRefund",), INQUIRE, "Ask for the refund's state."),
    # Unlike other system faults these two are F: the answer to a first pay or refund is final. As an inquiry's own result
    # they say that the inquiry failed, and nothing of the payment or refund, which stays as open as it was.
    ("SYSTEM_ERROR PROCESS_FAIL", (*CALLS, *TOLD), SUPPORT, "Failed: do not repeat it; ask Alipay's support."),
    (
        "SYSTEM_ERROR PROCESS_FAIL",
        ("inquiryPayment", "inquiryRefund", "inquiryDeclarationRequests", *REGISTRATION_INQUIRIES),
        SUPPORT,
        "The inquiry failed; it says nothing of what was asked for. If it stays so, ask Alipay's support.",
    ),
    # ---- What a success leaves to do ----
    ("SUCCESS", ("consult",), DONE, "Send the customer to one of the addresses, once."),
    ("SUCCESS", ("inquiryPayment",), DONE, "The inquiry worked: read paymentStatus."),
    ("SUCCESS", ("inquiryRefund",), DONE, "The inquiry worked: read refundStatus."),
    ("SUCCESS", ("declare",), DONE, "Handed over: ask inquiryDeclarationRequests for what customs says."),
    ("SUCCESS", ("inquiryDeclarationRequests",), DONE, "The inquiry worked: read each record's status."),
    ("SUCCESS", ("initAuthentication",), DONE, "The password is on its way: check it by verifyAuthentication."),
    ("SUCCESS", ("verifyAuthentication",), DONE, "The check was made: only isPassed true is a pass."),
    ("SUCCESS", ("registration",), DONE, "Received: the wallets answer later."),
    ("SUCCESS", ("inquiryRegistrationStatus",), DONE, "The inquiry worked: read registrationStatus."),
    ("SUCCESS", ("transaction",), DONE, "Read transactionStatus."),
    ("SUCCESS", ("notifyPayment",), DONE, "Paid; with notifyType PAYMENT_PENDING not known yet."),
    (
        "SUCCESS",
        ("notifyAuthorization", "notifyRegistrationStatus", "notifyDispute"),
        DONE,
        "The only code there is: read the fields.",
    ),
    # ---- Authorizations ----
    ("AUTH_IN_PROCESS", ("applyToken",), SAME_AGAIN, "The exchange is not finished: send the same request again."),
    ("INVALID_AUTHCODE", ("applyToken",), REAUTHORIZE, "Spent or older than a minute: consult with a new authState."),
    ("INVALID_REFRESH_TOKEN", ("applyToken",), FIX, "Use the newest refresh token; without one, consult again."),
    ("OAUTH_FAILED", AUTHORIZATION, SUPPORT, "Authorization failed at Alipay or the wallet: ask Alipay's support."),
    ("CLIENT_FORBIDDEN_ACCESS_API", AUTHORIZATION, SUPPORT, "No right to authorizations: ask Alipay's support."),
    ("NO_PAY_OPTIONS", ("consult", "applyToken"), FIX, "The wallet cannot be used here: check customerBelongsTo."),
    (
        "INVALID_ACCESS_TOKEN",
        ("consult", "applyToken", *DEBIT, *AUTHENTICATION),
        REAUTHORIZE,
        "The token is expired, revoked or unknown: the customer must authorise again (consult).",
    ),
    # Who revokes wants the token dead, and dead it is: nothing is left to do.
    ("INVALID_ACCESS_TOKEN", ("revoke",), DONE, "The token was dead already: nothing is left to revoke."),
    ("USER_NOT_EXIST", AUTHENTICATION, USER, "The wallet does not know this customer: ask them to check."),
    ("USER_STATUS_ABNORMAL", AUTHENTICATION, USER, "The customer's account is blocked: tell the customer."),
    # ---- Debits: F is final for its paymentRequestId; another try takes a new one, after what stands here is done ----
    (
        "PAYMENT_IN_PROCESS",
        ("inquiryPayment", "transaction", *DEBIT),
        INQUIRE,
        "Not known yet: wait for the notification or ask again; never a new id meanwhile.",
    ),
    ("USER_BALANCE_NOT_ENOUGH", DEBIT, USER, "The customer tops up or takes another method; then a new id."),
    ("USER_KYC_NOT_QUALIFIED", DEBIT, USER, "The customer must be identified by the wallet first."),
    ("PAYMENT_AMOUNT_EXCEED_LIMIT", DEBIT, NEW_ID, "Above the limit of contract or wallet: lower amount, new id."),
    ("USER_AMOUNT_EXCEED_LIMIT", DEBIT, NEW_ID, "Above the customer's own limit: lower amount, new id."),
    ("PAYMENT_COUNT_EXCEED_LIMIT", DEBIT, SUPPORT, "Too many payments for this wallet: ask support for the limit."),
    ("USER_PAYMENT_VERIFICATION_FAILED", DEBIT, SUPPORT, "The wallet could not verify the customer: ask support."),
    ("USER_NOT_EXIST", ("applyToken", "cancel", "pay", "notifyPayment"), SUPPORT, "The wallet has no such customer."),
    (
        "USER_STATUS_ABNORMAL",
        ("applyToken", "cancel", "declare", *DEBIT),
        SUPPORT,
        "The customer's account is blocked.",
    ),
    ("VERIFY_TIMES_EXCEED_LIMIT", ("pay", "notifyPayment"), USER, "Too many wrong codes: the customer gets a new one."),
    ("VERIFY_UNMATCHED EXPIRED_CODE", ("pay", "notifyPayment"), USER, "The code is wrong or old: a new one is needed."),
    ("INVALID_PAYMENT_CODE", ("pay",), USER, "Not accepted: the customer takes another method."),
    ("INVALID_PAYMENT_METHOD_META_DATA", ("pay",), FIX, "Correct paymentMethodMetaData."),
    ("SETTLE_CONTRACT_NOT_MATCH", ("pay",), FIX, "Name a settlementCurrency of your contract."),
    ("NO_PAY_OPTIONS", DEBIT, SUPPORT, "No way left to pay with this wallet: check the contract with support."),
    (
        "PAYMENT_NOT_QUALIFIED",
        ("consult", *DEBIT),
        SUPPORT,
        "You are not registered, or not contracted for Auto Debit: ask Alipay's support.",
    ),
    ("MERCHANT_KYB_NOT_QUALIFIED", ("pay", "payment"), SUPPORT, "Your business is not verified for this: ask support."),
    ("CURRENCY_NOT_SUPPORT", (*DEBIT, *REFUND), SUPPORT, "Not a currency of the contract, or not the payment's."),
    ("INVALID_MERCHANT_STATUS", (*DEBIT, *REFUND), SUPPORT, "The merchant is restricted: ask Alipay's support."),
    ("INVALID_CONTRACT", ("pay", "notifyPayment", *CUSTOMS, "notifyRefund"), SUPPORT, "Compare with the contract."),
    ("MERCHANT_NOT_REGISTERED", ("consult", "pay", *CUSTOMS, "notifyRefund"), SUPPORT, "Register the merchant first."),
    ("RISK_REJECT", ("consult", "pay"), USER, "Refused by risk control: tell the customer, do not repeat."),
    ("RISK_REJECT", (*CUSTOMS, *TOLD_OF_REFUNDS), FINAL, "Refused by risk control: do not repeat."),
    ("RISK_REJECT", TOLD_OF_PAYMENTS, SUPPORT, "Refused by risk control; what was taken comes back within 2 weeks."),
    ("FRAUD_REJECT", TOLD_OF_PAYMENTS, SUPPORT, "Refused as fraud; what was taken comes back within 2 weeks."),
    ("SUSPECTED_RISK", TOLD_OF_PAYMENTS, SUPPORT, "Held as suspicious: may be tried after a working day, new id."),
    ("PAYMENT_PROHIBITED", ("transaction", "notifyPayment"), DONE, "These goods may not be sold there: final."),
    ("INVALID_AMOUNT", ("transaction", "notifyPayment"), SUPPORT, "The amount was refused: ask Alipay's support."),
    # The id is spent, and no money is held under it.
    ("ORDER_IS_CANCELED", ("pay",), NEW_ID, "This payment was cancelled: pay with a new paymentRequestId."),
    ("ORDER_IS_CLOSED", DEBIT, NEW_ID, "This payment is closed, nothing was paid: a new paymentRequestId."),
    (
        "REPEAT_REQ_INCONSISTENT",
        ("pay", *REFUND, "declare", "registration"),
        NEW_ID,
        "The id was used with other values, and what was sent first stands: ask for its state before taking a new id.",
    ),
    ("REPEAT_REQ_INCONSISTENT", REGISTRATION_INQUIRIES, NEW_ID, "The ids do not belong together: ask with others."),
    # Not proof: a pay whose answer was lost may still be booked.
    (
        "ORDER_NOT_EXIST",
        ("pay", "notifyPayment", "inquiryPayment", "cancel", *REFUND, "declare"),
        FIX,
        "Check the id. Of a payment that was just sent it proves nothing: ask again before you take a new id.",
    ),
    # A refund may be found a little later. After the third time it was never placed.
    (
        "ORDER_NOT_EXIST",
        ("inquiryRefund", "transaction"),
        SAME_AGAIN,
        "Ask again after 15 seconds, three times; what is not found then was never placed.",
    ),
    # ---- Cancel ----
    ("PROCESS_FAIL", ("cancel",), SUPPORT, "Not cancelled; perhaps it was refunded already: ask for its state."),
    ("CANCEL_WINDOW_EXCEED", ("cancel",), USE_REFUND, "Too late to cancel: refund instead."),
    (
        "PAYMENT_METHOD_NOT_SUPPORTED",
        ("cancel", "refund"),
        SUPPORT,
        "Not possible with this wallet once it is paid: do not repeat; ask Alipay's support.",
    ),
    (
        "ORDER_STATUS_INVALID",
        ("cancel", *REFUND, "declare"),
        INQUIRE,
        "The payment's state forbids it: ask for its state; wait if it is in process, give up if it failed.",
    ),
    # A cancellation has no id of its own, so it is repeated as it was; a refund that ended F is final for its id.
    ("MERCHANT_BALANCE_NOT_ENOUGH", ("cancel", "notifyPayment"), SAME_AGAIN, "Once your balance is enough, again."),
    ("MERCHANT_BALANCE_NOT_ENOUGH", REFUND, NEW_ID, "Once your balance is enough, with a new refundRequestId."),
    # ---- Refunds ----
    # U as the general ones, but a second refund is forbidden, even with the same id.
    ("REFUND_IN_PROCESS", ("refund", "notifyRefund"), INQUIRE, "Do not refund again: ask or wait for the result."),
    ("REFUND_AMOUNT_EXCEED", REFUND, FIX, "More than is left of the payment: a lower amount, a new refundRequestId."),
    ("REFUND_WINDOW_EXCEED", REFUND, FINAL, "The time for refunds is over: settle with the customer yourself."),
    ("MULTIPLE_REFUNDS_NOT_SUPPORTED", REFUND, FINAL, "Only one refund of a payment is possible."),
    ("PARTIAL_REFUND_NOT_SUPPORTED", ("refund",), FINAL, "Only the whole payment can be refunded."),
    ("REFUND_NOT_SUPPORTED", ("refund",), FINAL, "This payment cannot be refunded: check its state and the contract."),
    ("ORDER_IS_CANCELED", ("refund",), FINAL, "The payment was cancelled: there is nothing to refund."),
    ("ORDER_IS_CLOSED", REFUND, NEW_ID, "Closed under this id: a new refundRequestId, if it was paid at all."),
    # ---- Customs ----
    ("DUPLICATED_DECLARATIONS", ("declare",), FINAL, "Declared at this customs office already."),
    ("TOTAL_DECLARATION_AMOUNT_EXCEED", ("declare",), FIX, "More than was paid: declare less."),
    ("CONTEXT_INCONSISTENT", ("declare",), NEW_ID, "Resend after 5 minutes, only allowed changes; else a new id."),
    ("ARRAY_SIZE_EXCEEDED", ("inquiryDeclarationRequests",), FIX, "Ask for ten declarations at most."),
    # ---- Secondary merchants ----
    ("REPEAT_REGISTRATION", ("registration",), FINAL, "Registered already: ask for it, or use another merchant id."),
    ("REGISTRATION_UNDER_REVIEW", ("registration",), FINAL, "An earlier registration is under review: wait for it."),
    ("RECORD_NOT_FOUND", REGISTRATION_INQUIRIES, FINAL, "No such registration: check the merchant's and store's ids."),
    # ---- Codes of card payments that stand in the shared tables ----
    (
        "CARD_NOT_SUPPORTED DO_NOT_HONOR INVALID_CARD_NUMBER INVALID_EXPIRATION_DATE",
        TOLD_OF_PAYMENTS,
        OTHER_PRODUCT,
        "About cards; not expected of wallets.",
    ),
    (
        "INVALID_CARD INVALID_EXPIRY_DATE_FORMAT ISSUER_REJECTS_TRANSACTION SUSPECTED_CARD",
        ("payment",),
        OTHER_PRODUCT,
        "About cards; not expected of wallets.",
    ),
    (
        "AUTHENTICATION_REQUIRED",
        ("transaction", "notifyPayment"),
        OTHER_PRODUCT,
        "About cards; not expected of wallets.",
    ),
]

# SUCCESS is S, these are U, all others are F.
_UNKNOWN = {
    "AUTH_IN_PROCESS",
    "PAYMENT_IN_PROCESS",
    "REFUND_IN_PROCESS",
    "REQUEST_TRAFFIC_EXCEED_LIMIT",
    "UNKNOWN_EXCEPTION",
}


def _status(code: str) -> str:
    return "S" if code == "SUCCESS" else "U" if code in _UNKNOWN else "F"


_RESULT_CODES = {
    (operation, code): ResultCode(_status(code), action, advice)
    for codes, operations, action, advice in _ROWS
    for code in codes.split()
    for operation in operations
}

# Names that Alipay has changed, some of them back and forth. Tables of today still have the first three, and samples the
# others, beside the newer names.
_NEWER_NAMES = {
    "SIGNATURE_INVALID": "INVALID_SIGNATURE",
    "API_INVALID": "INVALID_API",
    "CLIENT_INVALID": "INVALID_CLIENT",
    "AMOUNT_EXCEED_LIMIT": "PAYMENT_AMOUNT_EXCEED_LIMIT",
    "BALANCE_NOT_ENOUGH": "USER_BALANCE_NOT_ENOUGH",
}


def renamed(code: str) -> str:
    """The current name of a code that was renamed; any other code as it is."""
    return _NEWER_NAMES.get(code, code)


def find_result_code(operation: str, code: str) -> ResultCode | None:
    """What *code*, under its old name or its current one, means in a result of *operation* (Alipay's name, or a result's).

    None for what is not in the table: judge that by resultStatus.
    """
    return _RESULT_CODES.get((operation, renamed(code)))


def meanings() -> Iterator[tuple[str, str, ResultCode]]:
    """The whole table, as operation, code and meaning."""
    yield from ((operation, code, meaning) for (operation, code), meaning in _RESULT_CODES.items())


def older_names() -> dict[str, str]:
    """Older name to current name."""
    return dict(_NEWER_NAMES)
