//! `ssl_passphrase`: encrypted private keys, in builds with the cargo feature `encrypted-keys`. The keys
//! are those of `tests/data/keys/encrypted`, made by OpenSSL with the passphrase `secret`.

mod support;

use support::{Files, pki};
use tlsql::{Builder, Code, Context, Error, Role};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

#[cfg(not(feature = "encrypted-keys"))]
#[test]
fn a_build_without_the_feature_refuses_the_option() {
    let why = "this build decrypts no private keys (cargo feature encrypted-keys)";
    for role in ROLES {
        let error = Builder::new(role).set("ssl-passphrase", "secret").unwrap_err();
        assert_eq!(error.code, Code::OptionValue);
        assert!(error.message().contains(&format!("(ssl_passphrase): {why}")), "{error}");
        let files = Files::new();
        let path = files.write("my.cnf", "[g]\nssl-passphrase=secret\n");
        let error = Builder::new(role).read_options(&path, "g").unwrap_err();
        assert_eq!(error.code, Code::OptionValue);
        assert!(error.message().contains(why), "{error}");
        // As without the option.
        let error = made(role, "p256-cert", "p256-encrypted-pkcs8", &[]).unwrap_err();
        assert_eq!(error.code, Code::KeyEncrypted);
    }
}

#[test]
fn an_encrypted_key_without_a_passphrase_says_what_to_do() {
    for role in ROLES {
        for key in ["encrypted/pbes2-aes256-sha1", "encrypted/pem-aes256", "encrypted/scrypt"] {
            let error = made(role, "p256-cert", key, &[]).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::KeyEncrypted, 2026), "{key}");
            let message = error.message();
            let named = message.contains(&format!("(ssl_key={})", path(key)));
            let advised = ["openssl pkey", "or set ssl_passphrase"].map(|w| message.contains(w));
            // Nothing is advised that this build refuses.
            assert!(named && advised == [true, cfg!(feature = "encrypted-keys")], "{message}");
        }
    }
}

fn made(role: Role, cert: &str, key: &str, options: &[(&str, &str)]) -> Result<Context, Error> {
    let (cert, key) = (path(cert), path(key));
    let own = [("ssl_cert", cert.as_str()), ("ssl_key", key.as_str())];
    pki::try_context(role, &[options, &own].concat())
}

fn path(name: &str) -> String {
    pki::kept(&format!("keys/{name}.pem"))
}

#[cfg(feature = "encrypted-keys")]
mod decrypted {
    use tlsql::Reload;

    use super::*;

    const SECRET: (&str, &str) = ("ssl_passphrase", "secret");

    /// Certificates and keys, which fit together: another key than the certificate's is an error.
    const KEYS: [(&str, &str); 10] = [
        ("p256-cert", "p256-encrypted-pkcs8"),
        ("rsa2048-cert", "rsa2048-encrypted-pkcs1"),
        ("p256-cert", "encrypted/pbes2-aes128-sha512"),
        ("p256-cert", "encrypted/pbes2-aes192-sha384"),
        ("p256-cert", "encrypted/pbes2-aes256-sha1"),
        ("p256-cert", "encrypted/pbes2-des3-sha256"),
        ("p256-cert", "encrypted/pem-aes128"),
        ("p256-cert", "encrypted/pem-aes192"),
        ("p256-cert", "encrypted/pem-aes256"),
        ("p256-cert", "encrypted/pem-des3"),
    ];

    /// The right passphrase is not that of the set that failed, though the key's path is.
    #[test]
    fn a_reload_with_another_passphrase_asks_for_the_files_again() {
        let (cert, key) = (path("p256-cert"), path("encrypted/pbes2-aes256-sha1"));
        let mut builder = Builder::new(Role::Server);
        let options = [("ssl_cert", cert.as_str()), ("ssl_key", key.as_str()), SECRET];
        options.iter().for_each(|(name, value)| builder.set(name, value).unwrap());
        builder.load_files().unwrap();
        let server = Context::new(&builder).unwrap();
        builder.set("ssl_passphrase", "wrong").unwrap();
        assert_eq!(builder.load_files().unwrap_err().code, Code::KeyEncrypted);
        builder.set(SECRET.0, SECRET.1).unwrap();
        let no_rollback = Reload { options: false, no_rollback: true };
        let error = server.reload(&builder, no_rollback).unwrap_err();
        let advice = "Call tlsql_builder_load_files() again.";
        assert!(error.message().ends_with(advice) && !error.is_warning(), "{error}");
        assert!(server.has_tls());
    }

