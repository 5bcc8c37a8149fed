//! The suites that `ssl_cipher` selects, compared with those of this machine's `openssl ciphers`
//! for the same list: the suites that both have, in order.

#[path = "../support/runner.rs"]
mod runner;
mod strings;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, ExitCode};

use runner::Outcome;
use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Role};

/// Fewest lists that must be compared.
const AT_LEAST: usize = 300;

/// Lists with another result here: the list, the result, and the reason.
const DEVIATIONS: &[(&str, &str, &str)] = &[
    ("HIGH:@SECLEVEL=3", "", "levels above 2 have more rules than are here: refused"),
    ("@SECLEVEL=4:ALL", "", "the same"),
    ("ALL@SECLEVEL=5", "", "the same"),
    ("SUITEB128", "", "Suite B chooses curves and signatures too: refused"),
    ("SUITEB128ONLY", "", "the same"),
    ("SUITEB128C2", "", "the same"),
    ("SUITEB192", "", "the same"),
    (
        "HIGH:AES256+AES128!CHACHA20",
        "HIGH:!CHACHA20",
        "what is glued to an entry for no suite that is here counts; OpenSSL passes over it where \
         the parts exclude each other, or its build lacks what they name",
    ),
    ("HIGH:!RC4!AES128", "HIGH:!AES128", "the same"),
    (
        "ALL:!COMPLEMENTOFDEFAULT+ECDHE-RSA-AES128-GCM-SHA256",
        "",
        "OpenSSL forgets that word where a suite or HIGH follows: refused with others",
    ),
    ("ALL:!COMPLEMENTOFDEFAULT+HIGH:AES128", "", "the same"),
];

/// Lists with an `@SECLEVEL` that OpenSSL ignores. Here they are refused: a level is neither set
/// where OpenSSL sets none, nor ignored where another build of it sets one.
const PASSED_OVER: &[&str] = &[
    "HIGH:kRSA+ECDHE@SECLEVEL=",
    "HIGH:EXP@SECLEVEL=",
    "HIGH:RC4@SECLEVEL=",
    "HIGH:DHE+ECDHE@SECLEVEL=",
    "HIGH:!RC4+AES@SECLEVEL=",
    "HIGH:RC4!CHACHA20@SECLEVEL=",
];

/// Lists whose level OpenSSL sets.
const TAKEN: &[&str] = &[
    "HIGH:kRSA+ECDHE:@SECLEVEL=",
    "HIGH:RC4 @SECLEVEL=",
    "HIGH:AES128+ECDHE@SECLEVEL=",
    "HIGH:!CHACHA20@SECLEVEL=",
    "HIGH:RC4:!CHACHA20@SECLEVEL=",
    "HIGH:FIPS@SECLEVEL=",
    "DEFAULT@SECLEVEL=",
];

fn main() -> ExitCode {
    runner::main("cipher_lists", || {
        let outcome = match openssl("ALL") {
            Ok(_) => compare(),
            Err(why) if std::env::var("CI").as_deref() == Ok("true") => Outcome::Failed(vec![why]),
            Err(why) => {
                println!("skipped: {why}");
                Outcome::Skipped(why)
            }
        };
        vec![("as_openssl_resolves_them", outcome)]
    })
}

fn compare() -> Outcome {
    let server = pki::server_as("server", &[]);
    let known = ours("DEFAULT", &server).unwrap();
    let mut wrong = Vec::new();
    let lists = strings::all();
    assert!(lists.len() >= AT_LEAST);
    let (mut same, mut empty) = (0, 0);
    for list in &lists {
        let theirs: Vec<_> =
            openssl(list).unwrap().into_iter().filter(|name| known.contains(name)).collect();
        match ours(list, &server) {
            Ok(found) if found == theirs => same += 1,
            Err(Code::NoCipher) if theirs.is_empty() => empty += 1,
            found => wrong.push(format!("{list:?}: OpenSSL {theirs:?}, we {found:?}")),
        }
    }
    let (all, version) = (lists.len(), version());
    println!("{version}: {same} lists alike, {empty} empty or refused by both, of {all}");
    for (list, like, why) in DEVIATIONS {
        let theirs: Vec<_> =
            openssl(list).unwrap().into_iter().filter(|name| known.contains(name)).collect();
        let found = ours(list, &server);
        let expected = match *like {
            "" => Err(Code::OptionValue),
            like => ours(like, &server),
        };
        let alike = found.as_ref().is_ok_and(|found| *found == theirs);
        if found != expected || alike {
            wrong.push(format!("{list:?} ({why}): OpenSSL {theirs:?}, we {found:?}"));
        }
    }
    wrong.extend(levels(&server));
    wrong.extend(unknown());
    wrong.extend(iana_names());
    match wrong.is_empty() {
        true => Outcome::Passed,
        false => Outcome::Failed(wrong),
    }
}

