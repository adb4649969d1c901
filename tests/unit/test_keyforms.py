import base64

import pytest

from hookkit import ConfigError
from hookkit.schemes.keyforms import KEY_FORMS, SHORTEST

KEY = bytes(range(24))
B64 = base64.b64encode(KEY)

READ = [
    ("text", b"abc", b"abc"),
    ("text", b" abc\n", b" abc\n"),
    ("text", b"\xff\xfe", b"\xff\xfe"),
    ("text", b"whsec_" + B64, b"whsec_" + B64),
    ("hex", b"00ff", b"\0\xff"),
    ("hex", b"00FF", b"\0\xff"),
    ("hex", KEY.hex().encode(), KEY),
    ("base64", B64, KEY),
    ("base64", b"AA==", b"\0"),
    ("base64", b"AA", b"\0"),
    ("base64", b"AA=", b"\0"),
    ("base64", b"+/+/", b"\xfb\xff\xbf"),
    ("whsec", b"whsec_" + B64, KEY),
    ("whsec", B64, KEY),
    ("whsec", b"whsec_" + base64.b64encode(b"a" * SHORTEST), b"a" * SHORTEST),
    ("whsec", b"whsec_" + base64.b64encode(b"a" * SHORTEST).rstrip(b"="), b"a" * SHORTEST),
]


@pytest.mark.parametrize(("form", "secret", "key"), READ, ids=[str(row[:2]) for row in READ])
def test_the_key_that_a_secret_stands_for(form, secret, key):
    """In the form that the provider declares, never guessed from the text."""
    assert KEY_FORMS[form](secret) == key


REFUSED = [
    ("hex", b"0", "not hexadecimal"),
    ("hex", b"0x00", "not hexadecimal"),
    ("hex", b"00 ff", "not hexadecimal"),
    ("hex", b"00ff\n", "not hexadecimal"),
    ("hex", b"zz", "not hexadecimal"),
    ("hex", b"\xff\xff", "not hexadecimal"),
    ("hex", b"00:ff", "not hexadecimal"),
    ("base64", b"A", "not base64"),
    ("base64", b"AAAAA", "not base64"),
    ("base64", b"AA-_", "not base64"),
    ("base64", b"AAAA\n", "not base64"),
    ("base64", b"A A=", "not base64"),
    ("base64", b"AA==AA==", "not base64"),
    ("base64", b"====", "not base64"),
    ("base64", b"\xff\xff\xff\xff", "not base64"),
    ("base64", b"whsec_" + B64, "not base64"),
    ("whsec", b"whsec_", "base64 of nothing"),
    ("whsec", b"whsec_!", "not base64"),
    ("whsec", b"whsec_" + base64.b64encode(b"a" * (SHORTEST - 1)), "fewer than 16 bytes"),
    ("whsec", b"whsec_AAAA", "fewer than 16 bytes"),
    ("whsec", b"WHSEC_" + B64, "not base64"),
    ("whsec", b"whsec_whsec_" + B64, "not base64"),
]


@pytest.mark.parametrize(
    ("form", "secret", "said"),
    REFUSED,
    ids=[f"{form} {secret!r}"[:40] for form, secret, _ in REFUSED],
)
def test_what_is_not_of_the_form(form, secret, said):
    """Is refused with what to do, and the text of the secret is in no part of the error."""
    with pytest.raises(ConfigError, match=f"{said}.*copy it again") as caught:
        KEY_FORMS[form](secret)
    assert secret.decode("latin-1") not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_forms():
    """No more and no fewer, and nobody can add one at run time."""
    assert set(KEY_FORMS) == {"text", "hex", "base64", "whsec"}
    with pytest.raises(TypeError):
        KEY_FORMS["rot13"] = bytes  # type: ignore[index]
