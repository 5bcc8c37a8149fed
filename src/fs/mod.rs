//! The only place that opens and makes files.

#[cfg(feature = "generate")]
mod new_files;
mod watch;

#[cfg(feature = "generate")]
pub use new_files::{NewFile, Readers, create_all};
pub use watch::{Watch, at_rest};

use std::collections::BinaryHeap;
use std::fs::{DirEntry, File, Metadata, OpenOptions, canonicalize, read_dir};
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Code, Details, Error};

/// Reads the whole file that an option names, from where its links lead to. It may hold a key, so its
/// content is wiped when dropped.
///
/// # Errors
/// `File` with option, path and the system's error, for all but regular files, and for files above
/// 256 MiB.
fn read(option: &str, path: &str, place: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let content = open_regular(place).and_then(|(file, metadata)| {
        read_at_most(file, &metadata, MAX_SIZE, "larger than 256 MiB")
    });
    content.map_err(|error| failed(option, path, &error))
}

/// An option file.
#[derive(Debug)]
pub struct OptionFile {
    /// `None` where everybody may write the file. It may hold passwords, so it is wiped when dropped.
    pub content: Option<Zeroizing<Vec<u8>>>,
    /// The path without links, by which a file is known again.
    pub canonical: PathBuf,
}

/// Reads an option file.
///
/// # Errors
/// `OptionFile` with path and the system's error, for all but regular files, and for files above
/// 1 MiB.
pub fn option_file(path: &str) -> Result<OptionFile, Error> {
    let read = || {
        let (file, metadata) = open_regular(path.as_ref())?;
        let canonical = canonicalize(path)?;
        let content = match metadata.is_file() && is_world_writable(&metadata) {
            true => None,
            false => Some(read_at_most(file, &metadata, MAX_OPTION_FILE, "larger than 1 MiB")?),
        };
        Ok(OptionFile { content, canonical })
    };
    read().map_err(|error| option_file_error(path, &error))
}

/// Returns the paths of a directory's option files, `*.cnf`, in the order of their names' bytes.
///
/// # Errors
/// `OptionFile` if the directory cannot be read, has a file whose name is not UTF-8, more than
/// `most` of them, or more than `entries_left` entries of any kind, from which its own are taken.
pub fn option_files(
    directory: &str,
    most: usize,
    entries_left: &mut usize,
) -> Result<Vec<String>, Error> {
    let base = directory.trim_end_matches('/');
    let mut list = || {
        let mut paths = Vec::new();
        for entry in read_dir(directory)? {
            let name = entry?.file_name();
            *entries_left = entries_left.checked_sub(1).ok_or_else(|| {
                let why = format!("more than {MAX_OPTION_ENTRIES} entries of directories together");
                std::io::Error::other(why)
            })?;
            if !name.as_encoded_bytes().ends_with(b".cnf") {
                continue;
            }
            let name = name.to_str().ok_or(std::io::Error::other("a file's name is not UTF-8"))?;
            if paths.len() == most {
                return Err(std::io::Error::other(format!("more than {most} files *.cnf")));
            }
            paths.push(format!("{base}/{name}"));
        }
        Ok(sorted(paths))
    };
    list().map_err(|error| option_file_error(directory, &error))
}

/// Opens a file of which the whole can be read. For a directory the read returns the system's own
/// error.
fn open_regular(path: &Path) -> std::io::Result<(File, Metadata)> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(std::io::Error::other("not a regular file"));
    }
    Ok((file, metadata))
}

fn read_at_most(
    file: File,
    metadata: &Metadata,
    most: u64,
    too_large: &'static str,
) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let size = usize::try_from(metadata.len().min(most)).unwrap_or(0);
    let content = read_all(file.take(most.saturating_add(1)), size)?;
    if u64::try_from(content.len()).is_ok_and(|len| len > most) {
        return Err(std::io::Error::other(too_large));
    }
    Ok(content)
}

/// Whether users other than owner and group may change the file.
#[cfg(unix)]
fn is_world_writable(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o002 != 0
}

#[cfg(not(unix))]
fn is_world_writable(_: &Metadata) -> bool {
    false
}

