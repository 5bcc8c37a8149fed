//! Files of another kind than an option needs: the message says what was found and what to do, and
//! what OpenSSL 3.0 reads is read.

mod support;

use support::pki;
use tlsql::{Builder, Code, Error, Role};

/// File or text, option, words of the message.
type Row = (Vec<u8>, &'static str, &'static str);

#[test]
fn a_file_of_another_kind_is_named_with_what_to_do() {
    let crl = pki::read("crl.pem");
    let [cert, key] = ["root.pem", "key.pem"].map(own);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let changed = |bytes: &[u8], change: fn(&str) -> String| change(&text(bytes)).into_bytes();
    let indent = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect();
    let yaml = |text: &str| {
        let lines: String = text.lines().map(|line| format!("  {line}\n")).collect();
        format!("tls:\n  cert: |\n{lines}")
    };
    let utf16: fn(&str) -> Vec<u8> =
        |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = |text: &str| [b"\xff\xfe".to_vec(), utf16(text)].concat();
    let bare = |text: &str| text.lines().filter(|line| !line.starts_with('-')).collect();
    let glued = [cert.trim_ascii_end(), &cert].concat();
    let glued_pair = [cert.trim_ascii_end(), &key].concat();
    let putty = b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n".to_vec();
    let pgp = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAQID\n-----END PGP PUBLIC KEY BLOCK-----\n";
    let rows: Vec<Row> = vec![
        (kind("c.p12"), "ssl_key", "it is PKCS#12"),
        (kind("c.p12"), "ssl_key", "openssl pkcs12 -in FILE -nocerts -nodes -out FILE2"),
        (kind("c.p12"), "ssl_cert", "openssl pkcs12 -in FILE -nokeys -out FILE2"),
        (kind("c.p12"), "ssl_ca", "it is PKCS#12"),
        (kind("c.p12"), "ssl_crl", "it is PKCS#12"),
        (kind("p7.pem"), "ssl_cert", "it is PKCS#7"),
        (kind("p7.pem"), "ssl_ca", "openssl pkcs7 -in FILE -print_certs -out FILE2"),
        (kind("p7.der"), "ssl_cert", "openssl pkcs7 -inform DER -in FILE -print_certs"),
        (kind("p7.der"), "ssl_key", "PKCS#7 does not hold"),
        (kind("openssh-key.pem"), "ssl_key", "OpenSSH's own form"),
        (kind("openssh-key.pem"), "ssl_key", "ssh-keygen -p -m PKCS8 -f FILE"),
        (kind("openssh-key.pem"), "ssl_cert", "OpenSSH's own form"),
        (kind("openssh.pub"), "ssl_key", "it is a public key of SSH"),
        (putty.clone(), "ssl_key", "PuTTY's form"),
        (putty, "ssl_cert", "PuTTY's form"),
        (b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec(), "ssl_ca", "Java keystore"),
        (pgp.to_vec(), "ssl_ca", "OpenPGP"),
        (marked(&text(&cert)), "ssl_ca", "it is UTF-16 text"),
        (utf16(&text(&cert)), "ssl_cert", "iconv -f UTF-16"),
        (marked(&text(&key)), "ssl_key", "it is UTF-16 text"),
        (changed(&cert, indent), "ssl_ca", "blanks stand in front of PEM in line 1"),
        (changed(&cert, yaml), "ssl_cert", "blanks stand in front of PEM in line 3"),
        (changed(&key, indent), "ssl_key", "blanks stand in front of PEM in line 1"),
        (changed(&crl, indent), "ssl_crl", "Remove them: sed"),
        (glued.clone(), "ssl_ca", "a PEM block begins behind other text"),
        (glued, "ssl_cert", "in line "),
        (glued_pair.clone(), "ssl_cert", "Put a line end in front of -----BEGIN there"),
        (glued_pair, "ssl_key", "a PEM block begins behind other text"),
        (changed(&cert, bare), "ssl_ca", "base64 without the lines of PEM"),
        (b"".to_vec(), "ssl_ca", "it is empty"),
        (b" \n".to_vec(), "ssl_cert", "it is empty"),
        (b"".to_vec(), "ssl_key", "it is empty"),
        (b"".to_vec(), "ssl_crl", "it is empty"),
        (kind("request.pem"), "ssl_cert", "it is a certificate request"),
        (kind("request.der"), "ssl_cert", "the certificate that the CA issued for it"),
        (kind("public.pem"), "ssl_key", "it is a public key"),
        (kind("public.der"), "ssl_key", "the private key that belongs to it"),
        (kind("public.pem"), "ssl_ca", "it is a public key"),
        (kind("key.der"), "ssl_cert", "no certificate in it: it is a private key"),
        (key, "ssl_ca", "no certificate in it: it is a private key"),
        (pki::der(&cert), "ssl_key", "no private key in it: it is a certificate"),
        (cert.clone(), "ssl_key", "no private key in it: it is a certificate"),
        (cert.clone(), "ssl_crl", "no X.509 CRL in it: it is a certificate"),
        (pki::der(&cert), "ssl_crl", "no X.509 CRL in it: it is a certificate"),
        (crl.clone(), "ssl_ca", "no certificate in it: it is an X.509 CRL"),
        (pki::der(&crl), "ssl_cert", "no certificate in it: it is an X.509 CRL"),
        (crl, "ssl_key", "no private key in it: it is an X.509 CRL"),
        (cert, "tlsql_dh_params", "no DH PARAMETERS in it: it is a certificate"),
    ];
    for (i, (content, option, words)) in rows.into_iter().enumerate() {
        let Err(error) = read(option, &content) else { panic!("row {i}, {option}, {words}") };
        let code = match option {
            "ssl_cert" => Code::NoCert,
            "ssl_key" => Code::NoKey,
            "ssl_crl" => Code::Crl,
            _ => Code::Pem,
        };
        let message = error.message();
        assert_eq!((error.code, error.mysql_errno()), (code, 2026), "{message}");
        assert!(message.contains(words), "row {i}, {option}, {words}: {message}");
        let shown = message.replace(pki::dir().to_str().unwrap(), "");
        assert!(shown.chars().count() <= 264, "{message}");
        let option_and_path = message.find('(').map_or("", |at| &message[at..]);
        assert!(option_and_path.contains(option), "{message}");
    }
}