    #[test]
    fn each_form_is_decrypted_from_files_and_memory() {
        for (cert, key) in KEYS {
            for role in ROLES {
                let context = made(role, cert, key, &[SECRET]);
                assert!(context.is_ok_and(|context| context.has_tls()), "{key}");
                assert!(from_memory(role, cert, &read(key), Some("secret")).is_ok(), "{key}");
            }
            let text = String::from_utf8(read(key)).unwrap();
            for other in [
                text.replace('\n', "\r\n"),
                format!("\u{feff}{text}"),
                format!("Bag Attributes: x\n{text}trailing words\n"),
            ] {
                let made = from_memory(Role::Server, cert, other.as_bytes(), Some("secret"));
                assert!(made.is_ok(), "{key}: {:?}", made.err());
            }
        }
        let der = pki::der(&read("p256-encrypted-pkcs8"));
        assert!(from_memory(Role::Server, "p256-cert", &der, Some("secret")).is_ok(), "DER");
    }

    #[test]
    fn a_server_without_tls_has_it_back_with_the_right_passphrase() {
        let mut builder = Builder::new(Role::Server);
        builder.set("tlsql_on_config_error", "disable").unwrap();
        builder.set("ssl_cert", &path("p256-cert")).unwrap();
        builder.set("ssl_key", &path("encrypted/pem-aes256")).unwrap();
        builder.set("ssl_passphrase", "wrong").unwrap();
        builder.load_files().unwrap();
        assert_eq!(Context::new(&builder).unwrap().fault().unwrap().code, Code::KeyEncrypted);
        builder.set(SECRET.0, SECRET.1).unwrap();
        assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
        builder.load_files().unwrap();
        assert!(Context::new(&builder).unwrap().has_tls());
    }

    #[test]
    fn another_passphrase_is_told_from_a_missing_one() {
        for (cert, key) in KEYS {
            for wrong in ["Secret", "secret ", "secre", "s"] {
                let error =
                    made(Role::Server, cert, key, &[("ssl_passphrase", wrong)]).unwrap_err();
                assert_eq!((error.code, error.mysql_errno()), (Code::KeyEncrypted, 2026), "{key}");
                let message = error.message();
                let words = "ssl_passphrase does not fit, or the key is damaged";
                let named = format!("(ssl_key={})", path(key));
                assert!(message.contains(words) && message.contains(&named), "{message}");
                assert_eq!(error.option_name(), Some("ssl_key"), "whose file it is");
                assert!(!message.contains(wrong) || wrong.len() == 1, "{message}");
            }
            let error = from_memory(Role::Client, cert, &read(key), None).unwrap_err();
            assert_eq!(error.code, Code::KeyEncrypted);
            assert!(!error.message().contains("does not fit"), "{error}");
        }
    }

    #[test]
    fn what_is_not_decrypted_is_named() {
        for (key, name) in [
            ("scrypt", "scrypt"),
            ("pbes1", "PBES1 with SHA-1 and Triple DES"),
            ("pbes2-sha224", "HMAC with SHA-224"),
            ("pbes2-camellia", "1.2.392.200011.61.1.1.1.4"),
            ("pbes2-rounds", "PBKDF2 in 20000001 rounds"),
            ("pem-camellia", "CAMELLIA-256-CBC"),
            ("pem-des", "DES-CBC"),
        ] {
            let error = made(Role::Server, "p256-cert", &format!("encrypted/{key}"), &[SECRET]);
            let error = error.unwrap_err();
            assert_eq!(error.code, Code::KeyEncrypted, "{key}");
            let words = format!("with {name}, which is not decrypted here");
            assert!(error.message().contains(&words), "{error}");
            assert!(error.message().contains("openssl pkey"), "{error}");
        }
    }

    #[test]
    fn a_damaged_key_is_none() {
        let (pkcs8, pem) = (text("p256-encrypted-pkcs8"), text("encrypted/pem-aes256"));
        let end = "-----END";
        for damaged in [
            pkcs8.replace(end, "!-----END"),
            pkcs8.replace("-----END ENCRYPTED", "-----END"),
            pkcs8.split(end).next().unwrap().to_owned(),
            pkcs8.replacen("MI", "MH", 1),
            pem.replace("AES-256-CBC,", "AES-256-CBC;"),
            pem.replace("AES-256-CBC,", "AES-256-CBC,F"),
            pem.replace("AES-256-CBC,7C", "AES-256-CBC,"),
            pem.replace("AES-256-CBC,7C", "AES-256-CBC,XY"),
        ] {
            assert!(damaged != pkcs8 && damaged != pem);
            let made = from_memory(Role::Server, "p256-cert", damaged.as_bytes(), Some("secret"));
            let error = made.unwrap_err();
            assert_eq!(error.code, Code::NoKey, "{damaged}\n{error}");
        }
        // A bit of what is encrypted: the passphrase cannot be told from it.
        let mut der = pki::der(pkcs8.as_bytes());
        *der.last_mut().unwrap() ^= 1;
        let error = from_memory(Role::Server, "p256-cert", &der, Some("secret")).unwrap_err();
        assert_eq!(error.code, Code::KeyEncrypted);
        assert!(error.message().contains("or the key is damaged"), "{error}");
    }

