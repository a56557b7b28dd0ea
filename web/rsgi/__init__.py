"""Serves WSGI applications over Granian's RSGI: requests are received on an event loop, answered in threads.

Granian's own WSGI gives a request a thread as soon as its headers are there, and it waits for the body without
a deadline. Here a request gets a thread when its body has arrived. RSGI: https://github.com/emmett-framework/granian
"""
