"""Look for what is wrong with a merchant's keys and addresses, or with a signature that does not hold.

One line for each check; the exit status is 1 when something is to be mended.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from alipay_signing.doctor import clock
from alipay_signing.doctor.configuration import Configuration, examine, examine_keys
from alipay_signing.doctor.files import head_in, json_in, text_of
from alipay_signing.doctor.findings import Finding, Verdict
from alipay_signing.doctor.signature import Message, algorithm, diagnose

KEY_FILES = {
    "private_key": "merchant-private.pem",
    "public_key": "merchant-public.pem",
    "alipay_public_key": "alipay-public.pem",
}
KINDS = ("request", "response", "notification")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m alipay_signing.doctor", description=__doc__)
    keys = parser.add_argument_group("keys (PEM or bare base64)")
    keys.add_argument("--keys", type=Path, metavar="DIR", help=f"folder with {', '.join(KEY_FILES.values())}")
    keys.add_argument(
        "--secret", type=Path, metavar="FILE", help="JSON with privateKey and alipayPublicKeys, as the bundle's secret"
    )
    keys.add_argument("--private-key", type=Path, metavar="FILE", help="yours")
    keys.add_argument("--public-key", type=Path, metavar="FILE", help="yours, as uploaded to the dashboard")
    keys.add_argument(
        "--alipay-public-key", action="append", default=[], metavar="[VERSION=]FILE", help="may be repeated"
    )
    config = parser.add_argument_group("configuration")
    config.add_argument("--client-id")
    config.add_argument("--gateway-url", help="https://open-sea-global.alipay.com, with or without /ams/sandbox/api")
    config.add_argument("--notify-url", action="append", default=[], help="may be repeated")
    config.add_argument("--clock", metavar="URL", help="compare this machine's clock with that server's")
    message = parser.add_argument_group("a message whose signature does not hold")
    message.add_argument("--message", choices=KINDS, help="what it is")
    message.add_argument(
        "--headers",
        type=Path,
        metavar="FILE",
        help="'Name: value' lines, the request line may stand first; also curl -v, JSON, or CGI names",
    )
    message.add_argument("--body", type=Path, metavar="FILE", help="its bytes as they came")
    message.add_argument("--path", help="the path that was called; of a response, that of its request")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        findings = _findings(given)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    for finding in findings:
        print(finding)
    if not findings:
        parser.error("nothing to look at: give keys, a client id, URLs or a message")
    return int(any(finding.verdict is Verdict.WRONG for finding in findings))


def _findings(given: argparse.Namespace) -> list[Finding]:
    configuration = _configuration(given)
    findings = examine(configuration)
    if given.clock:
        findings.append(clock.compare(given.clock))
    if given.message:
        if not (given.headers and given.body):
            raise ValueError("--message needs --headers and --body")
        message = _message(given)
        keys = examine_keys(configuration)[1]
        paths = tuple(urlsplit(url).path for url in configuration.notify_urls)
        findings += algorithm(message.headers.get("signature", ""))
        findings += diagnose(message, keys, configuration.client_id, paths)
    return findings


def _configuration(given: argparse.Namespace) -> Configuration:
    texts: dict[str, str | None] = {"private_key": None, "public_key": None}
    alipays = dict[str, str]()
    if given.keys:
        present = {name: given.keys / file for name, file in KEY_FILES.items() if (given.keys / file).exists()}
        if not present:
            raise ValueError(f"{given.keys} has none of {', '.join(KEY_FILES.values())}")
        read = {name: text_of(path) for name, path in present.items()}
        texts |= {name: read.get(name) for name in texts}
        alipays |= {"1": read["alipay_public_key"]} if "alipay_public_key" in read else {}
    if given.secret:
        secret = json_in(text_of(given.secret))
        if not isinstance(secret, dict):
            raise ValueError(f"{given.secret} is not a JSON object")
        texts["private_key"] = secret.get("privateKey", texts["private_key"])
        published = secret.get("alipayPublicKeys", {})
        published = json_in(published) if isinstance(published, str) else published
        if not isinstance(published, dict):
            raise ValueError(
                f'{given.secret}: alipayPublicKeys must be an object such as {{"1": "<Alipay\'s public key>"}}'
            )
        alipays |= {str(version): str(key) for version, key in published.items()}
    for name in texts:
        path = getattr(given, name)
        texts[name] = text_of(path) if path else texts[name]
    for pair in given.alipay_public_key:
        version, equals, path = pair.rpartition("=")
        alipays[version if equals else "1"] = text_of(Path(path))
    return Configuration(
        private_key=texts["private_key"],
        public_key=texts["public_key"],
        alipay_public_keys=alipays,
        client_id=given.client_id,
        gateway_url=given.gateway_url,
        notify_urls=given.notify_url,
    )


def _message(given: argparse.Namespace) -> Message:
    head = head_in(text_of(given.headers), of_response=given.message == "response")
    path = given.path or head.path
    if not path:
        raise ValueError("--path is needed: the path is part of what is signed")
    return Message(given.message, head.headers, given.body.read_bytes(), path, head.method)


if __name__ == "__main__":
    sys.exit(main())
