"""A customer of the simulator who agrees."""

import json
from urllib.parse import parse_qs, urlsplit

import requests

from autodebit.contract import ApplyTokenRequest, ConsultRequest
from autodebit.flows.authorizations.consent import consult
from autodebit.flows.authorizations.exchange import apply_token
from autodebit.runtime import Runtime


def agree(runtime: Runtime, wallet: str = "GCASH", state: str = "STATE-1") -> str:
    """Consult and agree; the code that the browser brings back."""
    asked = {
        "customerBelongsTo": wallet,
        "authRedirectUrl": "https://shop.example.com/back",
        "scopes": ["AGREEMENT_PAY"],
        "authState": state,
        "terminalType": "WEB",
    }
    page = json.loads(consult(ConsultRequest.model_validate(asked), runtime).text)["normalUrl"]
    back = requests.post(page, data={"decision": "agree"}, allow_redirects=False, timeout=10)
    return parse_qs(urlsplit(back.headers["Location"]).query)["authCode"][0]


def authorise(runtime: Runtime, wallet: str = "GCASH", state: str = "STATE-1") -> str:
    """Consult, agree, exchange the code; the handle to pay with."""
    code = agree(runtime, wallet, state)
    exchanged = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": wallet, "authCode": code}
    token = apply_token(ApplyTokenRequest.model_validate(exchanged), runtime)
    return str(json.loads(token.text)["accessToken"])
