"""The verdict on what moves no money itself: authorizations and their tokens, declarations, registrations, one-time passwords."""

from collections.abc import Iterable, Mapping
from typing import Any

from autodebit.clock import instant_of
from autodebit.repository.table import Item
from tests.chaos.books import Books, Told, Verdict
from tests.chaos.waiting import OPEN, under_way

_SENT_BY_A_REPEAT = {"registration": ("INITIATED",), "declaration": ()}
"""States in which Alipay need not know it: chaos.waiting says why."""
_AT_CUSTOMS = {"IN_PROCESS": "IN_PROCESS", "CUSTOMS_PROCESSING_COMPLETED": "COMPLETED"}


def check(books: Books, items: Iterable[Item], told: Iterable[Told], found: Verdict) -> None:
    """Add to *found* what does not agree."""
    items = list(items)
    checks = _Checks(books, items, found)
    checks.authorizations()
    checks.declarations()
    checks.registrations()
    checks.passwords()
    for word in told:
        checks.told(word)


class _Checks:
    def __init__(self, books: Books, items: list[Item], found: Verdict) -> None:
        self._books, self._found = books, found
        self._entities = [item for item in items if item["sk"] == "item"]
        self._anomalous = {item["pk"] for item in items if item["sk"].startswith("anomaly#")}
        self._grants = self._of("grant", "handle")
        self._agreed: dict[str, list[Mapping[str, Any]]] = {}
        for agreement in books.authorizations:
            if agreement["tokens"]:
                self._agreed.setdefault(agreement["authState"], []).append(agreement)

    def _of(self, kind: str, key: str) -> dict[str, Item]:
        return {str(item[key]): item for item in self._entities if item.get("kind") == kind}

    # --- tokens

    def authorizations(self) -> None:
        """An active authorization has a living token, which is ours; an ended one has none.

        Where a renewed token was lost with its answer, nobody can tell us of its end: an anomaly tells of that.
        """
        for auth_state, authorization in self._of("authorization", "auth_state").items():
            state, agreed = authorization["state"], self._agreed.get(auth_state, [])
            living = [agreement for agreement in agreed if not agreement["revoked"]]
            known = f"grant#{authorization.get('grant')}" in self._anomalous
            if state == "ACTIVE" and not living and not known:
                self._found.mismatches.append(f"authorization {auth_state}: ACTIVE, and revoked at Alipay")
            elif state == "REVOKED" and living:
                self._found.mismatches.append(f"authorization {auth_state}: REVOKED, and its token lives at Alipay")
            grant = self._grants.get(authorization.get("grant", ""))
            if grant is not None and (grant["state"] == "ACTIVE") != (state == "ACTIVE"):
                self._found.mismatches.append(f"authorization {auth_state}: {state}, and its grant is {grant['state']}")
        for handle, grant in self._grants.items():
            self._check_grant(handle, grant)

    def _check_grant(self, handle: str, grant: Item) -> None:
        tokens = self._tokens(grant)
        if grant["state"] != "ACTIVE" or not tokens:
            return
        ends, ours = [instant_of(token["accessTokenExpiryTime"]) for token in tokens], grant.get("access_until", 0)
        if ours not in ends:
            self._found.mismatches.append(f"grant {handle}: its newest token is none of Alipay's")
        elif ours != ends[-1] and not under_way(grant) and f"grant#{handle}" not in self._anomalous:
            self._found.lost.append(
                f"grant {handle}: Alipay has issued a newer token, and nothing tells that it was lost"
            )

    def _tokens(self, grant: Item) -> list[Mapping[str, Any]]:
        return [
            token for agreement in self._agreed.get(grant.get("auth_state", ""), []) for token in agreement["tokens"]
        ]

    # --- what is asked for by an id of its own

    def declarations(self) -> None:
        """Each is transmitted once, and once more at most for each amount that somebody corrected it to."""
        ours = self._of("declaration", "declaration_request_id")
        for identity in sorted({*ours, *self._books.declarations}):
            declaration, record = ours.get(identity), self._books.declarations.get(identity)
            real = _AT_CUSTOMS[record["declarationRequestStatus"]] if record else ""
            self._compare("declaration", identity, real, declaration)
            if not record or not declaration:
                continue
            if record["transmissions"] > len(declaration["amounts"]):
                self._found.mismatches.append(f"declaration {identity} was transmitted {record['transmissions']} times")
            if real == "COMPLETED" and declaration["state"] == "COMPLETED":
                said = record["customsDeclarationResultCode"], record["declarationAmount"]["value"]
                if (declaration.get("customs_result_code"), declaration["amount"]["value"]) != said:
                    self._found.mismatches.append(f"declaration {identity}: customs said {said}")

    def registrations(self) -> None:
        """Each stands as Alipay says, and so does every wallet."""
        ours = self._of("registration", "registration_request_id")
        for identity in sorted({*ours, *self._books.registrations}):
            registration, record = ours.get(identity), self._books.registrations.get(identity)
            real = record["registrationResult"]["registrationStatus"] if record else ""
            self._compare("registration", identity, real, registration)
            if not record or not registration or real == "PENDING":
                continue
            told = record.get("pspRegistrationResultList", [])
            theirs = {wallet["pspName"]: wallet["registrationResult"]["registrationStatus"] for wallet in told}
            if {wallet["name"]: wallet["status"] for wallet in registration.get("wallets", [])} != theirs:
                self._found.mismatches.append(f"registration {identity}: its wallets said {theirs}")

    def _compare(self, kind: str, identity: str, real: str, ours: Item | None) -> None:
        """*real* is where it stands at Alipay, "" if Alipay does not know it."""
        state = str(ours["state"]) if ours else ""
        if not state:
            self._found.lost.append(f"{kind} {identity}: {real} at Alipay, and not in the store")
        elif not real and state not in ("FAIL", "NOT_SUBMITTED", *_SENT_BY_A_REPEAT[kind]):
            self._found.mismatches.append(f"{kind} {identity}: {state}, and Alipay does not know it")
        elif real and state == "NOT_SUBMITTED":
            self._found.lost.append(f"{kind} {identity}: {real} at Alipay, {state} in the store")
        elif real and state != real and state not in OPEN[kind]:
            self._found.mismatches.append(f"{kind} {identity}: {real} at Alipay, {state} in the store")

    def passwords(self) -> None:
        """Whoever was told of a password has one; nobody has passed whom Alipay has not let pass."""
        ours = self._of("authentication", "authentication_request_id")
        for identity in sorted({*ours, *self._books.authentications}):
            state = str(ours[identity]["state"]) if identity in ours else ""
            real = self._books.authentications[identity]["status"] if identity in self._books.authentications else ""
            if not state:
                self._found.lost.append(f"authentication {identity}: {real} at Alipay, and not in the store")
            elif state in ("SENT", "PASSED") and real not in (state, "PASSED"):
                self._found.mismatches.append(f"authentication {identity}: {state}, and {real or 'unknown'} at Alipay")

    # --- what was said

    def told(self, told: Told) -> None:
        """S and F are true in the end."""
        known: bool | None = None
        match told.function:
            case "declare":
                known = self._declared(told)
            case "registration":
                known = told.identity in self._books.registrations
            case "init_authentication" if told.status == "S":
                # An F to a repeat is told as it is: the password of the first send stays good, and a new id costs a message.
                known = self._books.authentications.get(told.identity, {}).get("status") in ("SENT", "PASSED")
            case "revoke":
                agreed = self._agreed.get(self._grants.get(told.identity, {}).get("auth_state", ""))
                known = all(agreement["revoked"] for agreement in agreed) if agreed else None
        if known is not None and known != (told.status == "S") and told.code not in _ABOUT_A_REPEAT:
            heard = f"{told.http_status} {told.status} {told.code}"
            self._found.mismatches.append(
                f"{told.function} {told.identity}: a caller was told {heard}, and Alipay says otherwise"
            )

    def _declared(self, told: Told) -> bool:
        """Whether Alipay has what was declared. An F to a correction is right as long as Alipay has another amount."""
        record = self._books.declarations.get(told.identity)
        if record is None or told.status == "S":
            return record is not None
        return told.asked in ("", record["declarationAmount"]["value"])


_ABOUT_A_REPEAT = ("REPEAT_REQ_INCONSISTENT", "CONTEXT_INCONSISTENT", "INVALID_ACCESS_TOKEN")
"""F that says nothing of what was asked for first, or that it is done already."""
