"""What can go wrong, as facts: may Alipay have acted, and may the caller try again? No error holds a body."""


class AutoDebitError(Exception):
    """Any failure of this package."""


class ConfigurationError(AutoDebitError):
    """The deployment is incomplete or wrong; the message names the setting and what to do, never its value."""


class GatewayError(AutoDebitError):
    """A call to Alipay ended without an answer that we may act on."""

    def __init__(self, operation: str, reason: str, *, may_have_acted: bool, hint: str = "") -> None:
        super().__init__(f"{operation}: {reason}")
        self.operation = operation
        self.reason = reason
        self.may_have_acted = may_have_acted
        """False only where no byte of the request can have reached Alipay."""
        self.hint = hint
        """The result code of an answer that could not be trusted: a clue for people, never a fact."""


class StoreUnavailable(AutoDebitError):
    """The table did not take a read or a write; what was asked may be asked again."""


class RequestRejected(AutoDebitError):
    """We refuse the request ourselves; nothing was sent to Alipay."""

    def __init__(self, http_status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.http_status = http_status
        self.code = code
        self.message = message
