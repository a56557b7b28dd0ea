"""The transition rules of a recovery, with one module for each subject."""
