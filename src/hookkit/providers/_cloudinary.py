"""Cloudinary.

Sources: npm cloudinary: lib/utils/index.js webhook_signature, verifyNotificationSignature; PyPI
cloudinary: utils.py; https://cloudinary.com/documentation/notification_signatures.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Digest

cloudinary = Provider(
    name="cloudinary",
    display="Cloudinary",
    docs="https://cloudinary.com/documentation/notification_signatures",
    scheme=Digest(
        signature=Header("X-Cld-Signature"),
        algorithm="sha1",
        signs="{body}{timestamp}{secret}",
        timestamp=Header("X-Cld-Timestamp"),
        tolerance=7200,
    ),
    event_type=Pointer("/notification_type"),
    separator="_",
)
