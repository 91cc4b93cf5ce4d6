"""``python -m sandbox.stack``: the stack, left running with its addresses printed, until Ctrl-C."""

import contextlib
import threading

from sandbox.stack.local import CLIENT_ID, LocalStack


def main() -> None:
    """Start, print, wait, stop."""
    with contextlib.suppress(KeyboardInterrupt), LocalStack.start() as stack:
        print(
            f"""
MerchantApi   {stack.emulator.url}/live  with  Host: {stack.merchant.host}  (SigV4, any credentials)
AlipayApi     {stack.emulator.url}/live  with  Host: {stack.alipay_api_host}
Alipay        {stack.simulator}  (admin: {stack.simulator}/_sandbox/ledger), client id {CLIENT_ID}
AWS emulator  {stack.emulator.url}  table {stack.outputs["TableName"]}, bus {stack.outputs["EventBusName"]}
Ctrl-C stops everything.""",
            flush=True,
        )
        threading.Event().wait()
    print("stopped; nothing is left running", flush=True)


if __name__ == "__main__":
    main()
