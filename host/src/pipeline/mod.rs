//! Lines through the filters to the sink.
