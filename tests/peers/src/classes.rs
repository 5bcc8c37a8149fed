//! One certificate of each class that MySQL's users have, and lists and directories to check them
//! with.

use std::fs;
use std::path::PathBuf;

use crate::authority::{CA, FUTURE, NOW, PAST, Workshop};
use crate::server::Installed;

/// What `mysql_ssl_rsa_setup` puts into its certificates since it has an extension file.
const SETUP_CA: &str = "basicConstraints=CA:TRUE\n";
const SETUP_LEAF: &str = "basicConstraints=CA:FALSE\n";

const SERVER_AUTH: &str = "extendedKeyUsage=serverAuth\n";
const CLIENT_AUTH: &str = "extendedKeyUsage=clientAuth\n";
const LOCALHOST: &str = "subjectAltName=DNS:localhost\n";

/// Makes all files anew. `NAME.pem` is a certificate; leaves for servers have the key `leaf`, or
/// `small` or `ecdsa`, those for clients `client`.
pub fn make(dir: PathBuf) -> Result<Workshop, String> {
    let shop = Workshop::new(dir)?;
    for (name, bits) in [
        ("ca", 2048),
        ("sub", 2048),
        ("foreign", 2048),
        ("leaf", 2048),
        ("small", 1024),
        ("client", 2048),
    ] {
        shop.key(name, bits)?;
    }
    shop.ecdsa_key("ecdsa")?;
    shop.pkcs1("leaf")?;
    shop.self_signed("ca", "/O=tlsql/CN=test root", "ca", Some(CA))?;
    shop.self_signed("foreign", "/O=tlsql/CN=foreign root", "foreign", Some(CA))?;
    old_recipes(&shop)?;
    servers(&shop)?;
    clients(&shop)?;
    lists(&shop)?;
    for (name, version) in [("manual", 1), ("setup-old-ca", 1), ("setup-new-ca", 3), ("san", 3)] {
        let file = format!("{name}.pem");
        if shop.version(&file)? != version {
            return Err(format!("this openssl program does not make {file} X.509 v{version}"));
        }
    }
    Ok(shop)
}

/// The files that MySQL made for itself.
pub fn add_generated(shop: &Workshop, server: &Installed) -> Result<(), String> {
    for (from, to) in [
        ("ca.pem", "auto-ca.pem"),
        ("client-cert.pem", "auto-client.pem"),
        ("client-key.pem", "auto-client-key.pem"),
    ] {
        let from = server.data.join(from);
        fs::copy(&from, shop.dir.join(to)).map_err(|e| format!("{}: {e}", from.display()))?;
    }
    Ok(())
}

/// The manual's own commands, and what `mysql_ssl_rsa_setup` runs.
fn old_recipes(shop: &Workshop) -> Result<(), String> {
    let ca = shop.authority("ca", "ca")?;
    ca.recipe("manual", "/CN=localhost", "leaf", None)?;
    // The manual warns of this one: it is its own issuer by name.
    ca.recipe("manual-same-name", "/O=tlsql/CN=test root", "leaf", None)?;
    ca.recipe("v1-client", "/CN=v1 client", "client", None)?;

    let name = |what: &str| format!("/CN=MySQL_Server_5.7.29_Auto_Generated_{what}_Certificate");
    shop.self_signed("setup-old-ca", &name("CA"), "ca", None)?;
    let old = shop.authority("setup-old-ca", "ca")?;
    old.recipe("setup-old", &name("Server"), "leaf", None)?;
    shop.self_signed("setup-new-ca", &name("CA"), "ca", Some(SETUP_CA))?;
    let new = shop.authority("setup-new-ca", "ca")?;
    new.recipe("setup-new", &name("Server"), "leaf", Some(SETUP_LEAF))
}

