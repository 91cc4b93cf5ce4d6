"""This machine's clock, compared with the Date header of a server."""

import http.client
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from alipay_signing.doctor.findings import Finding, note, ok, wrong

TIMEOUT_SECONDS = 5.0
# Alipay publishes no tolerance; these are ours.
WORTH_A_LOOK_SECONDS, TOO_MUCH_SECONDS = 30.0, 300.0


def compare(url: str) -> Finding:
    """How far this machine's clock is from that of the server at *url* (one HEAD request, no redirect)."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return wrong("clock", f"{url!r} is no URL", "give --clock https://...")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("HEAD", parts.path or "/")
        date = connection.getresponse().headers.get("Date")
    except (OSError, http.client.HTTPException) as error:
        return note("clock", f"not compared: {parts.hostname} does not answer ({type(error).__name__})")
    finally:
        connection.close()
    try:
        theirs = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return note("clock", f"not compared: {parts.hostname} tells no time")
    return judge(time.time() - theirs, parts.hostname)


def judge(ahead: float, host: str) -> Finding:
    """What it means that this machine is *ahead* of *host* by that many seconds."""
    text = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} {host}"
    if abs(ahead) > TOO_MUCH_SECONDS:
        return wrong("clock", text, "set it, and keep it set (NTP): Alipay may refuse a Request-Time that is far off")
    if abs(ahead) > WORTH_A_LOOK_SECONDS:
        return note("clock", text, "keep it set (NTP)")
    return ok("clock", text)
