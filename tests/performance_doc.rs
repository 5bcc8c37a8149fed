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
        .map(|call| limit(call, source.as_str()))
        .collect();
    let rows: Vec<f64> = gates().iter().map(|gate| number(&gate.limit)).collect();
    assert!(limits.len() > 20, "{limits:?}");
    assert_eq!(limits, rows, "TLSQL_WRITE_DOCS=1 make bench");
}

/// Reads the limit of a call that makes a gate: its last argument, or the one before a share.
fn limit(call: &str, source: &str) -> f64 {
    let mut arguments = call.trim_end_matches("),").rsplit(", ");
    if call.trim_start().starts_with("over_ring(") {
        arguments.next();
    }
    let limit = arguments.next().unwrap();
    let constant = source.split_once(&format!("const {limit}: f64 = "));
    let value = constant.map_or(limit, |(_, value)| value.split_once(';').unwrap().0);
    value.parse().unwrap()
}

#[test]
fn a_verdict_is_what_the_figure_says() {
    let has_avx512 = read("docs/performance.md").contains(" avx512f ");
    for Gate { name, limit, figure, verdict } in gates() {
        let most = number(&limit);
        let (verdict, why) = match verdict.split_once(": ") {
            Some((verdict, why)) => (verdict, Some(why)),
            None => (verdict.as_str(), None),
        };
        let is_held = || match limit.starts_with("at most") {
            true => number(&figure) <= most,
            false => number(&figure) >= most,
        };
        // A figure of two digits may be rounded to its limit.
        if why.is_none() && figure != "–" && number(&figure) == most {
            assert!(["held", "missed"].contains(&verdict), "{name}");
            continue;
        }
        let expected = match why {
            None if figure == "–" => "not measured",
            None if is_held() => "held",
            None => "missed",
            Some(why) => {
                let reason = Reason::of(why);
                assert!(reason.excuses(&figure, most, has_avx512), "{name}: {why}");
                reason.verdict()
            }
        };
        assert_eq!(verdict, expected, "{name}");
    }
}

/// Why a figure that misses its limit does not count as a miss.
enum Reason {
    /// The gate is on AWS-LC.
    NeedsAvx512,
    /// The raw AEAD's speed as a multiple of the other library's, the share of it that tlsql has, and the
    /// one that is asked.
    Reach([f64; 3]),
    /// The longest call of the machine without reloads.
    Noise(f64),
}

/// What rounding to two digits hides.
const ROUNDED: f64 = 0.011;

impl Reason {
    fn of(why: &str) -> Self {
        match why {
            "for CPUs with AVX-512" => Self::NeedsAvx512,
            _ if why.starts_with("beside other work ") => Self::Noise(number(why)),
            _ => {
                let parts = why.split(", ").map(number).collect::<Vec<_>>();
                assert!(why.starts_with("raw AEAD has "), "{why}");
                Self::Reach(parts.try_into().unwrap())
            }
        }
    }

    fn excuses(&self, figure: &str, limit: f64, has_avx512: bool) -> bool {
        match self {
            Self::NeedsAvx512 => !has_avx512,
            Self::Reach([raw, share, asked]) => {
                number(figure) <= limit
                    && *share + ROUNDED > *asked
                    && asked * raw < limit + ROUNDED
                    && (raw * share - number(figure)).abs() < 0.1 * limit
            }
            Self::Noise(longest) => {
                number(figure) > limit && *longest >= limit && number(figure) <= 2.0 * longest
            }
        }
    }

    fn verdict(&self) -> &'static str {
        match self {
            Self::NeedsAvx512 | Self::Reach(..) => "not judged",
            Self::Noise(_) => "not measured",
        }
    }
}

#[test]
fn the_sum_below_the_gates_is_right() {
    let text = read("docs/performance.md");
    let gates = gates();
    let with =
        |verdict: &str| gates.iter().filter(|gate| gate.verdict.starts_with(verdict)).count();
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
