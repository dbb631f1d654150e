//! Tests of private parts.
