//! What a transform changed, as a person reads it.
