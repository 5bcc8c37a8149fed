#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tlsql_fuzz::targets::tickets::run(data));