/// Reads to the end, of which the system says that it comes after `size` bytes; some files have more
/// by then, and those of Linux's /proc are always said to be empty. A buffer that grew as it is would
/// leave a copy of a key behind: this one is wiped before it is left for a larger one.
fn read_all(mut file: impl Read, size: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let buffer = |len| Zeroizing::new(vec![0; len]);
    let mut content = buffer(size.saturating_add(1));
    let mut len = 0_usize;
    loop {
        if len == content.len() {
            let mut larger = buffer(len.saturating_mul(2).max(FIRST_READ));
            larger.iter_mut().zip(content.iter()).for_each(|(to, from)| *to = *from);
            content = larger;
        }
        match file.read(content.get_mut(len..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(count) => len = len.saturating_add(count),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    content.truncate(len);
    Ok(content)
}

/// The kind of files in a directory whose file names are hashes of X.509 names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hashed {
    /// `HHHHHHHH.N`
    Certificates,
    /// `HHHHHHHH.rN`
    Lists,
}

/// Returns hash and path of the files that OpenSSL would find in a directory by the hash of a name:
/// for each hash the numbers from 0 up to the first gap. Files with other names are ignored, as by
/// OpenSSL.
///
/// # Errors
/// `File` if the directory cannot be read, or has more such files than `MAX_FILES`.
fn hashed(
    option: &str,
    directory: &str,
    place: &Path,
    kind: Hashed,
) -> Result<Vec<(u32, String)>, Error> {
    let found = entries(option, directory, place, "files with hashed names", |entry| {
        Ok(entry.file_name().to_str().and_then(|name| hashed_name(name, kind)))
    })?;
    let mark = kind.mark();
    let base = directory.trim_end_matches('/');
    let mut paths = Vec::new();
    let mut expected = (0, 0);
    for (hash, number) in found {
        if hash != expected.0 {
            expected = (hash, 0);
        }
        if (hash, number) == expected {
            expected.1 = number.saturating_add(1);
            paths.push((hash, format!("{base}/{hash:08x}.{mark}{number}")));
        }
    }
    Ok(paths)
}

/// Returns the paths of the regular files of a directory, in the order of their names. Those whose
/// name is not UTF-8 are left out.
///
/// # Errors
/// `File` if the directory cannot be read, or has more such files than `MAX_FILES`.
fn regular_files(option: &str, directory: &str, place: &Path) -> Result<Vec<String>, Error> {
    let base = directory.trim_end_matches('/');
    entries(option, directory, place, "files", |entry| {
        let name = entry.file_name();
        let name = name.to_str().filter(|_| entry.path().is_file());
        Ok(name.map(|name| format!("{base}/{name}")))
    })
}

/// Returns the paths of what a directory holds beside directories and names that begin with a dot,
/// in the order of the names.
///
/// # Errors
/// `File` if the directory cannot be read, has a file whose name is not UTF-8, or has more such files
/// than `MAX_FILES`.
fn visible_files(option: &str, directory: &str, place: &Path) -> Result<Vec<String>, Error> {
    let base = directory.trim_end_matches('/');
    entries(option, directory, place, "files", |entry| {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") || entry.path().is_dir() {
            return Ok(None);
        }
        let Some(name) = name.to_str() else {
            let why = "the name of a file in it is not UTF-8";
            return Err(Error::file(Code::File, option, directory, why));
        };
        Ok(Some(format!("{base}/{name}")))
    })
}

/// Returns what `pick` makes of the entries of a directory, sorted; `what` they are is for the error.
///
/// # Errors
/// `File` if the directory cannot be read, or there are more of them than `MAX_FILES`; that of `pick`.
fn entries<T: Ord>(
    option: &str,
    directory: &str,
    place: &Path,
    what: &str,
    pick: impl Fn(&DirEntry) -> Result<Option<T>, Error>,
) -> Result<Vec<T>, Error> {
    let failed = |error| failed(option, directory, &error);
    let mut found = Vec::new();
    for entry in read_dir(place).map_err(failed)? {
        let Some(picked) = pick(&entry.map_err(failed)?)? else { continue };
        if found.len() == MAX_FILES {
            let why = format!("more than {MAX_FILES} {what}");
            return Err(Error::file(Code::File, option, directory, why));
        }
        found.push(picked);
    }
    Ok(sorted(found))
}

/// Reads the root certificates that the platform's own programs trust: on Unix those of the files
/// and directories that OpenSSL would use, or that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
///
/// # Errors
/// `File` if there is none.
fn system_roots(option: &str) -> Result<Roots, Error> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return Err(no_roots(option, &found.errors));
    }
    Ok(Roots {
        certificates: found.certs.into_iter().map(|der| der.to_vec()).collect(),
        unread: found.errors.iter().map(ToString::to_string).collect(),
    })
}

/// Returns where the platform's root certificates may be: the paths that `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name, or else those of the distributions. Not all of them are there.
fn places_of_system_roots() -> Vec<String> {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(std::env::var_os);
    let named: Vec<_> =
        named.flat_map(|value| std::env::split_paths(&value).collect::<Vec<_>>()).collect();
    if named.is_empty() {
        return PLACES_OF_ROOTS.iter().map(|path| (*path).to_owned()).collect();
    }
    named.iter().filter_map(|path| path.to_str()).map(str::to_owned).collect()
}

/// The platform's root certificates.
#[derive(Debug)]
pub struct Roots {
    /// The certificates, in DER.
    pub certificates: Vec<Vec<u8>>,
    /// Reasons for the files, directories and entries that were left out, each with its path where
    /// it is known.
    pub unread: Vec<String>,
}

/// Returns the error for a platform without root certificates.
fn no_roots(option: &str, errors: &[rustls_native_certs::Error]) -> Error {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(|name| {
        let value = std::env::var_os(name)?;
        Some(format!("{name}={}", value.to_string_lossy()))
    });
    let named: Vec<_> = named.collect();
    let mut why = if named.is_empty() {
        NO_ROOTS.to_owned()
    } else {
        format!("no root certificates where {} says", named.join(" and "))
    };
    if let Some(first) = errors.first() {
        why.push_str(&format!(" ({first})"));
    }
    let os_errno = errors.iter().find_map(|error| match &error.kind {
        rustls_native_certs::ErrorKind::Io { inner, .. } => inner.raw_os_error(),
        _ => None,
    });
    Error::with(
        Code::File,
        Details {
            option: Some(option.to_owned()),
            path: Some("system".to_owned()),
            os_errno: os_errno.and_then(|number| u32::try_from(number).ok()).unwrap_or(0),
            detail: Some(why),
            ..Details::default()
        },
    )
}