fn servers(shop: &Workshop) -> Result<(), String> {
    let ca = shop.authority("ca", "ca")?;
    ca.issue("cn", "/CN=localhost", "leaf", "")?;
    ca.issue("cn-beside-san", "/CN=localhost", "leaf", "subjectAltName=DNS:db.example.test\n")?;
    ca.issue("cn-wild", "/CN=*.example.test", "leaf", "")?;
    ca.issue("cn-ip", "/CN=127.0.0.1", "leaf", "")?;
    ca.issue("san-wild", "/CN=w", "leaf", "subjectAltName=DNS:*.example.test\n")?;
    ca.issue("san", "/CN=s", "leaf", LOCALHOST)?;
    ca.issue("ecdsa", "/CN=s", "ecdsa", LOCALHOST)?;
    ca.issue("san-ip", "/CN=i", "leaf", "subjectAltName=IP:127.0.0.1\n")?;
    ca.issue_with("expired", "/CN=s", "leaf", LOCALHOST, PAST, "sha256")?;
    ca.issue_with("future", "/CN=s", "leaf", LOCALHOST, FUTURE, "sha256")?;
    ca.issue("eku-client", "/CN=s", "leaf", &format!("{LOCALHOST}{CLIENT_AUTH}"))?;
    ca.issue("eku-server", "/CN=s", "leaf", &format!("{LOCALHOST}{SERVER_AUTH}"))?;
    ca.issue("rsa-1024", "/CN=s", "small", LOCALHOST)?;
    ca.issue_with("sha1", "/CN=s", "leaf", LOCALHOST, NOW, "sha1")?;
    ca.issue_ca("sub", "/O=tlsql/CN=test intermediate", "sub")?;
    shop.authority("sub", "sub")?.issue("below", "/CN=s", "leaf", LOCALHOST)?;
    shop.join("chain.pem", &["below.pem", "sub.pem"])?;
    shop.join("ca-and-sub.pem", &["ca.pem", "sub.pem"])?;
    shop.authority("foreign", "foreign")?.issue("by-foreign", "/CN=s", "leaf", LOCALHOST)?;
    shop.self_signed("own", "/CN=localhost", "leaf", None)?;
    shop.directory("hashed", &["ca.pem"], true)?;
    shop.directory("unhashed", &["ca.pem"], false)
}

fn clients(shop: &Workshop) -> Result<(), String> {
    let ca = shop.authority("ca", "ca")?;
    ca.issue("v3-client", "/CN=c", "client", "")?;
    ca.issue("client-eku-client", "/CN=c", "client", CLIENT_AUTH)?;
    ca.issue("client-eku-server", "/CN=c", "client", SERVER_AUTH)?;
    ca.issue_with("client-expired", "/CN=c", "client", "", PAST, "sha256")?;
    ca.issue_with("client-future", "/CN=c", "client", "", FUTURE, "sha256")?;
    ca.issue("client-revoked", "/CN=c", "client", "")?;
    shop.authority("sub", "sub")?.issue("client-below", "/CN=c", "client", "")?;
    shop.join("client-chain.pem", &["client-below.pem", "sub.pem"])?;
    shop.authority("foreign", "foreign")?.issue("client-foreign", "/CN=c", "client", "")?;
    shop.self_signed("client-own", "/CN=own", "client", None)?;
    shop.self_signed("client-listed", "/CN=listed", "client", None)?;
    shop.join("client-cas.pem", &["ca.pem", "client-listed.pem"])
}

/// The root's lists count for the root too: every certificate of a chain needs one of its issuer.
fn lists(shop: &Workshop) -> Result<(), String> {
    let (ca, sub) = (shop.authority("ca", "ca")?, shop.authority("sub", "sub")?);
    ca.list("crl-none.pem")?;
    ca.old_list("crl-old.pem")?;
    sub.list("crl-sub.pem")?;
    shop.join("crl-both.pem", &["crl-none.pem", "crl-sub.pem"])?;
    ca.revoke("san.pem")?;
    ca.revoke("manual.pem")?;
    ca.revoke("client-revoked.pem")?;
    ca.list("crl-revoked.pem")?;
    shop.directory("crl-none", &["crl-none.pem"], true)?;
    shop.directory("crl-revoked", &["crl-revoked.pem"], true)?;
    shop.directory("crl-unhashed", &["crl-none.pem"], false)
}
