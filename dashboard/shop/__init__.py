"""The shop's pages, under /app. Staff sign in with a code."""
