"""The one place that reads and writes the table.

Method names are promises to the business; the condition on a write is the concurrency control; DynamoDB types stay in here.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from autodebit.clock import SECOND, Instant
from autodebit.domain.polling_plan import Plan
from autodebit.repository.anomalies import anomaly
from autodebit.repository.authentications import Authentications
from autodebit.repository.authorizations import Authorizations
from autodebit.repository.cipher import TokenCipher, digest_of
from autodebit.repository.codes import CodeClaim, Codes
from autodebit.repository.declarations import Declarations
from autodebit.repository.disputes import Disputes
from autodebit.repository.due import DueIndex, DueItem
from autodebit.repository.grants import ACCESS_PREFIX, REFRESH_PREFIX, Grants, new_grant
from autodebit.repository.payments import Payments
from autodebit.repository.refunds import Refunds
from autodebit.repository.registrations import Registrations
from autodebit.repository.serialization import Kind, key_of
from autodebit.repository.stream import AnomalySeen, Change, StateChanged, TokenExpiring, state_changes
from autodebit.repository.table import Key, Table
from autodebit.repository.tracked_requests import RecordedUpdate

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_kms.client import KMSClient

__all__ = [
    "ACCESS_PREFIX",
    "REFRESH_PREFIX",
    "AnomalySeen",
    "Change",
    "CodeClaim",
    "DueItem",
    "Grants",
    "Kind",
    "RecordedUpdate",
    "Repository",
    "StateChanged",
    "TokenExpiring",
    "digest_of",
    "key_of",
    "new_grant",
    "state_changes",
]


class Repository:
    """All state of the bundle, and what is due of it."""

    def __init__(self, dynamodb: "DynamoDBClient", kms: "KMSClient", *, table: str, token_key: str, plan: Plan) -> None:
        # After a restore counters begin again below those that consumers have seen: epoch seconds are above all of them, and
        # above those that an earlier restore led to.
        rows = Table(dynamodb, table, versions_from=plan.restored_at // SECOND)
        cipher = TokenCipher(kms, token_key)
        self.payments = Payments(rows, plan)
        self.refunds = Refunds(rows, plan, self.payments)
        self.declarations = Declarations(rows, plan)
        self.grants = Grants(rows, cipher, plan)
        self.registrations = Registrations(rows, plan)
        self.disputes = Disputes(rows)
        self.authorizations = Authorizations(rows, self.grants)
        self.codes = Codes(rows, cipher, self.grants, self.authorizations, plan)
        self.authentications = Authentications(rows)
        self.due = DueIndex(rows)
        self._rows = rows

    def record_unreadable(self, operation: str, reason: str, facts: Mapping[str, str], at: Instant) -> None:
        """Keep that a proven notification of *operation* could not be read; *facts* hold nothing that may be secret.

        Raises:
            StoreUnavailable: the table did not answer.
        """
        self._rows.write(anomaly(Key(f"notification#{operation}"), reason, at, facts))
