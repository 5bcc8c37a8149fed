//! Names: against hosts, as one line, hashed, abbreviated.

use crate::report::Report;
use serde_json::Value;

pub fn hosts(_file: &Value, _report: &mut Report<'_>) {}

pub fn one_lines(_file: &Value, _report: &mut Report<'_>) {}

pub fn hashes(_file: &Value, _report: &mut Report<'_>) {}

pub fn short_names(_file: &Value, _report: &mut Report<'_>) {}
