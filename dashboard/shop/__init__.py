"""The shop's pages under /app, where staff sign in with a code."""
