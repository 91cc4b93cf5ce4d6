"""The package as others see it."""

import os
import subprocess
import sys
from pathlib import Path

import alipay_signing

PACKAGE = Path(alipay_signing.__file__).parent


def test_the_public_surface_is_exactly_this() -> None:
    assert sorted(alipay_signing.__all__) == [
        "BadSignature",
        "KmsSigner",
        "LocalSigner",
        "Verifier",
        "canonical",
        "load_private_key",
        "load_public_key",
    ]


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_importing_it_imports_no_aws_sdk_and_no_other_package_than_cryptography() -> None:
    code = (
        "import sys; before = set(sys.modules); import alipay_signing; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(run.stdout.split())
    assert "alipay_signing" in loaded
    assert not loaded & {"boto3", "botocore"}
    public = {name for name in loaded if not name.startswith("_")}  # cryptography brings private extensions
    assert public - sys.stdlib_module_names == {"alipay_signing", "cryptography"}
