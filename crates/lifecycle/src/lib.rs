//! Lifecycles as data: the pure decisions of the operator.
