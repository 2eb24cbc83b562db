//! What a user lets a plugin do.
