//! The sentence on a name that no option has.

use super::options::find;
use super::replication::{self, Name};
use super::{Role, mode_aliases};

/// Returns why there is no such option, and what was meant where that can be told.
pub fn why(role: Role, name: &str) -> String {
    let (own, other) = match role {
        Role::Client => ("a client", Role::Server),
        Role::Server => ("a server", Role::Client),
    };
    let lower = name.to_ascii_lowercase();
    if let Some(spec) = find(role, &lower).filter(|_| lower != name) {
        return format!("the name is {}, in lower case", spec.name);
    }
    let meant = if name.is_empty() {
        ": the name is empty".to_owned()
    } else if find(other, &lower).is_some() {
        format!(", only {}", if role == Role::Client { "a server" } else { "a client" })
    } else if Name::parse(name).is_some() {
        ", only a client".to_owned()
    } else if let Some(why) = replication::other_name(name) {
        why.to_owned()
    } else if let Some((switch, _)) = mode_aliases::prefixed_switch(role, name) {
        format!(" to take back: take back {}", switch.name)
    } else if CONNECTION_FACTS.contains(&name.replace('-', "_").as_str()) {
        ": a connection has it (tlsql_conn_set)".to_owned()
    } else {
        String::new()
    };
    format!("{own} has no such option{meant}")
}

/// What is set for each connection and not here.
const CONNECTION_FACTS: [&str; 5] = ["host", "port", "transport", "verify_name", "sni"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_told_from_a_misplaced_one() {
        for (role, name, why) in [
            (Role::Client, "bogus", "a client has no such option"),
            (Role::Client, "", "a client has no such option: the name is empty"),
            (Role::Client, "SSL-CA", "the name is ssl_ca, in lower case"),
            (Role::Server, "Ssl_Ca", "the name is ssl_ca, in lower case"),
            (Role::Server, "SSL_MODE", "a server has no such option, only a client"),
            (Role::Server, "ssl-mode", "a server has no such option, only a client"),
            (
                Role::Client,
                "require-secure-transport",
                "a client has no such option, only a server",
            ),
            (
                Role::Client,
                "verify-name",
                "a client has no such option: a connection has it (tlsql_conn_set)",
            ),
            (
                Role::Server,
                "sni",
                "a server has no such option: a connection has it (tlsql_conn_set)",
            ),
            (Role::Client, "skip-ssl", "a client has no such option to take back: take back ssl"),
        ] {
            assert_eq!(super::why(role, name), why, "{name}");
        }
    }
}
