"""A one-time password for a wallet's owner: initAuthentication and verifyAuthentication (/v1/users/...)."""

from __future__ import annotations

from typing import Annotated, Literal

from autodebit.contract.model import RequestModel, ResponseModel
from autodebit.contract.response_types import Result
from autodebit.contract.scalars import AnsweredFlag, AnsweredText, Id64, Id128, Id256, Open


class InitAuthenticationRequest(RequestModel):
    """Has the wallet send a password; userIdentityValue is the access token, authenticationRequestId the idempotency key."""

    authentication_type: Literal["OTP"]
    authentication_request_id: Id64
    authentication_channel_type: Annotated[Literal["EMAIL", "SMS"], Open]
    user_identity_type: Literal["WALLET_TOKEN"]
    user_identity_value: Id128


class InitAuthenticationResponse(ResponseModel):
    result: Result | None = None
    authentication_request_id: AnsweredText | None = None


class VerifyAuthenticationRequest(RequestModel):
    """The password that the user typed, under the authenticationRequestId of the initAuthentication that sent it."""

    authentication_type: Literal["OTP"]
    authentication_request_id: Id64
    authentication_value: Id256


class VerifyAuthenticationResponse(ResponseModel):
    """S alone is no pass: is_passed must be true."""

    result: Result | None = None
    is_passed: AnsweredFlag | None = None
