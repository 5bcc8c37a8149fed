//! `docs/defaults.md` has a row for each option of each role, with its default, and no others; the
//! example in CONTRIBUTING.md of how to add one is true.

use std::collections::BTreeMap;

use tlsql::{OPTIONS, Role};

#[test]
fn each_option_has_a_row_with_its_default() {
    let text = document();
    let own = rows(&text, "tlsql's own");
    for (role, heading) in [(Role::Client, "Client"), (Role::Server, "Server")] {
        let documented = rows(&text, heading);
        for option in OPTIONS.iter().filter(|option| option.roles.contains(&role)) {
            let is_own = option.name.starts_with("tlsql_");
            let table = if is_own { &own } else { &documented };
            let row =
                table.get(option.name).unwrap_or_else(|| panic!("{heading}: {}", option.name));
            let (client_only, default) = row;
            let is_code = !option.default.is_empty() && option.name != "tls_ciphersuites";
            // Otherwise it is "none", or in words.
            let start = if is_code { format!("`{}`", option.default) } else { String::new() };
            let is_right = default.starts_with(&start) && default.starts_with('`') == is_code;
            assert!(is_right, "{}: {default}", option.name);
            let is_clients = option.roles == [Role::Client];
            assert!(!is_own || *client_only == is_clients, "{}", option.name);
        }
        let unknown: Vec<_> = documented
            .keys()
            .filter(|name| {
                !OPTIONS.iter().any(|known| known.name == **name && known.roles.contains(&role))
            })
            .collect();
        assert!(unknown.is_empty(), "{heading}: {unknown:?}");
    }
    let unknown: Vec<_> =
        own.keys().filter(|name| !OPTIONS.iter().any(|known| known.name == **name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_suites_of_tls_13_are_the_default() {
    let text = document();
    let listed = text.lines().find_map(|line| line.strip_prefix("TLS 1.3: ")).unwrap();
    let default = OPTIONS.iter().find(|option| option.name == "tls_ciphersuites").unwrap().default;
    assert_eq!(quoted(listed).join(":"), default);
}

/// `make examples` passes them to cargo, which refuses one that no package has.
#[test]
fn the_features_of_a_build_are_in_the_manifest() {
    let text = document();
    let features = rows(&text, "Cargo features");
    let manifest =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    for name in features.keys().map(|name| name.replace('_', "-")) {
        assert!(manifest.contains(&format!("\n{name} = [")), "{name}");
    }
    let command = text.split("CARGOFLAGS='--features ").nth(1).unwrap();
    let named = command.split('\'').next().unwrap().split(',');
    for name in named.map(|name| name.replace('-', "_")) {
        assert!(features.contains_key(&name), "{name}");
    }
}

/// The rows of the table below a heading: by name with underscores, whether it says "(client)", and
/// the cell with the default.
fn rows(text: &str, heading: &str) -> BTreeMap<String, (bool, String)> {
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut found = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        for name in quoted(cells[1]) {
            let row = (cells[1].contains("(client)"), cells[2].to_owned());
            let twice = found.insert(name.replace('-', "_"), row).is_some();
            assert!(!twice, "{heading}: {name} stands there twice");
        }
    }
    assert!(found.len() >= 3, "{heading} has no table");
    found
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn document() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/defaults.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_example_in_contributing_is_a_row_of_the_table() {
    let read = |path: &str| {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let text = read("CONTRIBUTING.md");
    let section = text.split("\n## How to add an option\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let row = section.split("```").nth(1).unwrap().trim();
    let table = read("src/config/options.rs");
    assert!(table.lines().any(|line| line.trim() == row), "no row {row}");
    // Each part of the row is explained, in its order, and nothing else.
    let parts: Vec<_> = row.split([' ', '=', ':', ',', ';']).filter(|p| !p.is_empty()).collect();
    let cells = section.lines().filter(|line| line.starts_with("| `"));
    let explained: Vec<_> = cells.map(|line| quoted(line)[0].replace("::", ":")).collect();
    let [constant, name, value, module, parser, form, roles, default, printer] = parts[..] else {
        panic!("{parts:?}");
    };
    let parser_path = format!("{module}:{parser}");
    assert_eq!(
        explained,
        [constant, name, value, &parser_path, form, roles, default, printer],
        "of {row}"
    );
    assert!(read("src/config/value.rs").contains(&format!("pub fn {parser}(")), "{parser}");
    for form in ["Switch", "File", "Other"] {
        assert!(section.contains(&format!("`{form}`")) && table.contains(&format!("    {form},")));
    }
    let used = "strict: options.tlsql_strict.is_on()";
    assert!(section.contains(used) && read("src/config/resolve.rs").contains(used));
}
