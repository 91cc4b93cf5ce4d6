"""Another service of the merchant: calls MerchantApi, signed with SigV4."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.stack.emulator import CREDENTIALS, REGION


@dataclass(frozen=True)
class Merchant:
    """A caller; *address* is the emulator's, *base* the URL as it would be on AWS."""

    address: str
    base: str

    @property
    def host(self) -> str:
        """The host name of MerchantApi; the emulator serves it at its own address."""
        return urlsplit(self.base).netloc

    def call(self, path: str, body: Mapping[str, Any], *, signed: bool = True) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to a POST of *body*."""
        url = f"{self.address}{urlsplit(self.base).path}{path}"
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json; charset=UTF-8", "Host": self.host}
        request = AWSRequest("POST", url, data=content, headers=headers)
        if signed:
            keys = Credentials(CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"])
            SigV4Auth(keys, "execute-api", REGION).add_auth(request)
        answer = requests.post(url, data=content, headers=dict(request.headers.items()), timeout=60)
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, {"unreadable": answer.text}
