//! Every limit on a plugin, in one place. None can be switched off.
