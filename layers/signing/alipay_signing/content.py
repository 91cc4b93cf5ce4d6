"""The bytes that a signature covers."""


def canonical(method: str, path: str, client_id: str, time: str, body: bytes) -> bytes:
    r"""The content to be signed: ``<method> <path>\n<client_id>.<time>.<body>``, nothing before or after.

    The same form serves all three directions; what differs is where *path* and *time* come from:

    ============  ===========================================  ======================
    message       path                                         time
    ============  ===========================================  ======================
    request       as called, ``/sandbox`` included             Request-Time header
    response      of the request it answers                    Response-Time header
    notification  of the URL that was registered with Alipay   Request-Time header
    ============  ===========================================  ======================

    Args:
        method: ``POST`` for every message; taken as it is.
        path: path without scheme and host; a query, if there is one, belongs to it.
        client_id: the Client-Id header.
        time: the header's text as it stands, never parsed and written again.
        body: the raw bytes of the body.

    Any text is taken, lone surrogates included: whatever came in a header, this does not raise; such content
    only fits no signature.

    Source: https://global.alipay.com/docs/ac/ams/digital_signature, "Construct the content to be signed".

    Example:
        >>> canonical("POST", "/notify", "T_1", "2023-06-01T06:13:05Z", b'{"a": 1}')
        b'POST /notify\nT_1.2023-06-01T06:13:05Z.{"a": 1}'
    """
    head = f"{method} {path}\n{client_id}.{time}."
    return head.encode("utf-8", "surrogatepass") + body
