//! Which files are opened: none with TLS off, and never what would make the caller wait.

mod support;

use support::pki;
use tlsql::{Builder, Code, Context, Role};

const PIN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn with_tls_off_no_file_is_opened() {
    // T22, and ssl=OFF of a server
    for (role, off) in [(Role::Client, ("ssl_mode", "DISABLED")), (Role::Server, ("ssl", "OFF"))] {
        let mut builder = Builder::new(role);
        for option in ["ssl_ca", "ssl_capath", "ssl_crl", "ssl_crlpath", "ssl_cert", "ssl_key"] {
            builder.set(option, "/nonexistent").unwrap();
        }
        if role == Role::Client {
            builder.set("ssl_fplist", "/nonexistent").unwrap();
            builder.set("ssl_fp", PIN).unwrap();
        }
        builder.set("tlsql_strict", "ON").unwrap();
        builder.set(off.0, off.1).unwrap();
        assert!(!Context::new(&builder).unwrap().has_tls(), "not required");
        builder.load_files().unwrap();
        assert!(!Context::new(&builder).unwrap().has_tls());
        // No file is reported, only the options that have no effect.
        let (first, others) = match role {
            Role::Client => ("ssl_fp", "ssl_fplist, ssl_ca, ssl_capath, ssl_crl, ssl_crlpath"),
            Role::Server => ("ssl_ca", "ssl_capath, ssl_crl, ssl_crlpath"),
        };
        let notes: Vec<_> = builder.notes().iter().map(|note| note.text.clone()).collect();
        let expected =
            format!("{first}: no effect beside {}={}; the same goes for {others}", off.0, off.1);
        assert_eq!(notes, [expected]);
    }
    // A pipe that nobody writes to would block whoever opens it.
    let pipe = pki::dir().join("disabled-pipe");
    let path = std::ffi::CString::new(pipe.to_str().unwrap()).unwrap();
    let _ = std::fs::remove_file(&pipe);
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    let options = [("ssl_ca", pipe.to_str().unwrap()), ("ssl_mode", "DISABLED")];
    pki::client(&options);
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    // A pipe that nobody writes to would block whoever opens it.
    let pipe = pki::dir().join("pipe");
    let path = std::ffi::CString::new(pipe.to_str().unwrap()).unwrap();
    let _ = std::fs::remove_file(&pipe);
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    for option in ["ssl_ca", "ssl_crl", "ssl_cert", "ssl_key", "ssl_fplist"] {
        for path in [pipe.to_str().unwrap(), "/dev/null", "/dev/zero"] {
            let (tell, told) = std::sync::mpsc::channel();
            let named = path.to_owned();
            std::thread::spawn(move || {
                let _ = tell.send(pki::builder(Role::Client, &[(option, &named)]).map(drop));
            });
            let result = told.recv_timeout(std::time::Duration::from_secs(20));
            let error = result.expect("an answer").unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::File, 2026), "{option}={path}");
            let message = error.message();
            let told = format!("cannot read a file ({option}={path}): not a regular file");
            assert!(message.contains(&told), "{message}");
        }
    }
    let link = pki::dir().join("link-to-ca");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(pki::path("ca.pem"), &link).unwrap();
    pki::client(&[("ssl_ca", link.to_str().unwrap())]);
}
