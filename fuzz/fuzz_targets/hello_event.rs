#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tlsql_fuzz::targets::hello_event::run(data));
