"""Uploadcare.

Sources: uploadcare/uploadcare-ruby:spec/uploadcare/param/webhook_signature_verifier_spec.rb;
uploadcare/uploadcare-ruby:README.md; https://uploadcare.com/docs/security/secure-webhooks/.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

uploadcare = Provider(
    name="uploadcare",
    display="Uploadcare",
    docs="https://uploadcare.com/docs/security/secure-webhooks/",
    scheme=HMAC(signature=Header("X-Uc-Signature"), layout="v1={signature}"),
    event_type=Pointer("/hook/event"),
)
