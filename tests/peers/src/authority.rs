//! Certificate authorities that the `openssl` program runs: what it makes is what MySQL's users
//! have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where all files of one run are, and the `openssl` program that makes them.
pub struct Workshop {
    pub dir: PathBuf,
}

/// A certificate `NAME.pem` with its key, and what it has issued.
pub struct Authority<'a> {
    shop: &'a Workshop,
    name: &'static str,
    key: &'static str,
}

/// First and last moment of a certificate, as `openssl ca` reads them.
pub type Dates = (&'static str, &'static str);

pub const NOW: Dates = ("20200101000000Z", "20400101000000Z");
pub const PAST: Dates = ("20200101000000Z", "20210101000000Z");
pub const FUTURE: Dates = ("20390101000000Z", "20400101000000Z");

/// Extensions of an authority.
pub const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n";

impl Workshop {
    pub fn new(dir: PathBuf) -> Result<Workshop, String> {
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        let shop = Workshop { dir };
        shop.write("request.cnf", "[req]\ndistinguished_name=name\n[name]\n")?;
        Ok(shop)
    }

    /// A new key `NAME-key.pem`, and a request `NAME.csr` that carries its public half.
    pub fn key(&self, name: &str, bits: u32) -> Result<(), String> {
        let key = format!("{name}-key.pem");
        self.openssl(&["genrsa", "-out", &key, &bits.to_string()])?;
        self.request(name, &key)
    }

    /// The same with a key on P-256.
    pub fn ecdsa_key(&self, name: &str) -> Result<(), String> {
        let key = format!("{name}-key.pem");
        let curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
        self.openssl(&[&["genpkey"][..], &curve, &["-out", &key]].concat())?;
        self.request(name, &key)
    }

    /// The key `NAME-key.pem` again, as PKCS#1: yaSSL reads nothing else.
    pub fn pkcs1(&self, name: &str) -> Result<(), String> {
        let (key, out) = (format!("{name}-key.pem"), format!("{name}-pkcs1-key.pem"));
        self.openssl(&["rsa", "-traditional", "-in", &key, "-out", &out])
    }

    /// A group of Diffie-Hellman that OpenSSL has under this name, as `dh-NAME.pem`.
    pub fn dh_group(&self, name: &str) -> Result<(), String> {
        let (option, out) = (format!("group:{name}"), format!("dh-{name}.pem"));
        let fixed = ["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", &option];
        self.openssl(&[&fixed[..], &["-out", &out]].concat())
    }

    fn request(&self, name: &str, key: &str) -> Result<(), String> {
        let (subject, request) = (format!("/CN={name}"), format!("{name}.csr"));
        let fixed = ["req", "-new", "-config", "request.cnf", "-subj", &subject, "-key", key];
        self.openssl(&[&fixed[..], &["-out", &request]].concat())
    }

    /// A self-signed certificate `NAME.pem`; without extensions it is of version 1.
    pub fn self_signed(
        &self,
        name: &str,
        subject: &str,
        key: &str,
        extensions: Option<&str>,
    ) -> Result<(), String> {
        let (request, key) = (format!("{key}.csr"), format!("{key}-key.pem"));
        let signing = ["-in", &request, "-signkey", &key, "-set_serial", "1"];
        self.x509(name, subject, &signing, extensions)
    }

