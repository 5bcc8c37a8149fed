//! Servers of newer Debian releases, with the C library of theirs: nothing is run as root of another
//! system, its loader runs the programs where they lie.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::fetch::{Missing, Tree, complete, fresh, have, here, is_root, mark_complete, run};
use crate::kind::Kind;

/// These take minutes and 850 MB: who wants them says so.
const WISH: &str = "TLSQL_OPTIONAL_PEERS";

struct Release {
    suite: &'static str,
    packages: &'static str,
    /// What the server says of itself; a suite may have moved on.
    version: &'static str,
    programs: &'static [&'static str],
}

fn release(kind: Kind) -> Option<Release> {
    match kind {
        Kind::MySql97 => Some(Release {
            suite: "sid",
            packages: "mysql-server-core,mysql-client-core",
            version: "Ver 9.7.",
            programs: &["sbin/mysqld", "bin/mysql"],
        }),
        Kind::MariaDb118 => Some(Release {
            suite: "trixie",
            packages: "mariadb-server-core,mariadb-client-core",
            version: "Ver 11.8.",
            programs: &["sbin/mariadbd", "bin/my_print_defaults", "bin/resolveip"],
        }),
        _ => None,
    }
}

/// The server with its whole system under `target/peers`.
pub fn server(kind: Kind, peers: &Path) -> Result<Tree, Missing> {
    let Some(release) = release(kind) else {
        return Err(Missing::Here(format!("{} is not Debian's", kind.name())));
    };
    if std::env::var(WISH).is_ok_and(|wish| wish == "1") {
        release.fetch(kind, peers)
    } else {
        Err(Missing::Here(format!("{WISH}=1 fetches it with debootstrap")))
    }
}

impl Release {
    fn fetch(&self, kind: Kind, peers: &Path) -> Result<Tree, Missing> {
        let base = peers.join(kind.stem());
        let system = base.join("system");
        if !complete(&base) {
            if !is_root() || !have("debootstrap") {
                return Err(Missing::Here("needs debootstrap, and root to run it".into()));
            }
            println!("debootstrap {} for {} (GPL)", self.suite, kind.name());
            fresh(&base)?;
            run(Command::new("debootstrap")
                .args(["--variant=minbase", &format!("--include={}", self.packages), self.suite])
                .arg(&system))?;
            self.wrap(&base, &system)?;
            let said = run(Command::new(base.join(kind.daemon())).arg("--version"))?;
            if !said.contains(self.version) {
                return Err(Missing::Here(format!("{} has {}", self.suite, said.trim())));
            }
            mark_complete(&base)?;
        }
        Ok(Tree { base, libraries: Vec::new() })
    }

    /// Programs of the same names that start the real ones with the system's own libraries.
    fn wrap(&self, base: &Path, system: &Path) -> Result<(), Missing> {
        let loader = system.join("lib64/ld-linux-x86-64.so.2");
        let libraries = system.join("usr/lib/x86_64-linux-gnu");
        let private = system.join("usr/lib/mysql/private");
        for program in self.programs {
            let (real, wrapper) = (system.join("usr").join(program), base.join(program));
            let text = format!(
                "#!/bin/sh\nexec {} --library-path {}:{} {} \"$@\"\n",
                loader.display(),
                libraries.display(),
                private.display(),
                real.display()
            );
            if let Some(dir) = wrapper.parent() {
                fs::create_dir_all(dir).map_err(|e| here(dir, e))?;
            }
            fs::write(&wrapper, text).map_err(|e| here(&wrapper, e))?;
            let executable = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&wrapper, executable).map_err(|e| here(&wrapper, e))?;
        }
        for link in ["share", "lib"] {
            let (to, from) = (system.join("usr").join(link), base.join(link));
            symlink(to, &from).map_err(|e| here(&from, e))?;
        }
        Ok(())
    }
}
