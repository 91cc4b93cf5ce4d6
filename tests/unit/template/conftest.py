"""The template as it is written, and as SAM's own translator expands it."""

import json
import subprocess
from typing import Any

import pytest

from tests.support.template import ROOT, load

_TRANSLATE = """
import json, sys
import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform
class NoManagedPolicies:
    def load(self):
        return {}
boto3.setup_default_session(region_name="us-east-1")
template = json.loads(json.dumps(yaml_parse(open(sys.argv[1], encoding="utf-8").read())))
for resource in template["Resources"].values():  # `sam package` would have put the code there
    for name in {"CodeUri", "ContentUri"} & set(resource["Properties"]):
        resource["Properties"][name] = "s3://bucket/key"
parameters = {"AlipayClientId": "SANDBOX_5Y0000000000000001"}
print(json.dumps(transform(template, parameters, NoManagedPolicies()), default=str))
"""


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """template.yaml with short forms written out."""
    return load()


@pytest.fixture(scope="session")
def expanded() -> dict[str, Any]:
    """template.yaml after the SAM transform: what CloudFormation is given."""
    python = ROOT / ".tools" / "sam" / "bin" / "python"
    if not python.exists():
        pytest.fail("SAM is not installed: run `make setup`", pytrace=False)
    command = [str(python), "-W", "ignore", "-c", _TRANSLATE, str(ROOT / "template.yaml")]
    translated = subprocess.run(command, capture_output=True, text=True, check=False)
    assert translated.returncode == 0, translated.stderr
    answer: dict[str, Any] = json.loads(translated.stdout.splitlines()[-1])
    return answer
