//! Rows of the governing table.
