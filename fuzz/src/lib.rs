//! The targets' bodies, shared with the tests of the root package, which run them over the seeds.

#[path = "../../tests/fuzz/targets/mod.rs"]
pub mod targets;
