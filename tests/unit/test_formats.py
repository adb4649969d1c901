import dataclasses

import pytest

from hookkit import JSON, ConfigError, Form, Raw, Text
from hookkit.bodies import write_body
from hookkit.formats import JWS, Multipart, Pairs
from hookkit.multipart import encode_multipart


@pytest.mark.parametrize(
    ("form", "media"),
    [
        (JSON(), "application/json"),
        (Form(), "application/x-www-form-urlencoded"),
        (Pairs(), "application/x-www-form-urlencoded"),
        (Multipart(), "multipart/form-data"),
        (JWS(), "application/jwt"),
        (Text(), "text/plain"),
        (Raw(), "*/*"),
    ],
    ids=["json", "form", "pairs", "multipart", "jws", "text", "raw"],
)
def test_the_usual_media_type(form, media):
    """Each format stands for its usual media type where none is named."""
    assert form.media == (media,)


@pytest.mark.parametrize("form", [JSON(), Form(), Text(), Raw()], ids=repr)
def test_formats_are_values(form):
    """Equal by content, hashable and frozen, so that a provider is data."""
    same = dataclasses.replace(form)
    assert same == form
    assert hash(same) == hash(form)
    assert dataclasses.replace(form, media=("application/x",)) != form
    with pytest.raises(dataclasses.FrozenInstanceError):
        form.media = ()


def test_what_is_asked_for_by_name_only():
    """A batch, a JSON field and its being optional are off until they are declared."""
    assert not JSON().batch
    assert Form().json_field is None
    assert not Form().optional


@pytest.mark.parametrize(
    ("form", "payload", "body"),
    [
        (JSON(), {"a": "\u00fc"}, '{"a":"\u00fc"}'.encode()),
        (Form(), {"a": "1 2"}, b"a=1+2"),
        (Pairs(), [("a", "1"), ("a", "2")], b"a=1&a=2"),
        (Multipart(), {"a": "1"}, encode_multipart([("a", "1")], b"--b")),
        (Multipart(json_field="j"), {"a": 1}, encode_multipart([("j", '{"a": 1}')], b"--b")),
    ],
)
def test_bodies_that_can_be_written(form, payload, body):
    """For signing; one of several parts keeps the boundary of the one that it replaces."""
    assert write_body(form, payload, b"--b\r\n") == body


@pytest.mark.parametrize(
    ("form", "payload"),
    [
        (Form(), {"a": {"b": "1"}}),
        (Form(json_field="a"), {}),
        (Pairs(), {"a": "1"}),
        (Multipart(), {"a": 1}),
        (Raw(), b""),
        (JWS(), {}),
    ],
)
def test_bodies_that_cannot(form, payload):
    """A form has texts and nothing else."""
    with pytest.raises(ConfigError, match="can be written"):
        write_body(form, payload, b"--b\r\n")
