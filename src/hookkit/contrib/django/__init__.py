"""A Django app for the table of `hookkit.marks`: ``"hookkit.contrib.django"`` in INSTALLED_APPS."""
