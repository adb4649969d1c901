"""Start the shop: python examples/shop_payments"""

import logging
import os
import sys

import django
import waitress
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

import hookkit

logging.basicConfig(level=logging.WARNING)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()
try:
    from shop.hooks import inbox, paypal, stripe
    from shop.models import Order
except hookkit.HookkitError as error:
    sys.exit(f"shop_payments: {error}; README.md says what each setting is")

DEMO = [
    ("1001", "A cup", 1999, "EUR"),
    ("1002", "A teapot", 4500, "EUR"),
    ("1003", "Six spoons", 1250, "USD"),
    ("1004", "Green tea, 1 kg", 3200, "JPY"),
]
call_command("migrate", verbosity=0)
if not Order.objects.exists():
    Order.objects.bulk_create(Order(*each) for each in DEMO)

hooks = {"/webhooks/stripe": stripe, "/webhooks/paypal": paypal}
application = hookkit.mount(get_wsgi_application(), hooks)
port = int(os.environ.get("PORT", "8000"))
print(f"shop_payments: http://127.0.0.1:{port}/", flush=True)
# At once, and not with the first delivery: what an earlier process has left is waiting.
inbox.work(threads=4)
waitress.serve(application, host="127.0.0.1", port=port, threads=8, _quiet=True)