/// Returns whether there is a file, or anything else, of this name.
///
/// # Errors
/// `File` if the system does not tell.
fn exists(option: &str, path: &str) -> Result<bool, Error> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(option, path, &error)),
    }
}

/// Asks whether a directory is there.
///
/// # Errors
/// `File` if it is not, or is something else.
pub fn check_directory(option: &str, path: &str) -> Result<(), Error> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Error::file(Code::File, option, path, "not a directory")),
        Err(error) => Err(failed(option, path, &error)),
    }
}

/// Opens a file for reading. If it is a FIFO, this does not wait for a writer.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

impl Hashed {
    /// Returns the letter between the dot and the number of a file's name.
    fn mark(self) -> &'static str {
        match self {
            Self::Certificates => "",
            Self::Lists => "r",
        }
    }
}

/// Sorts what there may be thousands of. `sort` is faster, and takes ten times the code.
fn sorted<T: Ord>(values: Vec<T>) -> Vec<T> {
    BinaryHeap::from(values).into_sorted_vec()
}

/// Returns hash and number of a file's name, if it is as OpenSSL writes it ("%08x.%s%d"): without
/// capital letters, and without zeros in front of the number.
fn hashed_name(name: &str, kind: Hashed) -> Option<(u32, u32)> {
    let (hash, rest) = name.split_once('.')?;
    let number: u32 = rest.strip_prefix(kind.mark())?.parse().ok()?;
    let hash = u32::from_str_radix(hash, 16).ok()?;
    (name == format!("{hash:08x}.{}{number}", kind.mark())).then_some((hash, number))
}

/// Returns the error for a file that an option names and that cannot be read.
fn failed(option: &str, path: &str, error: &std::io::Error) -> Error {
    let option = Some(option.to_owned());
    Error::with(Code::File, Details { option, ..system_error(path, error) })
}

fn option_file_error(path: &str, error: &std::io::Error) -> Error {
    Error::with(Code::OptionFile, system_error(path, error))
}

fn system_error(path: &str, error: &std::io::Error) -> Details {
    let os_errno = error.raw_os_error().and_then(|number| u32::try_from(number).ok());
    Details {
        path: Some(path.to_owned()),
        os_errno: os_errno.unwrap_or(0),
        detail: Some(error.to_string()),
        ..Details::default()
    }
}

const NO_ROOTS: &str =
    "this system has no root certificates; install the package ca-certificates, or name a file";

/// Files and directories of root certificates on Debian, Alpine, Fedora, SUSE and the BSDs.
const PLACES_OF_ROOTS: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
];

/// Bytes of the largest file: a CRL of a million entries has 40 MB.
const MAX_SIZE: u64 = 256 << 20;

/// Bytes of the largest option file.
const MAX_OPTION_FILE: u64 = 1 << 20;

/// Most entries of the directories that one call looks through for option files.
pub const MAX_OPTION_ENTRIES: usize = 10_000;

/// Bytes that are read first from a file that is larger than it was said to be.
const FIRST_READ: usize = 4096;

/// Most files with hashed names in one directory. The platform's own have about 150, and twice that
/// where links by OpenSSL 0.9's hash are kept too.
pub const MAX_FILES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_be_larger_than_its_size() {
        let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        for size in [0, 1, 4095, 69_999, 70_000, 70_001] {
            assert_eq!(*read_all(&bytes[..], size).unwrap(), bytes, "{size}");
        }
        assert!(read_all(&b""[..], 0).unwrap().is_empty());
    }

    #[test]
    fn names_as_openssl_writes_them_and_no_others() {
        use Hashed::{Certificates, Lists};
        for (name, kind, expected) in [
            ("0123abcd.0", Certificates, Some((0x0123_abcd, 0))),
            ("ffffffff.12", Certificates, Some((0xffff_ffff, 12))),
            ("0123abcd.r0", Lists, Some((0x0123_abcd, 0))),
            ("0123abcd.r0", Certificates, None),
            ("0123abcd.0", Lists, None),
            ("0123ABCD.0", Certificates, None),
            ("123abcd.0", Certificates, None),
            ("00123abcd.0", Certificates, None),
            ("+123abcd.0", Certificates, None),
            ("0123abcd.00", Certificates, None),
            ("0123abcd.+1", Certificates, None),
            ("0123abcd.", Certificates, None),
            ("0123abcd.0.pem", Certificates, None),
            ("0123abcd.4294967296", Certificates, None),
            ("0123abcg.0", Certificates, None),
            ("ca.pem", Certificates, None),
            ("", Certificates, None),
        ] {
            assert_eq!(hashed_name(name, kind), expected, "{name}");
        }
    }
}
