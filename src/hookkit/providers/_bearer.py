"""Generic bearer.

Sources: https://www.rfc-editor.org/rfc/rfc6750.
"""

from hookkit.formats import JSON, Form, Raw, Text
from hookkit.provider import Provider
from hookkit.schemes import Bearer

bearer = Provider(
    name="bearer",
    display="Generic bearer",
    docs="https://www.rfc-editor.org/rfc/rfc6750",
    scheme=Bearer(),
    accepts=(JSON(batch=True), Form(), Text(), Raw()),
)
