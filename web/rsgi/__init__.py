"""Serves WSGI applications over Granian's RSGI. An event loop receives requests, and threads handle them.

Granian's WSGI mode assigns a thread to a request as soon as the headers have arrived, and waits for the body without
a deadline. With this package, a request is assigned a thread when its body is complete. RSGI is specified at
https://github.com/emmett-framework/granian.
"""
