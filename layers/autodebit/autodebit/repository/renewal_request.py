"""The applyToken request that renews a token, as a grant keeps it: for the token's wallet, region and account."""

import json
from dataclasses import replace

from autodebit.domain.authorization import Grant

_ACCOUNT = ("merchantRegion", "merchantAccountId")


def renewal_of(body: str) -> str:
    """The request that renews what the request *body* brought."""
    asked = json.loads(body)
    kept = {name: asked[name] for name in ("customerBelongsTo", *_ACCOUNT) if name in asked}
    return _dumped({"grantType": "REFRESH_TOKEN", **kept})


def for_account_of(body: str, known: str) -> str:
    """The request *body*, with the region and the account of the request *known* where it names none. Either may be empty.

    A token belongs to the account that it was issued for: a later request that names none does not change that.
    """
    if not body or not known:
        return body or known
    asked, named = json.loads(body), json.loads(known)
    missing = {name: named[name] for name in _ACCOUNT if name in named and name not in asked}
    return _dumped({**asked, **missing}) if missing else body


def consented(grant: Grant, body: str) -> Grant:
    """*grant*, whose customer's consent led to the request *body*: its wallet counts, and its account if none is known."""
    wanted = json.loads(renewal_of(body))
    known = json.loads(grant.refresh_body) if grant.refresh_body else {}
    wallet = {name: value for name, value in wanted.items() if name == "customerBelongsTo"}
    return replace(grant, refresh_body=_dumped({**wanted, **known, **wallet}))


def _dumped(body: dict[str, object]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
