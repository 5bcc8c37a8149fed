//! The machine that the figures are of.

use std::fs;
use std::process::Command;

use crate::library::Column;

/// Features of x86 and Arm CPUs that the libraries choose their code by.
const FEATURES: [&str; 16] = [
    "aes",
    "pclmulqdq",
    "avx",
    "avx2",
    "adx",
    "bmi2",
    "sha_ni",
    "vaes",
    "vpclmulqdq",
    "avx512f",
    "avx512vl",
    "avx512ifma",
    "asimd",
    "pmull",
    "sha2",
    "sha3",
];

/// Returns a line for each fact: its name and its value.
pub fn facts<'a>(columns: impl Iterator<Item = &'a Column>) -> Vec<(&'static str, String)> {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |names: [&str; 2]| {
        let line = cpu.lines().find(|line| names.iter().any(|name| line.starts_with(name)));
        line.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, value)| value)
    };
    let flags = field(["flags", "Features"]);
    let features =
        flags.split(' ').filter(|flag| FEATURES.contains(flag)).collect::<Vec<_>>().join(" ");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut libraries: Vec<String> = Vec::new();
    for column in columns {
        let version = if column.is_tlsql() {
            format!("tlsql {}", column.measured.version())
        } else {
            column.measured.version()
        };
        if !libraries.contains(&version) {
            libraries.push(version);
        }
    }
    vec![
        ("CPU", field(["model name", "CPU part"]).to_owned()),
        ("features", features),
        ("cores", cores.to_string()),
        ("load before the run", load.split(' ').take(3).collect::<Vec<_>>().join(" ")),
        ("system", first_line("uname", &["-srm"])),
        ("valgrind", first_line("valgrind", &["--version"])),
        ("libraries", libraries.join("; ")),
    ]
}

/// Whether the CPU has AVX-512.
pub fn has_avx512() -> bool {
    fs::read_to_string("/proc/cpuinfo").unwrap_or_default().contains(" avx512f ")
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().map(|output| output.stdout);
    let text = output.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    text.ok().and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or("none".into())
}
