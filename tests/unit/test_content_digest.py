import base64
import hashlib

import pytest

from hookkit.errors import MalformedCredential, WrongCredential
from hookkit.schemes.content_digest import check_digest, write_digest

# RFC 9421 appendix B.2: the body of test-request and its digest.
BODY = b'{"hello": "world"}'
SHA_512 = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
# RFC 9530 appendix B.1: the same body with a newline.
SHA_256 = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
OTHER = base64.b64encode(hashlib.sha256(b"other").digest()).decode()


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (SHA_512, BODY),
        (SHA_256, BODY + b"\n"),
        (f"{write_digest(BODY)},{SHA_512}", BODY),
        (f"md5=:AAAA:, {SHA_512}, crc32c=:AAAA:", BODY),
        (f"{SHA_512};later=1", BODY),
        (write_digest(b""), b""),
    ],
)
def test_a_right_digest(text, body):
    """Every known one is right; the others say nothing."""
    check_digest(text, body)


@pytest.mark.parametrize(
    "text",
    [
        f"sha-256=:{OTHER}:",
        f"{SHA_512}, sha-256=:{OTHER}:",
        f"sha-256=:{OTHER}:, {SHA_512}",
        SHA_256,
        "sha-512=:AAAA:",
        "sha-512=::",
    ],
)
def test_a_wrong_digest(text):
    """One is enough."""
    with pytest.raises(WrongCredential):
        check_digest(text, BODY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "md5=:AAAA:",
        "sha=:AAAA:",
        "SHA-256=:AAAA:",
        "sha-256",
        "sha-256=AAAA",
        'sha-256="AAAA"',
        "sha-256=(:AAAA:)",
        f"{SHA_512}, md5=1",
        f"{SHA_512}, {SHA_512}",
        f"{SHA_512},",
        "sha-512=:WZDP",
    ],
)
def test_no_digest(text):
    """No known one, or not of the form."""
    with pytest.raises(MalformedCredential):
        check_digest(text, BODY)


def test_what_is_written():
    """SHA-256 of the body."""
    assert write_digest(BODY + b"\n") == SHA_256
