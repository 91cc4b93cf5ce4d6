"""Start-up: importing costs no connection, the real composition root works, and a wrong one says what is wrong."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autodebit import runtime as composition
from autodebit.config import Settings
from autodebit.errors import ConfigurationError
from tests.flows.conftest import Logged
from tests.handlers.conftest import API_SECONDS, FakeContext, handler_of
from tests.support.engines import Engine
from tests.support.events import ROOT, call, sample
from tests.support.keys import texts
from tests.support.world import CLIENT_ID, World

FUNCTIONS = sorted(folder.parent.name for folder in ROOT.glob("functions/*/app.py"))
_IMPORT_ALL = """
import importlib.util, socket, sys
from pathlib import Path

def refuse(*_, **__):
    raise AssertionError("the network was touched")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
import botocore.session
botocore.session.Session.create_client = refuse
for path in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location("function_" + Path(path).parent.name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert callable(module.handler)
from autodebit.runtime import publisher, runtime
assert runtime.cache_info().currsize == publisher.cache_info().currsize == 0
print("imported")
"""


def test_importing_a_handler_touches_no_network_and_makes_no_client() -> None:
    paths = [str(ROOT / "functions" / name / "app.py") for name in FUNCTIONS]
    layers = os.pathsep.join(str(ROOT / "layers" / layer) for layer in ("signing", "autodebit"))
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL, *paths],
        env={"PYTHONPATH": layers, "PATH": os.environ["PATH"], "POWERTOOLS_METRICS_NAMESPACE": "x"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "imported\n", "")


# --- the deployed composition root


Deploy = Callable[..., None]


@pytest.fixture
def deploy(world: World, emulator_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """Sets the environment of a function on the emulator, with *secret* as its keys."""
    client = emulator_engine.client("secretsmanager")

    def run(secret: str | None = None, **environment: str | None) -> None:
        name = f"keys-{uuid.uuid4().hex}"
        client.create_secret(Name=name, SecretString=secret or json.dumps(keys()))
        variables: dict[str, str | None] = {
            "AWS_ENDPOINT_URL": emulator_engine.url,
            "TABLE_NAME": world.table,
            "ALIPAY_CLIENT_ID": CLIENT_ID,
            "ALIPAY_GATEWAY_URL": "http://127.0.0.1:9",
            "ALIPAY_KEYS_SECRET": name,
            "TOKEN_KEY_ID": world.token_key,
            **environment,
        }
        for variable, value in variables.items():
            if value is None:
                monkeypatch.delenv(variable, raising=False)
            else:
                monkeypatch.setenv(variable, value)

    composition.runtime.cache_clear()
    yield run
    composition.runtime.cache_clear()


def keys(**changed: Any) -> dict[str, Any]:
    return {
        "privateKey": texts()["merchant"]["private_pkcs8_b64"],
        "keyVersion": "1",
        "alipayPublicKeys": {"1": texts()["alipay_simulated"]["public_spki_b64"]},
        **changed,
    }


def run(name: str) -> dict[str, Any]:
    answered: dict[str, Any] = handler_of(name)(sample(name), FakeContext(name, API_SECONDS))
    return answered


def test_the_deployed_parts_work_together(deploy: Deploy, world: World) -> None:
    deploy()
    answered = run("pay")
    assert answered["statusCode"] == 503  # nobody listens on that port: certainly nothing was sent
    assert json.loads(answered["body"])["result"]["resultStatus"] == "U"
    assert "PAY-1" in world.all_text()
    assert isinstance(composition.runtime().settings, Settings)
    assert composition.runtime() is composition.runtime()


@pytest.mark.parametrize(
    ("secret", "named"),
    [
        ("not json", "JSON object"),
        (json.dumps(keys(privateKey=None)), "privateKey"),
        (json.dumps(keys(privateKey="MIIEvSecretAndBroken")), "privateKey"),
        (json.dumps(keys(privateKey=texts()["merchant"]["public_spki_b64"])), "privateKey: this is a public key"),
        (json.dumps(keys(alipayPublicKeys={})), "alipayPublicKeys"),
    ],
)
def test_a_wrong_secret_fails_every_invocation_with_what_is_wrong(
    deploy: Deploy, logged: Logged, world: World, secret: str, named: str
) -> None:
    deploy(secret)
    for name in ("pay", "notify_payment", "poll_payments"):
        with pytest.raises(ConfigurationError, match=named) as caught:
            run(name)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    told = logged()
    assert told.count('"message":"configuration"') == 3
    assert named in told
    for text in ("MIIEvSecretAndBroken", texts()["merchant"]["private_pkcs8_b64"][:40]):
        assert text not in told
    assert world.all_text() == "[]"


def test_a_secret_that_is_not_there_is_named(deploy: Deploy) -> None:
    deploy(ALIPAY_KEYS_SECRET="no-such-secret")
    with pytest.raises(ConfigurationError, match="ALIPAY_KEYS_SECRET cannot be read"):
        run("pay")


def test_once_mended_the_next_invocation_works(deploy: Deploy) -> None:
    deploy("{}")
    with pytest.raises(ConfigurationError):
        run("pay")
    deploy()
    assert run("pay")["statusCode"] == 503


@pytest.mark.parametrize(
    "name", ["TABLE_NAME", "ALIPAY_CLIENT_ID", "ALIPAY_GATEWAY_URL", "ALIPAY_KEYS_SECRET", "TOKEN_KEY_ID"]
)
def test_a_missing_variable_is_named(deploy: Deploy, name: str) -> None:
    deploy(**{name: None})
    with pytest.raises(ConfigurationError, match=name):
        run("inquiry_payment")


def test_a_request_is_read_only_once_the_configuration_is_sound(deploy: Deploy) -> None:
    deploy("{}")
    with pytest.raises(ConfigurationError):
        handler_of("pay")(call("pay", "no json"), FakeContext("pay", API_SECONDS))
