"""The official SDK behind JSON lines: a request per line on stdin, an answer per line on stdout.

Runs under the Python of the SDK's own environment (it pins an old ``cryptography``); imports nothing of ours.

    {"call": "sign", "arguments": [...]}             -> {"value": "<percent-encoded signature>"}
    {"call": "verify", "arguments": [...]}           -> {"value": true}
    {"call": "check_signature", "arguments": [...]}  -> {"value": true}
    {"call": "execute", "arguments": [...]}          -> {"value": {"url", "headers", "body", "answer"}}
    whatever the SDK raises                          -> {"error": "<name of the exception>", "message": "..."}
"""

import json
import sys

from com.alipay.ams.api import default_alipay_client
from com.alipay.ams.api.request.auth.alipay_auth_apply_token_request import AlipayAuthApplyTokenRequest
from com.alipay.ams.api.tools import signature_tool, webhook_tool


def execute(client_id, private_key, public_key, auth_code, answer_headers, answer_body):
    """An applyToken through the SDK's whole client; only its HTTP is replaced."""
    sent = {}

    def do_post(url, headers, body):
        sent.update(url=url, headers=headers, body=body)
        return list(answer_headers.items()), answer_body.encode()

    default_alipay_client.do_post = do_post
    client = default_alipay_client.DefaultAlipayClient("https://gateway.invalid", client_id, private_key, public_key)
    request = AlipayAuthApplyTokenRequest()
    request.auth_code = auth_code
    sent["answer"] = client.execute(request)
    return sent


CALLS = {
    "sign": signature_tool.sign,
    "verify": signature_tool.verify,
    "check_signature": webhook_tool.check_signature,
    "execute": execute,
}


def answer(line):
    request = json.loads(line)
    try:
        return {"value": CALLS[request["call"]](*request["arguments"])}
    except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what the test asks about
        return {"error": type(error).__name__, "message": str(error)}


for line in sys.stdin:
    print(json.dumps(answer(line)), flush=True)
