"""Excludes the objects that exist after the imports from garbage collection."""

import gc


def exclude_imported() -> None:
    """Excludes all current objects from garbage collection, which would otherwise visit them again and again.

    A full collection visits all other objects, and stops every thread of the process meanwhile. In a process that
    forks, a collection would also write to memory pages that the forks share. Call this after all imports and before
    the first request, task or fork.
    """
    gc.collect()
    gc.freeze()
