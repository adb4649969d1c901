"""Start the shop: python examples/shop_payments"""

import logging
import os
import sys

import django
import waitress
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

import hookkit

logging.basicConfig(level=logging.WARNING)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
try:
    django.setup()
    from shop.hooks import inbox, paypal, stripe
    from shop.models import Order
except (hookkit.HookkitError, ImproperlyConfigured, OSError) as error:
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
try:
    server = waitress.create_server(application, host="127.0.0.1", port=settings.PORT, threads=8)
except OSError as error:
    sys.exit(f"shop_payments: PORT={settings.PORT}: {error}")
print(f"shop_payments: http://127.0.0.1:{settings.PORT}/", flush=True)
# At once, and not with the first delivery: what an earlier process has left is waiting.
inbox.work(threads=4)
server.run()
