import os

SECRET_KEY = os.environ.get("SECRET_KEY", "not-secret")
ALLOWED_HOSTS = [".localhost"]
ROOT_URLCONF = "site_of.urls"
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "static/"
STATIC_ROOT = "collected"
WSGI_APPLICATION = "site_of.wsgi.application"
