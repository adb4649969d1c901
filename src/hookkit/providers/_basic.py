"""Generic basic.

Sources: https://www.rfc-editor.org/rfc/rfc7617.
"""

from hookkit.formats import JSON, Form, Raw, Text
from hookkit.provider import Provider
from hookkit.schemes import Basic

basic = Provider(
    name="basic",
    display="Generic basic",
    docs="https://www.rfc-editor.org/rfc/rfc7617",
    scheme=Basic(),
    accepts=(JSON(batch=True), Form(), Text(), Raw()),
)