    #[test]
    fn the_first_key_of_a_file_counts() {
        let (plain, encrypted) = (text("p256-pkcs8"), text("encrypted/pem-aes128"));
        let other = text("p384-pkcs8");
        let made =
            |data: String| from_memory(Role::Server, "p256-cert", data.as_bytes(), SECRET.1.into());
        assert!(made(format!("{encrypted}{other}")).is_ok());
        // Which is meant nobody can say.
        let error = made(format!("{plain}{encrypted}")).unwrap_err();
        assert_eq!(error.code, Code::KeyEncrypted);
        // A key that is not encrypted needs none.
        assert!(made(plain).is_ok());
        let both = format!("{}{encrypted}", text("p256-cert"));
        let files = Files::new();
        let file = files.write("both.pem", both);
        assert!(pki::try_context(Role::Server, &[SECRET, ("ssl_cert", &file)]).is_ok());
    }

    #[test]
    fn an_option_file_may_have_it() {
        let files = Files::new();
        for (line, is_right) in [
            ("ssl-passphrase=secret", true),
            ("ssl_passphrase = \"secret\" # words", true),
            ("ssl-passphrase='sec\\ret'", false),
            ("ssl-passphrase=", false),
        ] {
            let path = files.write("my.cnf", format!("[g]\n{line}\n"));
            let mut builder = Builder::new(Role::Server);
            builder.read_options(&path, "g").unwrap();
            builder.set("ssl_cert", &super::path("p256-cert")).unwrap();
            builder.set("ssl_key", &super::path("encrypted/pem-des3")).unwrap();
            let loaded = builder.load_files();
            assert_eq!(loaded.is_ok(), is_right, "{line}: {loaded:?}");
        }
        let path = files.write("my.cnf", "[g]\nssl-passphrase\n");
        let error = Builder::new(Role::Server).read_options(&path, "g").unwrap_err();
        assert!(error.message().contains("it needs a value"), "{error}");
    }

    #[test]
    fn it_is_shown_to_nobody() {
        let files = Files::new();
        let file = files.write("my.cnf", "[g]\nssl-passphrase=correct-horse\n");
        for role in ROLES {
            let mut builder = Builder::new(role);
            builder.set("ssl_passphrase", "battery-staple").unwrap();
            builder.read_options(&file, "g").unwrap();
            let mut of_file = Builder::new(role);
            of_file.read_options(&file, "g").unwrap();
            for builder in [&builder, &of_file] {
                assert_eq!(builder.get("ssl_passphrase").unwrap(), "hidden");
                let context = Context::new(builder).unwrap();
                assert_eq!(context.value("ssl_passphrase").as_deref(), Some("hidden"));
                let printed = format!("{builder:?} {context:?} {:?}", builder.notes());
                let shown = ["correct-horse", "battery-staple"].map(|p| printed.contains(p));
                assert_eq!(shown, [false, false], "{printed}");
            }
            builder.unset("ssl_passphrase").unwrap();
            assert_eq!(builder.get("ssl_passphrase").unwrap(), "");
            let error = builder.set("ssl_passphrase", "horse\0").unwrap_err();
            assert!(!error.message().contains("horse"), "{error}");
            assert_eq!(builder.set("ssl_passphrase", "").unwrap_err().code, Code::OptionValue);
        }
    }

    #[test]
    fn unset_it_decrypts_no_more() {
        let mut builder = Builder::new(Role::Server);
        builder.set("ssl_passphrase", "secret").unwrap();
        let texts = |builder: &Builder| -> Vec<_> {
            builder.notes().iter().map(|note| note.text.clone()).collect()
        };
        assert_eq!(texts(&builder), ["ssl_passphrase: no effect without ssl_key"]);
        builder.set("ssl_cert", &path("p256-cert")).unwrap();
        builder.set("ssl_key", &path("encrypted/pem-aes192")).unwrap();
        builder.load_files().unwrap();
        assert_eq!(texts(&builder), [""; 0]);
        builder.unset("ssl_passphrase").unwrap();
        assert_eq!(builder.load_files().unwrap_err().code, Code::KeyEncrypted);
    }

    fn from_memory(
        role: Role,
        cert: &str,
        key: &[u8],
        passphrase: Option<&str>,
    ) -> Result<Context, Error> {
        let mut builder = Builder::new(role);
        if let Some(passphrase) = passphrase {
            builder.set("ssl_passphrase", passphrase)?;
        }
        builder.set_identity(&read(cert), key)?;
        Context::new(&builder)
    }

    fn text(name: &str) -> String {
        String::from_utf8(read(name)).unwrap()
    }

    fn read(name: &str) -> Vec<u8> {
        std::fs::read(path(name)).unwrap()
    }
}