#[test]
fn line_ends_of_every_kind_are_read() {
    // OpenSSL 3.0 reads those of DOS and blanks at the ends of lines; old Macs' are read here too.
    for end in ["\r\n", " \n", "\t\r\n", "\r"] {
        let with = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace('\n', end);
        for (option, content) in [
            ("ssl_ca", own("root.pem")),
            ("ssl_cert", own("server-leaf.pem")),
            ("ssl_key", own("key.pem")),
            ("ssl_crl", pki::read("crl.pem")),
        ] {
            let read = read(option, with(content).as_bytes());
            assert!(read.is_ok(), "{option} {end:?}: {read:?}");
        }
    }
}

#[test]
fn what_is_damaged_is_not_called_another_kind() {
    let cert = String::from_utf8(own("root.pem")).unwrap();
    let broken = cert.replacen("MII", "M*I", 1);
    let error = read("ssl_ca", broken.as_bytes()).unwrap_err();
    assert!(error.message().contains("is not base64"), "{error}");
    let other = b"just words\n";
    let error = read("ssl_ca", other).unwrap_err();
    assert!(error.message().contains("no certificate in it (ssl_ca="), "{error}");
}

#[test]
fn a_value_with_a_line_end_or_blanks_at_its_ends_is_shown_as_such() {
    let shown = |name: &str, value: &str| {
        let mut builder = Builder::new(Role::Client);
        let set = builder.set(name, value).and_then(|()| builder.load_files());
        set.unwrap_err().message()
    };
    for (name, value, words) in [
        ("ssl_ca", "/nonexistent/ca.pem\n", "(ssl_ca='/nonexistent/ca.pem\\n')"),
        ("ssl_key", "/nonexistent/key.pem ", "(ssl_key='/nonexistent/key.pem ')"),
        ("ssl_ca", "/nonexistent/ca.pem", "(ssl_ca=/nonexistent/ca.pem)"),
        ("ssl_mode", "REQUIRED\r\n", "'REQUIRED\\r\\n' is none of"),
        ("ssl", "ON ", "'ON ' is neither ON nor OFF"),
    ] {
        let message = shown(name, value);
        assert!(message.contains(words), "{message}");
    }
}

/// Loads a file for one option; ssl_cert and ssl_key have a good file for the other.
fn read(option: &str, content: &[u8]) -> Result<(), Error> {
    let file = pki::dir().join("kind");
    let mut builder = Builder::new(Role::Client);
    let good = |name: &str| pki::kept(&format!("own-chain/{name}"));
    builder.set("ssl_cert", &good("server-leaf.pem")).unwrap();
    builder.set("ssl_key", &good("key.pem")).unwrap();
    builder.set(option, file.to_str().unwrap()).unwrap();
    // The tests of this file share the name.
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock();
    std::fs::write(&file, content).unwrap();
    builder.load_files()
}

fn own(name: &str) -> Vec<u8> {
    std::fs::read(pki::kept(&format!("own-chain/{name}"))).unwrap()
}

fn kind(name: &str) -> Vec<u8> {
    std::fs::read(pki::kept(&format!("kinds/{name}"))).unwrap()
}
