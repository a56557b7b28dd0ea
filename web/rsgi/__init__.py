"""Serves WSGI applications over Granian's RSGI: an event loop receives requests, threads answer them.

Granian's own WSGI mode gives a request a thread as soon as its headers have arrived, and waits for the body without a
deadline. With this package, a request gets a thread once its body is complete. RSGI:
https://github.com/emmett-framework/granian
"""
