//! The reference: `openssl s_client` with the same server and the same trust.

use std::net::IpAddr;
use std::process::{Command, Stdio};

use crate::authority::Workshop;

/// What is asked of the server's certificate.
pub struct Question<'a> {
    pub port: u16,
    /// Options of our client, `--name=value` with `@` for the directory.
    pub options: &'a [&'a str],
    pub verify: bool,
    pub name: Option<&'a str>,
}

impl Question<'_> {
    /// Does `s_client` accept the server? `None` where it has no such option.
    pub fn ask(&self, shop: &Workshop) -> Result<Option<bool>, String> {
        let Some(arguments) = self.arguments(shop)? else { return Ok(None) };
        let Some(name) = self.name.filter(|_| self.verify) else {
            return self.run(shop, &arguments).map(Some);
        };
        let (by_name, by_address) = (["-verify_hostname", name], ["-verify_ip", name]);
        let strict = self.options.contains(&"--tlsql-strict");
        let is_address = name.parse::<IpAddr>().is_ok();
        // MySQL 5.7.23 compares an address as a name too, MySQL 8.4 does not.
        let mut ways = Vec::new();
        if !(strict && is_address) {
            ways.push(by_name);
        }
        if is_address {
            ways.push(by_address);
        }
        for way in ways {
            let way = way.map(str::to_string);
            if self.run(shop, &[&arguments[..], &way[..]].concat())? {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }

    fn arguments(&self, shop: &Workshop) -> Result<Option<Vec<String>>, String> {
        let mut level = "2";
        let mut files = Vec::new();
        let mut given = Vec::new();
        for option in self.options {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match name {
                "--ssl-ca" | "--ssl-crl" => files.push(value.trim_start_matches('@')),
                "--ssl-capath" | "--ssl-crlpath" => {
                    given.push("-CApath".to_string());
                    given.push(value.trim_start_matches('@').to_string());
                }
                "--tlsql-security-level" => level = value,
                "--tls-version" => given.push(format!("-{}", value.replace("TLSv1.", "tls1_"))),
                "--tlsql-strict" => {}
                _ => return Ok(None),
            }
            if name.starts_with("--ssl-crl") {
                given.push("-crl_check_all".to_string());
                // As MySQL has it; alone, the flag above does nothing.
                given.push("-crl_check".to_string());
            }
        }
        if self.verify {
            // One file may hold certificates and lists; -CRL takes one list only.
            if !files.is_empty() {
                shop.join("s_client.pem", &files)?;
                given.extend(["-CAfile", "s_client.pem"].map(str::to_string));
            }
            given.extend(["-verify_return_error", "-purpose", "sslserver"].map(str::to_string));
        }
        given.extend(["-cipher".to_string(), format!("DEFAULT:@SECLEVEL={level}")]);
        Ok(Some(given))
    }

    fn run(&self, shop: &Workshop, arguments: &[String]) -> Result<bool, String> {
        let mut command = Command::new("timeout");
        command
            .args(["20", "openssl", "s_client", "-starttls", "mysql", "-connect"])
            .arg(format!("127.0.0.1:{}", self.port))
            .args(["-no-CAfile", "-no-CApath", "-no-CAstore"])
            .args(arguments)
            .current_dir(&shop.dir)
            .stdin(Stdio::null());
        let output = command.output().map_err(|e| format!("openssl s_client: {e}"))?;
        let out = String::from_utf8_lossy(&output.stdout);
        // It ends with 1 after a failed handshake, and also where it could not begin one.
        match (output.status.code(), out.contains("SSL-Session") || out.contains("Verif")) {
            (Some(0), true) => Ok(true),
            (Some(1), true) => Ok(false),
            (status, _) => {
                let why = String::from_utf8_lossy(&output.stderr);
                Err(format!("openssl s_client, {status:?}: {why}"))
            }
        }
    }
}
