"""The parts of `benchmarks/peers.py`: workloads, hand-written floors, timing, and what is printed."""
