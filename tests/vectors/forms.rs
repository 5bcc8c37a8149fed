//! The table of certificate forms in `docs/compatibility.md`: OpenSSL's and webpki's verdicts from
//! the vector file, and this library's from this run. The table is compared; `TLSQL_WRITE_DOCS=1`
//! writes it.

use crate::chain::{Chain, Verdict};
use crate::matrices::{cases, certificate, level, string, verdict};
use crate::runner::Outcome;
use serde_json::Value;
use std::fmt::Write as _;
use tlsql::trust::{NameRule, Refusal, X509Error};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compatibility.md");
/// The vectors of this tree, also where `TLSQL_VECTORS` names other directories.
const VECTORS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/vectors/mysql_cert_matrix.json");
const BEGIN: &str = "<!-- Certificate forms: written by tests/vectors/forms.rs; do not edit. -->\n";
const END: &str = "<!-- End of the certificate forms. -->\n";
const LEVELS: [&str; 3] = ["level2", "level1", "level0"];

pub fn check() -> Outcome {
    let made = table();
    let held = std::fs::read_to_string(DOCUMENT).expect("docs/compatibility.md");
    let Some((before, rest)) = held.split_once(BEGIN) else {
        return Outcome::Failed(vec![format!("docs/compatibility.md has no line {BEGIN:?}")]);
    };
    let Some((found, after)) = rest.split_once(END) else {
        return Outcome::Failed(vec![format!("docs/compatibility.md has no line {END:?}")]);
    };
    if found == made {
        return Outcome::Passed;
    }
    if std::env::var_os("TLSQL_WRITE_DOCS").is_some() {
        let text = [before, BEGIN, &made, END, after].concat();
        std::fs::write(DOCUMENT, text).expect("docs/compatibility.md");
        return Outcome::Passed;
    }
    let (new, old) =
        made.lines().zip(found.lines()).find(|(new, old)| new != old).unwrap_or_default();
    Outcome::Failed(vec![
        "docs/compatibility.md is not current: run this test with TLSQL_WRITE_DOCS=1".to_owned(),
        format!("it says: {old}"),
        format!("the run: {new}"),
    ])
}

fn table() -> String {
    let text = std::fs::read_to_string(VECTORS).expect("the certificate matrix");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let mut rows = String::new();
    let [mut equal, mut webpki_equal, mut count] = [0; 3];
    for case in cases(&file) {
        let mut chain = certificate(case);
        let theirs = LEVELS.map(|name| verdict(&case["openssl_3_0_19"][name]));
        let ours = at_levels(&mut chain);
        let webpki = &case["rustls_webpki_0_103_16"];
        let webpki = match string(&webpki["verdict"]) {
            "OK" => "accepted",
            _ => words(string(&webpki["error"])),
        };
        count += 1;
        equal += usize::from(theirs == ours);
        webpki_equal += usize::from((webpki == "accepted") == (theirs[0] == Verdict::Ok));
        let theirs_text = by_level(&theirs, |verdict| say(verdict, openssl_words));
        let mut ours_text = by_level(&ours, |verdict| say(verdict, our_code));
        if theirs != ours {
            ours_text = format!("**{ours_text}**");
        }
        chain.name_rule = NameRule::Mysql57;
        if at_levels(&mut chain) != ours {
            ours_text.push_str("; without `tlsql_strict` ");
            ours_text.push_str(&by_level(&at_levels(&mut chain), |v| say(v, our_code)));
        }
        let description = string(&case["description"]).replace('|', "\\|").replace('*', "\\*");
        let id = string(&case["id"]);
        let _ =
            writeln!(rows, "| `{id}` | {description} | {theirs_text} | {webpki} | {ours_text} |");
    }
    format!(
        "\nOf {count} forms, tlsql's verdict is OpenSSL's for {equal}, at every level with number and \
         depth;\nwebpki accepts and refuses as OpenSSL at level 2 does for {webpki_equal}.\n\n\
         | | form | OpenSSL 3.0.19 | webpki 0.103.16 | tlsql |\n|---|---|---|---|---|\n{rows}\n"
    )
}

/// Returns the error of `step:Error [details]`.
fn words(error: &str) -> &str {
    let (what, _) = error.split_once(' ').unwrap_or((error, ""));
    what.rsplit(':').next().unwrap_or(what)
}

fn at_levels(chain: &mut Chain<'_>) -> [Verdict; 3] {
    LEVELS.map(|name| {
        chain.level = level(name);
        chain.verdict()
    })
}

/// Returns one cell of the table; it names the levels if the verdict depends on them.
fn by_level(verdicts: &[Verdict; 3], say: impl Fn(Verdict) -> String) -> String {
    let [two, one, zero] = verdicts.map(say);
    match (two == one, one == zero) {
        (true, true) => two,
        (false, true) => format!("{two}; {one} at level 1 and 0"),
        (true, false) => format!("{two}; {zero} at level 0"),
        (false, false) => format!("{two}; {one} at level 1; {zero} at level 0"),
    }
}

fn say(verdict: Verdict, words: fn(X509Error) -> String) -> String {
    match verdict {
        Verdict::Ok => "accepted".to_owned(),
        Verdict::Parse => "cannot be read".to_owned(),
        Verdict::Error(number, _) => {
            let error = X509Error::ALL.iter().find(|error| i64::from(error.number()) == number);
            format!("{number} {}", words(*error.unwrap_or_else(|| panic!("error {number}"))))
        }
    }
}

fn openssl_words(error: X509Error) -> String {
    error.text().to_owned()
}

fn our_code(error: X509Error) -> String {
    let name = Refusal::new(error, 0, None).code().row().name;
    format!("`{}`", name.strip_prefix("TLSQL_E_").unwrap_or(name))
}
