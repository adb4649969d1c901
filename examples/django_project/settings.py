import logging

logging.basicConfig(level=logging.INFO)

# Or Django sets the clock of the whole process, and so of its logs, to Chicago's.
TIME_ZONE = "UTC"
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
# Only for middleware that reads request.body. hookkit reads the stream, up to the provider's limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
