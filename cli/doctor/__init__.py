"""`slots doctor`: looks at every setting and every dependency, and says what to do about what is wrong."""