    /// As an authority from now on; `NAME.pem` is there.
    pub fn authority(
        &self,
        name: &'static str,
        key: &'static str,
    ) -> Result<Authority<'_>, String> {
        self.write(&format!("{name}.index"), "")?;
        self.write(&format!("{name}.number"), "01\n")?;
        let config = format!(
            "[ca]\ndefault_ca=it\n[it]\ndatabase={name}.index\nrand_serial=yes\nnew_certs_dir=.\n\
             crlnumber={name}.number\ndefault_md=sha256\ndefault_crl_days=3650\npolicy=any\n\
             unique_subject=no\nemail_in_dn=no\n[any]\ncommonName=supplied\n"
        );
        self.write(&format!("{name}.cnf"), &config)?;
        Ok(Authority { shop: self, name, key })
    }

    /// Files one after the other.
    pub fn join(&self, name: &str, parts: &[&str]) -> Result<(), String> {
        let mut text = String::new();
        for part in parts {
            text += &self.read(part)?;
        }
        self.write(name, &text)
    }

    /// A directory with copies of these files, under hashed names too if `hashed`.
    pub fn directory(&self, name: &str, files: &[&str], hashed: bool) -> Result<(), String> {
        fs::create_dir_all(self.dir.join(name)).map_err(|e| e.to_string())?;
        for file in files {
            self.write(&format!("{name}/{file}"), &self.read(file)?)?;
        }
        if hashed { self.openssl(&["rehash", name]) } else { Ok(()) }
    }

    pub fn read(&self, name: &str) -> Result<String, String> {
        fs::read_to_string(self.dir.join(name)).map_err(|e| format!("{name}: {e}"))
    }

    /// SHA-256 of a certificate, as `ssl_fp` takes it.
    fn fingerprint(&self, name: &str) -> Result<String, String> {
        let text = self.output(&["x509", "-in", name, "-noout", "-fingerprint", "-sha256"])?;
        Ok(text.trim().rsplit('=').next().unwrap_or_default().to_string())
    }

    /// An option of our programs: `@NAME` is a file here, `#NAME` a certificate's fingerprint.
    pub fn option(&self, option: &str) -> Result<String, String> {
        match option.split_once('#') {
            Some((head, name)) => Ok(format!("{head}{}", self.fingerprint(name)?)),
            None => Ok(option.replace('@', &path(&self.dir, ""))),
        }
    }

    /// X.509's own count: 1 or 3.
    pub fn version(&self, name: &str) -> Result<u8, String> {
        let text = self.output(&["x509", "-in", name, "-noout", "-text"])?;
        let number = text.split("Version: ").nth(1).and_then(|rest| rest.bytes().next());
        number.map(|digit| digit.wrapping_sub(b'0')).ok_or_else(|| format!("{name}: no version"))
    }

    fn x509(
        &self,
        name: &str,
        subject: &str,
        signing: &[&str],
        extensions: Option<&str>,
    ) -> Result<(), String> {
        let (certificate, file) = (format!("{name}.pem"), format!("{name}.ext"));
        let fixed = ["x509", "-req", "-sha256", "-days", "3650", "-subj", subject];
        let mut arguments = [&fixed[..], signing, &["-out", &certificate]].concat();
        if let Some(extensions) = extensions {
            self.write(&file, extensions)?;
            arguments.extend(["-extfile", &file]);
        }
        self.openssl(&arguments)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.dir.join(name), text).map_err(|e| format!("{name}: {e}"))
    }

    fn openssl(&self, arguments: &[&str]) -> Result<(), String> {
        self.output(arguments).map(|_| ())
    }

    fn output(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(&self.dir).stdin(Stdio::null());
        let output = command.output().map_err(|e| format!("openssl: {e}"))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(format!("openssl {}: {}", arguments.join(" "), why.trim()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Authority<'_> {
    /// The recipe of MySQL 5.7's manual (6.3.3.2): `openssl x509 -req`, which without extensions makes
    /// X.509 version 1, and no identifiers of keys with them.
    pub fn recipe(
        &self,
        name: &str,
        subject: &str,
        key: &str,
        extensions: Option<&str>,
    ) -> Result<(), String> {
        let request = format!("{key}.csr");
        let (ca, ca_key) = (format!("{}.pem", self.name), format!("{}-key.pem", self.key));
        let signing = ["-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-set_serial", "2"];
        self.shop.x509(name, subject, &signing, extensions)
    }

    /// Version 3, with identifiers of keys.
    pub fn issue(
        &self,
        name: &str,
        subject: &str,
        key: &str,
        extensions: &str,
    ) -> Result<(), String> {
        self.issue_with(name, subject, key, extensions, NOW, "sha256")
    }

    pub fn issue_with(
        &self,
        name: &str,
        subject: &str,
        key: &str,
        extensions: &str,
        dates: Dates,
        digest: &str,
    ) -> Result<(), String> {
        // openssl reads an empty file of extensions as none, which makes version 1.
        let extensions = format!("basicConstraints=CA:FALSE\n{extensions}");
        self.sign(name, subject, key, &extensions, dates, digest)
    }

    /// A certificate for another authority.
    pub fn issue_ca(&self, name: &str, subject: &str, key: &str) -> Result<(), String> {
        self.sign(name, subject, key, CA, NOW, "sha256")
    }

    fn sign(
        &self,
        name: &str,
        subject: &str,
        key: &str,
        extensions: &str,
        (start, end): Dates,
        digest: &str,
    ) -> Result<(), String> {
        let (request, file) = (format!("{key}.csr"), format!("{name}.ext"));
        let certificate = format!("{name}.pem");
        self.shop.write(&file, extensions)?;
        self.ca(
            &["-in", &request, "-out", &certificate, "-notext", "-subj", subject],
            &["-extfile", &file, "-startdate", start, "-enddate", end, "-md", digest],
        )
    }

    pub fn revoke(&self, certificate: &str) -> Result<(), String> {
        self.ca(&["-revoke", certificate], &[])
    }

    /// The list of what is revoked so far.
    pub fn list(&self, name: &str) -> Result<(), String> {
        self.ca(&["-gencrl", "-out", name], &[])
    }

    pub fn old_list(&self, name: &str) -> Result<(), String> {
        self.ca(&["-gencrl", "-out", name], &["-crl_lastupdate", PAST.0, "-crl_nextupdate", PAST.1])
    }

    fn ca(&self, what: &[&str], more: &[&str]) -> Result<(), String> {
        let (config, ca) = (format!("{}.cnf", self.name), format!("{}.pem", self.name));
        let key = format!("{}-key.pem", self.key);
        let fixed = ["ca", "-batch", "-config", &config, "-cert", &ca, "-keyfile", &key];
        self.shop.openssl(&[&fixed[..], what, more].concat())
    }
}

/// The path of a file for a command line.
pub fn path(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}
