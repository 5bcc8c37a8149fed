//! `docs/behaviour.md` has a row for each statement and decision that is cited in this tree, and each
//! row names a test that is there; no comment cites a text that its reader cannot open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const DOCUMENT: &str = "docs/behaviour.md";
/// Its samples cite what is not there.
const THIS: &str = "tests/behaviour_doc.rs";

const FOLDERS: &[&str] =
    &["src", "tests", "c-tests", "fuzz", "bindings", "examples", "benches", "docs", "include"];

/// Extensions of files that people read.
const TEXTS: &[&str] = &["rs", "c", "cpp", "h", "go", "py", "sh", "md", "toml", "in", "tsv"];

#[test]
fn every_number_that_is_cited_has_a_row() {
    let rows: BTreeSet<_> = rows().into_iter().map(|row| row.number).collect();
    let mut missing = Vec::new();
    for (path, text) in texts() {
        for (line, number) in numbers(text) {
            if !rows.contains(&number) {
                missing.push(format!("{path}:{line}: {number} has no row in {DOCUMENT}"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn every_row_is_cited() {
    let mut cited = BTreeSet::new();
    for text in texts().values() {
        cited.extend(numbers(text).into_iter().map(|(_, number)| number));
    }
    let unused = rows().into_iter().map(|row| row.number).filter(|number| !cited.contains(number));
    let unused: Vec<_> = unused.collect();
    assert!(unused.is_empty(), "cited nowhere: {}", unused.join(" "));
}

#[test]
fn rows_rise_and_say_what_happens_and_where_that_is_known_from() {
    let rows = rows();
    assert!(rows.len() > 100, "{} rows", rows.len());
    for pair in rows.windows(2) {
        assert!(key(&pair[0].number) < key(&pair[1].number), "{}", pair[1].number);
    }
    for row in rows {
        assert!(row.what.ends_with(['.', ')']) && row.what.len() > 15, "{}", row.number);
        assert!(!row.source.is_empty(), "{}", row.number);
    }
}

#[test]
fn each_heading_names_the_first_and_the_last_row_below_it() {
    let text = read(DOCUMENT);
    let sections: Vec<_> = text.split("\n## ").skip(1).filter(|s| s.contains("\n| ")).collect();
    assert!(sections.len() > 10, "{} sections", sections.len());
    for section in sections {
        let (heading, _) = section.split_once('\n').unwrap();
        let (named, _) = heading.split_once(": ").unwrap();
        let (first, last) =
            [" to ", " and "].iter().find_map(|to| named.split_once(to)).unwrap_or((named, named));
        let below = rows_of(section);
        let ends = [below.first(), below.last()].map(|row| row.unwrap().number.as_str());
        assert_eq!(ends, [first, last], "{heading}");
    }
}

#[test]
fn every_row_names_a_test_that_is_there() {
    let mut wrong = Vec::new();
    for row in rows() {
        wrong.extend(unproven(&row).map(|why| format!("{}: {why}", row.number)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_comment_cites_a_section_of_a_text_without_a_name() {
    let mut wrong = Vec::new();
    for (path, text) in texts() {
        for (line, what) in dead_references(path, text) {
            wrong.push(format!("{path}:{line}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_that_comments_and_documents_name_are_there() {
    let mut wrong = Vec::new();
    for (path, text) in texts() {
        for (line, name) in files(path, text) {
            wrong.push(format!("{path}:{line}: no file {name}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_readers_of_this_test_read() {
    let found = |text| numbers(text).into_iter().map(|(_, number)| number).collect::<Vec<_>>();
    assert_eq!(found("// T91b, T10–T12; D1b: (D7)."), ["T91b", "T10", "T11", "T12", "D1b", "D7"]);
    assert_eq!(found("\"D4:46\" 3A:D9 setAttr-T22 T1 fn f<T10x>() MD5 0xD1 D123"), [""; 0]);
    let dead = |text| dead_references("x.rs", text).into_iter().map(|(l, _)| l).collect::<Vec<_>>();
    for text in [
        "// what is sent (section 2.7)",
        "// Section 4.6.",
        "/// (sections 2.2 and 2.3)",
        "//! Spec 1.5, on the wire",
        "/// (spec 3.8)",
        "// as the specification has it",
        "f(); // RFC 5280 is long; see section 4.1",
        "// § 3",
    ] {
        assert_eq!(dead(text), [1], "{text}");
    }
    for text in [
        "// RFC 5746 sections 3.4 and 3.6",
        "/// (RFC 8446\n/// section 5.2)",
        "// RFC 7919 section 5.1, and section 3 of RFC 2785",
        "// X.690 section 8.1, PKCS #3 section 9",
        "// MySQL 5.7 Reference Manual, section 6.3.1",
        "let spec = option::find(name); // finds a `spec`",
        "/// Finds the [`Spec`] of an option, in this section.",
    ] {
        assert_eq!(dead(text), [0; 0], "{text}");
    }
    let missing = |text| files("x.rs", text).len();
    assert_eq!(missing("// `tests/behaviour_doc.rs`, src/error/table.rs. docs/errors.md"), 0);
    assert_eq!(missing("// `tests/nothing.rs` error/nothing.rs, docs/nothing.md."), 3);
    assert_eq!(missing("// `tests/vectors/`, src/ffi/ and tests/nowhere/."), 1);
    assert_eq!(missing("// target/nothing.rs, tests/data/nothing, https://docs/nothing.md"), 0);
    let row = |shown: &str| Row { shown: shown.to_owned(), ..Row::default() };
    let here = "the_readers_of_this_test_read";
    assert_eq!(unproven(&row(&format!("`{THIS}` `{here}`"))), None);
    for shown in
        ["", "by hand", "`x/y.rs`", &format!("`{THIS}`"), &format!("`{here}`"), "`Makefile` `test`"]
    {
        assert!(unproven(&row(shown)).is_some(), "{shown}");
    }
    assert!(unproven(&row(&format!("`{THIS}` `{here}_not`"))).is_some());
}

/// One row of the document.
#[derive(Default)]
struct Row {
    number: String,
    what: String,
    source: String,
    shown: String,
}

/// Every row, in the document's order.
fn rows() -> Vec<Row> {
    rows_of(&read(DOCUMENT))
}

fn rows_of(text: &str) -> Vec<Row> {
    let mut all = Vec::new();
    for line in text.lines() {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if !line.starts_with("| ") || numbers(cells[0]).is_empty() {
            continue;
        }
        let [number, what, source, shown] = cells[..] else { panic!("not four cells: {line}") };
        all.push(Row {
            number: number.to_owned(),
            what: what.to_owned(),
            source: source.to_owned(),
            shown: shown.to_owned(),
        });
    }
    all
}

/// Sorts T before D, and T91 before T91b before T92.
fn key(number: &str) -> (bool, u32, String) {
    let (kind, rest) = number.split_at(1);
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (kind == "D", digits.parse().unwrap(), rest[digits.len()..].to_owned())
}

/// Why a row has no test, if so. Files stand between backticks, behind each the names of its tests
/// or cases; a C test is a whole file.
fn unproven(row: &Row) -> Option<String> {
    let mut file: Option<(&str, String, usize)> = None;
    let incomplete = |file: &Option<(&str, String, usize)>| match file {
        Some((path, _, 0)) if !path.ends_with(".c") => Some(format!("{path}: which test?")),
        _ => None,
    };
    for name in row.shown.split('`').skip(1).step_by(2) {
        if name.contains('/') {
            if let Some(why) = incomplete(&file) {
                return Some(why);
            }
            let Ok(text) = std::fs::read_to_string(Path::new(ROOT).join(name)) else {
                return Some(format!("no file {name}"));
            };
            file = Some((name, text, 0));
            continue;
        }
        let Some((path, text, count)) = &mut file else {
            return Some(format!("{name}: in which file?"));
        };
        let there = match Path::new(*path).extension().and_then(|ext| ext.to_str()) {
            Some("rs") => format!("fn {name}("),
            Some("go") => format!("func {name}("),
            Some("py") => format!("def {name}("),
            Some("c") => format!(" {name}("),
            Some("sh") => format!("\n{name}() {{"),
            Some("json") => format!("\"{name}\""),
            _ => return Some(format!("{path} has no tests")),
        };
        if !text.contains(&there) {
            return Some(format!("no {name} in {path}"));
        }
        *count += 1;
    }
    if file.is_none() { Some("no test".to_owned()) } else { incomplete(&file) }
}

/// The numbers of statements and decisions in a text, each with its line: T22, T91b, T10–T12, D7.
fn numbers(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let bytes = line.as_bytes();
        for (at, kind) in line.char_indices().filter(|(_, c)| matches!(c, 'T' | 'D')) {
            let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
            let fits =
                if kind == 'T' { (2..=3).contains(&digits) } else { (1..=2).contains(&digits) };
            let mut end = at + 1 + digits;
            if bytes.get(end) == Some(&b'b') {
                end += 1;
            }
            // Other words, and hexadecimal digits between colons, are none.
            let before = line[..at].chars().next_back();
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '+' | '/');
            let mut after = line[end..].chars();
            let next = after.next();
            let is_hex = next == Some(':') && after.next().is_some_and(|c| c.is_ascii_hexdigit());
            let goes_on = next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '+' | '='));
            if !fits || before.is_some_and(is_part) || goes_on || is_hex {
                continue;
            }
            let this = &line[at..end];
            // T10–T12 cites T11 too.
            let first = line[..at].strip_suffix('–').and(found.last()).map(|(_, n)| key(n));
            if let Some((false, first, _)) = first.filter(|_| kind == 'T') {
                let between = (first + 1)..key(this).1;
                found.extend(between.map(|n| (number + 1, format!("T{n:02}"))));
            }
            found.push((number + 1, this.to_owned()));
        }
    }
    found
}

/// Citations that name no text, or one that is not to be had: "section" and a number without an RFC
/// or the like in front, and "spec".
fn dead_references(path: &str, text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let all = Flat::of(text, |line| line);
    for (at, word) in all.words() {
        let is_section = matches!(word.to_lowercase().as_str(), "section" | "sections");
        let rest = &all.text[at + word.len()..];
        let is_numbered = rest.trim_start().starts_with(|c: char| c.is_ascii_digit());
        if is_section && is_numbered && !is_named(&all.text[..at], rest) {
            let cited: String = rest.chars().take(6).collect();
            found.push((all.line(at), format!("{word}{cited}: of which text?")));
        }
    }
    for (at, _) in all.text.match_indices('§') {
        found.push((all.line(at), "§: of which text?".to_owned()));
    }
    let comments = Flat::of(text, |line| comment(path, line));
    for (at, word) in comments.words() {
        let quoted = comments.text[..at].ends_with('`');
        let rest = comments.text[at + word.len()..].trim_start();
        let is_dead = match word {
            "spec" | "specs" => !quoted,
            "Spec" => rest.starts_with(|c: char| c.is_ascii_digit()),
            _ => word.to_lowercase().starts_with("specification"),
        };
        if is_dead {
            found.push((comments.line(at), format!("{word}: which one?")));
        }
    }
    found
}

/// Whether the text of a section is named in front of it or behind it.
fn is_named(before: &str, after: &str) -> bool {
    let before = before.trim_end_matches([' ', ',', '(', '*', '`', '[']);
    let before = before.strip_suffix("'s").unwrap_or(before);
    let name = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let has_number = name.len() < before.len();
    let in_front = has_number && ["RFC ", "X.", "PKCS #"].iter().any(|kind| name.ends_with(kind));
    let after = after.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    in_front
        || before.ends_with("Manual")
        || before.ends_with("manual")
        || [" of RFC ", " of X."].iter().any(|kind| after.starts_with(kind))
}

/// Files and folders (`src/ffi/`) that are named with the folder above and are not there: seen from the
/// root, from `src`, or from a folder above the file that names them.
fn files(path: &str, text: &str) -> Vec<(usize, String)> {
    let modules = std::fs::read_dir(Path::new(ROOT).join("src")).expect("src");
    let modules = modules.map(|entry| entry.expect("an entry").file_name());
    let mut first: BTreeSet<String> = modules.map(|m| m.to_string_lossy().into_owned()).collect();
    first.extend(FOLDERS.iter().map(|folder| (*folder).to_owned()));

    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        for name in comment(path, line).split(|c| !is_part(c)) {
            let name = name.trim_end_matches('.');
            let Some((folder, _)) = name.split_once('/') else { continue };
            let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
            let is_file = extension.is_some_and(|e| TEXTS.contains(&e));
            if !first.contains(folder) || !(is_file || name.ends_with('/')) {
                continue;
            }
            let from_here = Path::new(path).ancestors().map(|p| Path::new(ROOT).join(p));
            let mut places = from_here.chain([Path::new(ROOT).join("src")]);
            if !places.any(|place| place.join(name).exists()) {
                found.push((number + 1, name.to_owned()));
            }
        }
    }
    found
}

/// The comment in a line of a program; of a document, the whole line.
fn comment<'a>(path: &str, line: &'a str) -> &'a str {
    let trimmed = line.trim_start();
    let marks: &[&str] = match Path::new(path).extension().and_then(|e| e.to_str()) {
        Some("md" | "tsv") => return line,
        // Inside a block comment.
        Some("rs" | "c" | "cpp" | "h" | "go") if trimmed.starts_with("* ") => return trimmed,
        Some("rs" | "c" | "cpp" | "h" | "go") => &["// ", "///", "//!", "/* "],
        Some("py") => &["# ", "\"\"\""],
        _ => &["# "],
    };
    let starts = marks.iter().filter_map(|mark| line.find(mark));
    starts.min().map_or("", |at| &line[at..])
}

/// A text without its line ends and the marks of comments, so that a sentence is in one piece.
struct Flat {
    text: String,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Flat {
    fn of<'a>(text: &'a str, part: impl Fn(&'a str) -> &'a str) -> Self {
        let mut flat = Self { text: String::new(), starts: Vec::new() };
        for line in text.lines() {
            flat.starts.push(flat.text.len());
            let line = part(line).trim().trim_start_matches(['/', '!', '*', '#', '>']);
            flat.text.push_str(line.trim());
            flat.text.push(' ');
        }
        flat
    }

    fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        let words = self.text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let start = self.text.as_ptr() as usize;
        words.filter(|word| !word.is_empty()).map(move |w| (w.as_ptr() as usize - start, w))
    }

    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }
}

/// Every text of the tree but the document and this test, as path and content.
fn texts() -> &'static BTreeMap<String, String> {
    static READ: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    READ.get_or_init(read_all)
}

fn read_all() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(ROOT).expect("the root") {
        take(&entry.expect("an entry").path(), &mut found);
    }
    for folder in FOLDERS {
        collect(&Path::new(ROOT).join(folder), &mut found);
    }
    assert!(found.len() > 200, "the tree is not where it should be");
    found.retain(|path, _| path != DOCUMENT && path != THIS);
    found
}

fn collect(dir: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, found);
        }
        take(&path, found);
    }
}

fn take(path: &Path, found: &mut BTreeMap<String, String>) {
    let is_text = path.extension().and_then(|e| e.to_str()).is_some_and(|e| TEXTS.contains(&e));
    if path.is_file() && (is_text || path.ends_with("Makefile")) {
        let name = path.strip_prefix(ROOT).expect("below the root").to_string_lossy();
        let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{name}: {e}"));
        found.insert(name.replace('\\', "/"), text);
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}
