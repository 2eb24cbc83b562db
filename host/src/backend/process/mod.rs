//! A plain process on this machine.
