"""The engine: a Tensor that is its own node, a table of rules, and a sweep. It knows no module and draws nothing.

========  =====================================================================================================
beneath   text around assign at namespace methods writes values guard: they know no Tensor
core      names mode rules functions graph unfold careful errors outside sweep tensor: recording and sweeping
tools     primitive tape complexes transforms anomaly check checker scoped: built on it; nobody in the core imports them
========  =====================================================================================================

A file imports from its own line and those above it. To understand the engine read mode, rules, tensor and sweep.
"""
