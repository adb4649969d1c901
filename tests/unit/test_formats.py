import dataclasses

import pytest

from hookkit import JSON, Form, Raw, Text
from hookkit.formats import JWS, Multipart, Pairs


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
