"""Which items are stuck: open without a due time, or still open in the end although Alipay has nothing more to decide.

The end is 48 virtual hours after the last story, or the moment at which nothing is due and no notification is on its way.
What is open and not stuck is an exception, and stands in this module with its reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from autodebit.domain.polling_plan import Plan
from autodebit.repository.table import Item
from tests.chaos.books import Books

OPEN: Mapping[str, tuple[str, ...]] = {
    "payment": ("INITIATED", "PROCESSING"),
    "refund": ("INITIATED", "PROCESSING"),
    "authorization": ("CONSULTED", "CODE_RECEIVED"),
    "code": ("WAITING",),
    "declaration": ("INITIATED", "IN_PROCESS"),
    "registration": ("INITIATED", "PENDING"),
    "authentication": ("INITIATED",),
}
"""The states of each kind in which its outcome is still to be found out. Of a grant see `under_way`."""
_PROLONGED_BY_PAYING = ("NAVERPAY",)
_WAITS_FOR_CODE = ("CONSULTED", "CODE_RECEIVED", "ABANDONED")


def under_way(grant: Mapping[str, Any]) -> bool:
    """Whether a refresh or a revoke of *grant* has no verdict yet."""
    return bool(grant.get("refreshes") or grant.get("revocation"))


def stuck(books: Books, items: Iterable[Item], earlier: Iterable[Item] = ()) -> Iterator[str]:
    """A line for each that is. *earlier* are the items 48 virtual hours before the end; none where no such time was given."""
    items = list(items)
    entities = {str(item["pk"]): item for item in items if item["sk"] == "item"}
    people = set(for_people(books, items))
    before = {str(item["pk"]): item for item in earlier if item["sk"] == "item"}
    for name, item in entities.items():
        due = bool(item.get("due_at"))
        if due != bool(item.get("due_key")):
            yield f"{name}: a due time outside the index of due work"
        if item["kind"] == "grant":
            yield from _grant(name, item, before.get(name, {}))
        elif item["state"] in OPEN.get(item["kind"], ()):
            if name in people:
                continue
            if not due and not _waits_for_others(item, entities):
                yield f"{name}: {item['state']} without a due time"
            elif _decided(item, books, entities):
                yield f"{name}: still {item['state']}, and nothing more comes of it"
        elif _cancel_wanted(item) and not due:
            yield f"{name}: a cancel is requested, without a due time"
        if _cancel_wanted(item) and _status(books.payments, item, "payment") in ("SUCCESS", "FAIL", "CANCELLED"):
            yield f"{name}: a cancel is still requested, and it is final at Alipay"


def due_for_ever(item: Item) -> bool:
    """Whether *item* stays due although nothing is to be settled: people decide of a taken id, and a cancel of a payment that
    Alipay does not know is kept in case it turns up.
    """
    kept = item.get("state") == "NOT_SUBMITTED" and bool((item.get("cancel") or {}).get("kept"))
    return bool(item.get("id_taken")) or kept


def for_people(books: Books, items: Iterable[Item]) -> Iterator[str]:
    """The payments and refunds that stay open until a person decides: another system has their id, and an anomaly tells so."""
    items = list(items)
    anomalous = {str(item["pk"]) for item in items if str(item["sk"]).startswith("anomaly#")}
    others = {"payment": books.payments_elsewhere, "refund": books.refunds_elsewhere}
    for item in items:
        kind = item.get("kind", "")
        if item["sk"] != "item" or kind not in others or item["state"] not in OPEN[kind]:
            continue
        if item[f"{kind}_request_id"] in others[kind] and str(item["pk"]) in anomalous:
            yield str(item["pk"])


def _grant(name: str, grant: Item, before: Mapping[str, Any]) -> Iterator[str]:
    due = bool(grant.get("due_at"))
    if under_way(grant):
        if not due:
            yield f"{name}: a refresh or a revoke under way, without a due time"
        # Tokens are renewed as long as time passes, so the end may come in the middle of a young one.
        elif under_way(before) and before.get("newest") == grant.get("newest"):
            yield f"{name}: a refresh or a revoke has been under way for two days"
    elif grant["state"] == "ACTIVE" and _ends(grant) and not due:
        yield f"{name}: its token ends, and it is not due"


def _ends(grant: Mapping[str, Any]) -> bool:
    """Whether the newest token has an end. One that lives on with each payment has none that could be due."""
    return bool(grant.get("access_until")) and grant["wallet"] not in _PROLONGED_BY_PAYING


def _waits_for_others(item: Item, entities: Mapping[str, Item]) -> bool:
    """Whether *item* may be open without a due time of its own."""
    match item["kind"]:
        case "authentication":
            return True  # Alipay has no inquiry for one-time passwords: only whoever repeats the request hears more.
        case "code":
            # A code for an authorization that waits for none is kept for the record, and nobody is to exchange it.
            authorization = entities.get(f"authorization#{item.get('auth_state', '')}", {})
            return authorization.get("state") not in _WAITS_FOR_CODE
        case _:
            return False


def _decided(item: Item, books: Books, entities: Mapping[str, Item]) -> bool:
    """Whether nothing more comes of an open *item* at Alipay: it is final there, or was never there."""
    match item["kind"]:
        case "payment" | "refund" as kind:
            return _status(books.payments if kind == "payment" else books.refunds, item, kind) != "PROCESSING"
        case "declaration":
            record = books.declarations.get(item["declaration_request_id"])
            # One that Alipay has not: the judge of agreements tells of it.
            return record is not None and bool(record["declarationRequestStatus"] != item["state"])
        case "registration":
            record = books.registrations.get(item["registration_request_id"])
            if record is None:
                # One that never arrived stays open and due for its caller's repeat: nobody else may send it. By then we must
                # have believed Alipay that it is not there.
                return item["state"] != "INITIATED" or int(item.get("not_found_count", 0)) < Plan().not_found_times
            return bool(record["registrationResult"]["registrationStatus"] != item["state"])
        case "authentication":
            return False  # As above: nothing is found out about it, so nothing is to be expected either.
        case "code":
            # A code lives for a minute, its exchange is given up after a day; one that nobody is to exchange stays.
            return bool(item.get("due_at")) or not _waits_for_others(item, entities)
        case _:
            # An authorization is abandoned a quarter of an hour after consult, or becomes what its code's exchange comes to: that
            # is given up after a day.
            return True


def _cancel_wanted(item: Item) -> bool:
    """Whether a cancel is still to be settled. Of a payment that Alipay does not know there is nothing to cancel: the wish is
    kept in case it turns up, and Alipay is asked ever more rarely."""
    return (item.get("cancel") or {}).get("state") == "REQUESTED" and item["state"] != "NOT_SUBMITTED"


def _status(records: Mapping[str, Mapping[str, Any]], item: Item, kind: str) -> str:
    return str(records.get(item[f"{kind}_request_id"], {}).get(f"{kind}Status", ""))
