"""The hand-written NumPy step of a workload: forward and closed-form backward, no tape. What a tape cannot beat."""