/// Level 5 leaves OpenSSL no AES-128, so that its suites show whether it set the level.
fn levels(server: &Context) -> Vec<String> {
    let mut wrong = Vec::new();
    for (lists, is_taken) in [(PASSED_OVER, false), (TAKEN, true)] {
        for list in lists {
            let at_5 = openssl(&format!("{list}5")).unwrap();
            if at_5.iter().any(|name| name.contains("AES128")) == is_taken {
                wrong.push(format!("{list}5: OpenSSL {at_5:?}"));
            }
            for level in ["0", "1", "2"] {
                let list = format!("{list}{level}");
                let found = ours(&list, server).map(|suites| !suites.is_empty());
                let expected = if is_taken { Ok(true) } else { Err(Code::OptionValue) };
                let mut builder = Builder::new(Role::Client);
                let in_force = builder.set("ssl_cipher", &list).ok().map(|()| {
                    let client = Context::new(&builder).unwrap();
                    client.value("tlsql_security_level")
                });
                let in_force = in_force.flatten();
                if found != expected || in_force.as_deref() != is_taken.then_some(level) {
                    wrong.push(format!("{list}: we {found:?}, level {in_force:?}"));
                }
            }
        }
    }
    wrong
}

/// Every suite that OpenSSL has is one of ours, or left out with a reason.
fn unknown() -> Vec<String> {
    let names = openssl_all();
    assert!(names.len() > 100);
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_cipher", &[names.join(":"), "ECDHE".to_owned()].join(":")).unwrap();
    let notes = builder.notes().iter().map(|note| note.text.clone());
    notes.filter(|text| text.contains("not known")).collect()
}

/// OpenSSL 3.2 takes IANA's names, 3.0 only prints them: each must be told as OpenSSL's name is that
/// `openssl ciphers -stdname` shows beside it.
fn iana_names() -> Vec<String> {
    let told = |name: &str| {
        let mut builder = Builder::new(Role::Client);
        // Another suite is there, so that a name that is left out has a note.
        let suites = builder.set("ssl_cipher", &format!("{name}:ECDHE-ECDSA-AES128-GCM-SHA256"));
        let notes: Vec<_> = builder.notes().iter().map(|n| n.text.replace(name, "")).collect();
        (suites.map_err(|error| error.code).err(), notes)
    };
    let output = Command::new("openssl")
        .args(["ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"])
        .env("OPENSSL_CONF", "/dev/null")
        .output()
        .expect("it ran before");
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        Some((fields.next()?, fields.nth(1)?))
    });
    let pairs: Vec<_> = pairs.filter(|(iana, name)| iana != name).collect();
    assert!(pairs.len() > 100, "{text}");
    let differ = pairs.iter().filter(|(iana, name)| told(iana) != told(name));
    differ.map(|(iana, name)| format!("{iana} {:?}, {name} {:?}", told(iana), told(name))).collect()
}

/// Returns the TLS 1.2 suites of a client with this list, by its status variable.
fn ours(list: &str, server: &Context) -> Result<Vec<String>, Code> {
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_cipher", list).map_err(|error| error.code)?;
    let client = Context::new(&builder).map_err(|error| error.code)?;
    // TLS 1.3 stays on, so that a list without a TLS 1.2 suite is no error.
    let (mut client, mut server) = link(&client, server, Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(client.conn.status("Ssl_version").as_deref(), Some("TLSv1.3"));
    Ok(split(&client.conn.status("Ssl_cipher_list").unwrap()))
}

/// Returns the suites of OpenSSL's client; none if it refuses the list. An error if there is no
/// OpenSSL.
fn openssl(list: &str) -> Result<Vec<String>, String> {
    ask(&["-s", "-tls1_2", "--", list])
}

fn version() -> String {
    let output = Command::new("openssl").arg("version").output().expect("it ran before");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Returns all suites that OpenSSL knows, used or not.
fn openssl_all() -> Vec<String> {
    ask(&["ALL:COMPLEMENTOFALL:@SECLEVEL=0"]).unwrap()
}

fn ask(arguments: &[&str]) -> Result<Vec<String>, String> {
    // The machine's own configuration must not count.
    let mut command = Command::new("openssl");
    command.arg("ciphers").args(arguments).env("OPENSSL_CONF", "/dev/null");
    let output = command.output().map_err(|error| format!("openssl: {error}"))?;
    Ok(split(String::from_utf8(output.stdout).unwrap().trim()))
}

fn split(names: &str) -> Vec<String> {
    let names = names.split(':').filter(|name| !name.is_empty() && !name.starts_with("TLS_"));
    names.map(str::to_owned).collect()
}
