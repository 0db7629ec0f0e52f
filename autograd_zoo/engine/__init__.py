"""The engine: a Tensor that is its own node, a table of rules, and a sweep. It knows no module and draws nothing."""
