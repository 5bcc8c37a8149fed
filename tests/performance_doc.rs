//! `docs/performance.md` has the gates of the harness, and says of each what its figures say.

use std::collections::BTreeMap;
use std::fs;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A row of the table of gates.
struct Gate {
    name: String,
    limit: String,
    figure: String,
    verdict: String,
}

#[test]
fn every_gate_of_the_harness_has_a_row() {
    let source = read("benches/performance/src/gates.rs");
    let table = source.split_once("const GATES: &[Gate] = &[").unwrap().1;
    let calls = table.split_once("\n];").unwrap().0;
    let limits: Vec<f64> = calls
        .lines()
        .filter(|line| line.ends_with("),"))
        .map(|line| line.trim_end_matches("),").rsplit(", ").next().unwrap().parse().unwrap())
        .collect();
    let rows: Vec<f64> = gates().iter().map(|gate| number(&gate.limit)).collect();
    assert!(limits.len() > 20, "{limits:?}");
    assert_eq!(limits, rows, "TLSQL_WRITE_DOCS=1 make bench");
}

#[test]
fn a_verdict_is_what_the_figure_says() {
    let text = read("docs/performance.md");
    for gate in gates() {
        let (limit, name) = (number(&gate.limit), &gate.name);
        let expected = match (gate.figure.as_str(), gate.limit.starts_with("at most")) {
            ("–", _) => "not measured",
            _ if !is_for(name, text.contains(" avx512f ")) => "not judged",
            (figure, true) if number(figure) <= limit => "held",
            (figure, false) if number(figure) >= limit => "held",
            _ => "missed",
        };
        // A figure of two digits may be rounded to its limit.
        let is_even = gate.figure != "–" && number(&gate.figure) == limit;
        assert!(gate.verdict == expected || is_even, "{name}: {expected}");
    }
}

/// Whether a gate is for CPUs with AVX-512, or for those without: OpenSSL has AES-GCM and ChaCha20 for
/// it, AWS-LC AES-GCM, and ring none.
fn is_for(gate: &str, has_avx512: bool) -> bool {
    let is_gcm = gate.contains("-GCM, 16 KiB") && gate.ends_with("OpenSSL 3.5");
    match (gate.contains("over AWS-LC"), is_gcm || gate.contains("ChaCha20")) {
        (true, _) => has_avx512,
        (false, depends) => !depends || !has_avx512,
    }
}

#[test]
fn the_sum_below_the_gates_is_right() {
    let text = read("docs/performance.md");
    let gates = gates();
    let with = |verdict: &str| gates.iter().filter(|gate| gate.verdict == verdict).count();
    let [held, missed] = ["held", "missed"].map(with);
    let [unjudged, unknown] = ["not judged", "not measured"].map(with);
    let line = format!(
        "\n{held} gates held, {missed} missed, {unjudged} not judged, {unknown} not measured.\n"
    );
    assert!(text.contains(&line), "{line}");
}

#[test]
fn the_size_of_the_feature_aws_lc_rs_is_what_cargo_toml_says() {
    let manifest = read("Cargo.toml");
    let (feature, _) = manifest.split_once("\naws-lc-rs = [").unwrap();
    let (before, _) = feature.rsplit_once(" kB of the stripped library").unwrap();
    let said = number(before) * 1e3;
    let sizes = size();
    let [with, without] = ["tlsql over AWS-LC", "tlsql"].map(|column| sizes[column]);
    assert!((with - without - said).abs() < said / 6.0, "{said} {sizes:?}");
}

#[test]
fn every_row_has_as_many_cells_as_its_head() {
    let text = read("docs/performance.md");
    let mut columns = None;
    for line in text.lines() {
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        let cells = line.matches('|').count();
        assert_eq!(*columns.get_or_insert(cells), cells, "{line}");
    }
}

#[test]
fn the_machine_and_the_command_are_named() {
    let text = read("docs/performance.md");
    for part in ["`make bench`", "| CPU | ", "| features | ", "| libraries | ", "OpenSSL 3."] {
        assert!(text.contains(part), "{part}");
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(format!("{ROOT}/{path}")).unwrap()
}

fn gates() -> Vec<Gate> {
    let text = read("docs/performance.md");
    let table = text.split_once("\n## Gates\n").unwrap().1;
    let rows = table.lines().skip_while(|line| !line.starts_with("|---"));
    rows.skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<String> =
                line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
            let [name, limit, figure, verdict] = cells.try_into().unwrap();
            Gate { name, limit, figure, verdict }
        })
        .collect()
}

/// The bytes of the stripped libraries, by the name of their column.
fn size() -> BTreeMap<String, f64> {
    let text = read("docs/performance.md");
    let table = text.split_once("\n## Size\n").unwrap().1;
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with('|')).take(3).collect();
    let cells = |row: usize| rows[row].split('|').skip(2).map(str::trim);
    let numbers = cells(2).map(|cell| cell.split(' ').next().unwrap());
    let named = cells(0).zip(numbers).filter(|(name, _)| !name.is_empty());
    named.map(|(name, cell)| (name.to_owned(), number(cell))).collect()
}

/// Reads the number at the end of a cell.
fn number(cell: &str) -> f64 {
    cell.rsplit(' ').next().unwrap().replace(',', "").parse().unwrap()
}
