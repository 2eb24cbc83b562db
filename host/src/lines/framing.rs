//! Bytes to whole lines.
