"""The simulator keeps to this machine: no page of somebody else reaches what orders money about."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from sandbox.alipay.journal import masked
from tests.sandbox.conftest import Start


def ask(url: str, method: str, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, path, body=json.dumps({"speed": 1}) if method == "POST" else None, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


FOREIGN = {
    "a name that leads here": {"Host": "evil.example"},
    "a page of somebody else": {"Origin": "https://evil.example"},
    "a page without an origin": {"Origin": "null"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize(("method", "path"), [("GET", "/_sandbox/ledger"), ("POST", "/_sandbox/clock")])
def test_the_admin_interface_refuses_what_comes_from_elsewhere(
    start: Start, headers: dict[str, str], method: str, path: str
) -> None:
    status, text, _ = ask(start().url, method, path, **headers)
    assert (status, "error" in json.loads(text)) == (403, True)


def test_programs_and_its_own_pages_are_admitted(start: Start) -> None:
    url = start().url
    assert ask(url, "GET", "/_sandbox/ledger")[0] == 200
    assert ask(url, "GET", "/_sandbox/ledger", Origin=url)[0] == 200
    assert ask(url, "GET", "/_sandbox/ledger", Host="localhost")[0] == 200


def test_a_browser_at_the_root_is_led_to_the_console_and_leaves_no_call(start: Start) -> None:
    simulator = start()
    status, _, headers = ask(simulator.url, "GET", "/", Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (status, headers["Location"]) == (303, "/console")
    assert ask(simulator.url, "GET", "/favicon.ico")[0] == 204
    assert simulator.journal.entries() == []


def test_personal_data_is_masked_in_the_journal() -> None:
    told = {
        "buyerEmail": "anna@example.com",
        "buyerPhoneNo": "0917000111",
        "address1": "1 Long Street",
        "zipCode": "1000",
    }
    assert set(masked(told).values()) == {"anna…", "0917…", "1 Lo…", "…"}
    assert "anna@example.com" not in masked(json.dumps(told))
