//! 1,000 reloads of a client and a server while connections are made all the time, a link is
//! switched from one set of files to the other, and a file is rewritten.

mod support;

use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use support::issued::{self, Issued, Issuer};
use support::{Files, SCHEDULES, link, run};
use tlsql::{Builder, Code, Conn, Context, OPTIONS, OnelineForm, Reload, Role, event};

/// Of each end.
const RELOADS: usize = 500;
const SETS: [&str; 2] = ["one", "two"];

/// A CA below `root`, and a certificate of it.
struct Set {
    sub_ca: Issuer,
    issued: Issued,
}

impl Set {
    fn new(root: &Issuer, kind: &str, set: &str) -> Self {
        let name = |what: &str| issued::name(&[&[("CN", format!("{what} {set}").as_bytes())]]);
        let sub_ca = root.sub_ca(&name(&format!("{kind} CA")));
        let issued = sub_ca.client(&name(kind), &issued::value(0x82, b"localhost"));
        Self { sub_ca, issued }
    }
}

/// The files of both ends: two whole sets of a server's behind a link, as Kubernetes has them, and a
/// client's certificate and key in one file.
struct Ends {
    files: Files,
    client_sets: [Vec<u8>; 2],
}

impl Ends {
    fn new() -> Self {
        let root = Issuer::new(&issued::name(&[&[("CN", b"root")]]));
        let root_pem = pem("CERTIFICATE", &root.certificate);
        let files = Files::new();
        files.write_bytes("root.pem", &root_pem);
        for set in SETS {
            let Set { sub_ca, issued } = Set::new(&root, "server", set);
            // The chain is whole only with the CAs of the same set.
            let cas = [root_pem.clone(), pem("CERTIFICATE", &sub_ca.certificate)].concat();
            files.write(&format!("{set}/ca.pem"), cas);
            files.write(&format!("{set}/cert.pem"), issued.pem());
            files.write(&format!("{set}/key.pem"), pem("PRIVATE KEY", &issued.key));
        }
        symlink("one", files.path("data")).unwrap();
        let client_sets = SETS.map(|set| {
            let Set { sub_ca, issued } = Set::new(&root, "client", set);
            let key = pem("PRIVATE KEY", &issued.key);
            [issued.with(&sub_ca).pem(), key].concat()
        });
        files.write_bytes("client.pem", &client_sets[0]);
        Self { files, client_sets }
    }

    fn builder(&self, role: Role) -> Builder {
        let options: &[(&str, &str)] = match role {
            Role::Client => {
                &[("ssl_ca", "root.pem"), ("ssl_cert", "client.pem"), ("ssl_mode", "VERIFY_CA")]
            }
            Role::Server => &[
                ("ssl_ca", "data/ca.pem"),
                ("ssl_cert", "data/cert.pem"),
                ("ssl_key", "data/key.pem"),
            ],
        };
        let mut builder = Builder::new(role);
        for (name, value) in options {
            let path = self.files.path(value);
            let value = if value.ends_with(".pem") { &path } else { *value };
            builder.set(name, value).unwrap();
        }
        builder
    }

    fn context(&self, role: Role) -> Context {
        let mut builder = self.builder(role);
        builder.load_files().unwrap();
        Context::new(&builder).unwrap()
    }

    /// Switches the link, and each fourth time writes the client's file anew, in two parts.
    fn change(&self, turn: usize) {
        symlink(SETS[turn % 2], self.files.path("new")).unwrap();
        std::fs::rename(self.files.path("new"), self.files.path("data")).unwrap();
        if turn % 4 != 0 {
            return;
        }
        let content = &self.client_sets[turn / 4 % 2];
        let half = content.len() / 2;
        std::fs::write(self.files.path("client.pem"), &content[..half]).unwrap();
        thread::yield_now();
        std::fs::write(self.files.path("client.pem"), content).unwrap();
    }
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let body = support::issued::base64(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes()
}

/// Returns the sets that the peer's certificates are of.
fn sets(conn: &Conn) -> Vec<String> {
    let chain = &conn.negotiated().unwrap().peer_chain;
    let name = |der: &[u8]| {
        let certificate = tlsql::trust::Certificate::parse(der).unwrap();
        let name = certificate.subject().oneline(OnelineForm::OpenSsl3);
        String::from_utf8(name).unwrap().split(' ').next_back().unwrap().to_owned()
    };
    chain.iter().map(name).collect()
}

fn values(context: &Context) -> Vec<(&'static str, Option<String>)> {
    OPTIONS.iter().map(|option| (option.name, context.value(option.name))).collect()
}

/// Makes a connection, which must not fail, and whose certificates must be of one set at each end.
fn connect(client: &Context, server: &Context) {
    let (mut client, mut server) = link(client, server, SCHEDULES[0]);
    run(&mut client, &mut server);
    for host in [&client, &server] {
        assert!(host.error.is_none(), "{}", host.failure());
        assert!(host.has(event::SECURED));
        let sets = sets(&host.conn);
        assert!(sets.len() == 2 && sets[0] == sets[1], "parts of two sets: {sets:?}");
    }
}

/// Reads the files and puts them in force. Returns whether that was possible just now.
fn reload(ends: &Ends, role: Role, context: &Context) -> bool {
    let mut builder = ends.builder(role);
    let loaded = builder.load_files();
    let Err(error) = context.reload(&builder, Reload::default()) else { return true };
    let is_expected = match role {
        // The link was switched each time that it read.
        Role::Server => matches!(error.code, Code::File),
        // The file was half there.
        Role::Client => {
            matches!(error.code, Code::File | Code::NoCert | Code::NoKey | Code::KeyMismatch)
        }
    };
    assert!(is_expected, "{error}");
    assert!(loaded.is_err() || error.code == Code::KeyMismatch);
    false
}

#[test]
fn no_handshake_fails_and_no_connection_has_parts_of_two_sets() {
    let ends = Ends::new();
    let contexts = [Role::Client, Role::Server].map(|role| (role, ends.context(role)));
    let [(_, client), (_, server)] = &contexts;
    let before = contexts.each_ref().map(|(_, context)| values(context));
    let is_done = AtomicBool::new(false);
    let (connections, changes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut taken = [0; 2];
    thread::scope(|scope| {
        // A failure in this thread must not leave the others running.
        let _stop = Stop(&is_done);
        for _ in 0..2 {
            scope.spawn(|| {
                let _stop = Stop(&is_done);
                while !is_done.load(Ordering::Relaxed) {
                    connect(client, server);
                    connections.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                ends.change(changes.fetch_add(1, Ordering::Relaxed) + 1);
                thread::sleep(Duration::from_millis(1));
            }
        });
        for _ in 0..RELOADS {
            for (taken, (role, context)) in taken.iter_mut().zip(&contexts) {
                *taken += usize::from(reload(&ends, *role, context));
            }
            if is_done.load(Ordering::Relaxed) {
                return;
            }
        }
    });
    let (connections, changes) = (connections.into_inner(), changes.into_inner());
    println!("{RELOADS} reloads of each end, {taken:?} taken; {changes} changes of the files;");
    println!("{connections} connections, none failed, none with parts of two sets");
    assert!(taken.iter().all(|taken| *taken > RELOADS / 20), "{taken:?}");
    assert!(connections > 20 && changes > 20, "{connections} connections, {changes} changes");
    assert_eq!(contexts.each_ref().map(|(_, context)| values(context)), before);
    let finished = server.status("Ssl_finished_accepts").unwrap();
    assert_eq!(finished, connections.to_string(), "counters go on");
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
