//! Seeds of `option_files`.

use super::targets::option_files::{NAMES, VALUES};

/// Returns files with what MySQL's syntax has, beside the program's own values.
pub fn all() -> Vec<Vec<u8>> {
    let mut all: Vec<_> = FILES.iter().map(|(calls, file)| seed(calls, INCLUDED, file)).collect();
    for bytes in
        [&b"\xff\xfe[\0g\0]\0\n\0"[..], b"[client]\na\0b\n", b"\xef\xbb\xbf[client]\nssl\n"]
    {
        all.push([&[0, 0], bytes].concat());
    }
    all.push([&[0, 0][..], b"[client]\nssl-cipher=", &b"FOO:".repeat(400), b"HIGH\n"].concat());
    all.push([&[0, 0][..], b"[client]\n", &b"loose-ssl-x\n".repeat(100)].concat());
    all
}

/// The role, the program's calls, the included file and the file.
fn seed(calls: &[(&str, &str)], included: &str, file: &str) -> Vec<u8> {
    let role = u8::from(file.contains("mysqld"));
    let mut seed = vec![role | u8::try_from(calls.len()).unwrap() << 1];
    for (name, value) in calls {
        seed.push(place(&NAMES, name));
        seed.push(place(&VALUES, value));
    }
    seed.push(u8::try_from(included.len()).unwrap());
    seed.extend(included.bytes());
    seed.extend(file.bytes());
    seed
}

fn place(words: &[&str], word: &str) -> u8 {
    u8::try_from(words.iter().position(|known| *known == word).unwrap()).unwrap()
}

const INCLUDED: &str = "[client]\nssl-mode=REQUIRED\n[mysqld]\nssl-ca=a\n[other]\n";

const PIN: &str = VALUES[11];

const FILES: &[(&[(&str, &str)], &str)] = &[
    (&[], "[client]\nssl-mode=REQUIRED # c\n; c\n\ntls_version = \"TLSv1.3\"\n"),
    (&[], "[mysqld]\nrequire_secure_transport\nskip-ssl\nssl-ca='a b'\ndatadir=/x\n"),
    (&[], "[client]\nssl-ca=\\n\\t\\s\\\\\\'\\q\n[other]\nssl-bogus\n"),
    (&[], "[client]\n!include @b.cnf\nssl-cert=x\n"),
    (&[], "[client]\n!includedir @\n"),
    (&[], "[mysqld]\n!includedir @\nport=1\n"),
    (&[], "[client]\nloose-ssl-bogus\nloose-tls-version=TLSv1\nssl-ca=\n"),
    (&[], "[client]\nssl-verify-server-cert\nskip-ssl-verify-server-cert\n"),
    (&[], "[client]\nssl-bogus\n"),
    (&[], "[client]\nssl-ca=\"x\n"),
    (&[], "[client\nssl\n"),
    (&[], "ssl\n[client]\n"),
    (&[], "[client]\rssl\r"),
    (&[], "[client]\r\nssl-mode=VERIFY_IDENTITY\r\n"),
    (&[], "!include @none\n"),
    (&[], "!included\n"),
    (&[("ssl_mode", "REQUIRED")], "[client]\nssl-mode=DISABLED\nskip-ssl\n"),
    (&[("ssl", "ON")], "[client]\nssl-mode=PREFERRED\n"),
    (&[("ssl", "OFF")], "[client]\nssl-mode=VERIFY_CA\nssl-verify-server-cert\n"),
    (&[("ssl_fp", PIN), ("tls_version", "TLSv1.2")], "[client]\nssl-mode=DISABLED\nssl-ca=x\n"),
    (&[("tlsql_peer_proof", "ON")], "[client]\nskip-ssl\n"),
    (&[("ssl_cert", "/nonexistent")], "[client]\nssl-key=x\nssl-cipher=HIGH:FOO\n"),
    (&[("ssl_verify_server_cert", "OFF")], "[client]\nssl-verify-server-cert\nssl-ca=x\n"),
    (&[("tlsql_channel", "mysql_admin")], "[mysqld]\nssl=0\nadmin-ssl-ca=x\nadmin_tls_version=y\n"),
    (&[("datadir", "/nonexistent")], "[mysqld]\nskip-admin-ssl\nadmin-ssl-cert=x\nssl-cert=y\n"),
    (&[("ssl_cipher", "HIGH")], "[mysqld]\nssl-cipher=FOO\nmaximum-ssl=1\n"),
    (&[("tlsql_on_config_error", "disable")], "[mysqld]\ntls-version=y\nssl-cert=x\n"),
    (&[("tls_version", "TLSv1.2")], "[mysqld]\nssl-cipher=y\ntlsql_on_config_error=disable\n"),
];
