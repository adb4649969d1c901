"""WeChat Pay v3.

Sources: PyPI wechatpayv3 (third-party): core.py _verify_signature, utils.py rsa_verify; npm
wechatpay-node-v3 (third-party): dist/index.js verifySign.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import RSA

wechat_pay = Provider(
    name="wechat_pay",
    display="WeChat Pay v3",
    scheme=RSA(
        signature=Header("Wechatpay-Signature"),
        signs="{timestamp}\n{header:Wechatpay-Nonce}\n{body}\n",
        encoding="base64",
        timestamp=Header("Wechatpay-Timestamp"),
    ),
    event_type=Pointer("/event_type"),
    event_id=Pointer("/id"),
    key_id=Header("Wechatpay-Serial"),
    signed_ids=True,
    sure="third party",
    unconfirmed=frozenset({"tolerance"}),
)
