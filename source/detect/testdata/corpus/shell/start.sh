#!/bin/sh
exec python3 serve.py
