"""`make bench`: the measures there are."""

from benchmarks.latency import main

main()
