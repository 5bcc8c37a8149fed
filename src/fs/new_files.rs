//! Files that are made all together or not at all, and never in place of others.
//!
//! Each is written and synced under a temporary name that nobody else has, and then linked under its
//! own: a link never replaces a file, so of two processes that make the same files one fails. What a
//! failed run has linked it removes again. After a crash some may be missing; those that are there
//! are whole.

use std::fs::{File, OpenOptions, hard_link, remove_file, symlink_metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::failed;
use crate::crypto;
use crate::error::{Code, Error};

/// A file to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    pub name: &'a str,
    pub readers: Readers,
    pub content: &'a [u8],
}

/// Who may read a file, whatever the process' umask is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Readers {
    /// Mode 0644.
    Everybody,
    /// Mode 0600.
    Owner,
}

/// Makes these files in a directory, in this order.
///
/// # Errors
/// `FileWrite` with option, path and the system's error, also if one of them exists. None of them
/// is there then, but for one that was there before.
pub fn create_all(option: &str, directory: &str, files: &[NewFile<'_>]) -> Result<(), Error> {
    create_by(&mut Os, option, directory, files)
}

/// The system calls that make files, so that a test can let each of them fail.
trait System {
    fn exists(&mut self, path: &Path) -> io::Result<bool>;
    fn create(&mut self, path: &Path) -> io::Result<File>;
    fn write(&mut self, file: &mut File, content: &[u8]) -> io::Result<()>;
    fn set_readers(&mut self, file: &File, readers: Readers) -> io::Result<()>;
    fn sync(&mut self, file: &File) -> io::Result<()>;
    fn link(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&mut self, path: &Path) -> io::Result<()>;
    fn sync_directory(&mut self, path: &Path) -> io::Result<()>;
}

fn create_by(
    system: &mut impl System,
    option: &str,
    directory: &str,
    files: &[NewFile<'_>],
) -> Result<(), Error> {
    let directory = Path::new(directory);
    let mut made = Made::default();
    let result = made.create(system, directory, files);
    made.clean_up(system, result.is_err());
    result.map_err(|(path, error)| {
        let failure = failed(option, &path.to_string_lossy(), &error).with_code(Code::FileWrite);
        match error.kind() {
            ErrorKind::AlreadyExists => failure.with_hint(EXISTS),
            _ => failure,
        }
    })
}

/// What was made so far.
#[derive(Default)]
struct Made {
    temporary: Vec<PathBuf>,
    linked: Vec<PathBuf>,
}

/// What failed, and the file that it was about.
type Failure = (PathBuf, io::Error);

impl Made {
    fn create(
        &mut self,
        system: &mut impl System,
        directory: &Path,
        files: &[NewFile<'_>],
    ) -> Result<(), Failure> {
        for file in files {
            let path = directory.join(file.name);
            match system.exists(&path) {
                Ok(false) => {}
                Ok(true) => return Err((path, already_exists())),
                Err(error) => return Err((path, error)),
            }
        }
        for file in files {
            let path = directory.join(temporary_name(file.name));
            self.write(system, &path, file).map_err(|error| (path, error))?;
        }
        for (file, temporary) in files.iter().zip(&self.temporary) {
            let path = directory.join(file.name);
            system.link(temporary, &path).map_err(|error| (path.clone(), error))?;
            self.linked.push(path);
        }
        system.sync_directory(directory).map_err(|error| (directory.to_owned(), error))
    }

    /// Writes a file under a temporary name. It is its owner's alone until it is whole.
    fn write(
        &mut self,
        system: &mut impl System,
        path: &Path,
        file: &NewFile<'_>,
    ) -> io::Result<()> {
        let mut opened = system.create(path)?;
        self.temporary.push(path.to_owned());
        system.write(&mut opened, file.content)?;
        system.set_readers(&opened, file.readers)?;
        system.sync(&opened)
    }

    /// Removes the temporary names, and if the run failed the files too.
    fn clean_up(self, system: &mut impl System, failed: bool) {
        let linked = self.linked.iter().filter(|_| failed);
        for path in linked.chain(&self.temporary) {
            // Nothing else can be done about it, and what is left is whole.
            let _ = system.remove(path);
        }
    }
}

/// Returns the system's error for a file that is there.
#[cfg(unix)]
fn already_exists() -> io::Error {
    io::Error::from_raw_os_error(libc::EEXIST)
}

#[cfg(not(unix))]
fn already_exists() -> io::Error {
    ErrorKind::AlreadyExists.into()
}

/// Returns a name for a file that is not whole yet. Random, since a crash may have left others.
fn temporary_name(name: &str) -> String {
    let random = crypto::random().map_or(0, u64::from_ne_bytes);
    format!(".{name}.{random:016x}")
}

/// The operating system.
struct Os;

impl System for Os {
    fn exists(&mut self, path: &Path) -> io::Result<bool> {
        match symlink_metadata(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn create(&mut self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }

    fn write(&mut self, file: &mut File, content: &[u8]) -> io::Result<()> {
        file.write_all(content)
    }

    #[cfg(unix)]
    fn set_readers(&mut self, file: &File, readers: Readers) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(match readers {
            Readers::Everybody => 0o644,
            Readers::Owner => 0o600,
        }))
    }

    #[cfg(not(unix))]
    fn set_readers(&mut self, _: &File, _: Readers) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn link(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        hard_link(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        remove_file(path)
    }

    #[cfg(unix)]
    fn sync_directory(&mut self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    #[cfg(not(unix))]
    fn sync_directory(&mut self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

const EXISTS: &str = "Move the file away, or set auto_generate_certs=OFF.";

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// The operating system, but one call fails.
    struct Faulty {
        calls: usize,
        fails_at: usize,
        error: ErrorKind,
        /// The call that failed was a removal.
        failed_to_remove: bool,
    }

    impl Faulty {
        fn call<T>(&mut self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
            self.calls += 1;
            if self.calls == self.fails_at { Err(self.error.into()) } else { work() }
        }
    }

    impl System for Faulty {
        fn exists(&mut self, path: &Path) -> io::Result<bool> {
            self.call(|| Os.exists(path))
        }
        fn create(&mut self, path: &Path) -> io::Result<File> {
            self.call(|| Os.create(path))
        }
        fn write(&mut self, file: &mut File, content: &[u8]) -> io::Result<()> {
            // A full disk takes a part.
            let half = &content[..content.len() / 2];
            let fails = self.calls + 1 == self.fails_at;
            self.call(|| Os.write(file, if fails { half } else { content }))
        }
        fn set_readers(&mut self, file: &File, readers: Readers) -> io::Result<()> {
            self.call(|| Os.set_readers(file, readers))
        }
        fn sync(&mut self, file: &File) -> io::Result<()> {
            self.call(|| Os.sync(file))
        }
        fn link(&mut self, from: &Path, to: &Path) -> io::Result<()> {
            self.call(|| Os.link(from, to))
        }
        fn remove(&mut self, path: &Path) -> io::Result<()> {
            self.failed_to_remove |= self.calls + 1 == self.fails_at;
            self.call(|| Os.remove(path))
        }
        fn sync_directory(&mut self, path: &Path) -> io::Result<()> {
            self.call(|| Os.sync_directory(path))
        }
    }

    const FILES: &[NewFile<'_>] = &[
        NewFile { name: "key.pem", readers: Readers::Owner, content: b"a key" },
        NewFile { name: "cert.pem", readers: Readers::Everybody, content: b"a certificate" },
    ];

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tlsql-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        path
    }

    #[test]
    fn modes_do_not_depend_on_the_umask() {
        let directory = directory("modes");
        create_all("datadir", directory.to_str().unwrap(), FILES).unwrap();
        assert_eq!(names(&directory), ["cert.pem", "key.pem"]);
        for (name, mode, content) in
            [("key.pem", 0o600, "a key"), ("cert.pem", 0o644, "a certificate")]
        {
            let path = directory.join(name);
            let metadata = std::fs::metadata(&path).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o7777, mode, "{name}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_file_that_exists_is_named_and_stays() {
        let directory = directory("exists");
        let path = directory.join("cert.pem");
        for is_link in [false, true] {
            if is_link {
                // It leads nowhere, and is there all the same.
                std::os::unix::fs::symlink("/nonexistent", &path).unwrap();
            } else {
                std::fs::write(&path, "mine").unwrap();
            }
            let error = create_all("datadir", directory.to_str().unwrap(), FILES).unwrap_err();
            assert_eq!(error.code, Code::FileWrite);
            let details = error.details().unwrap();
            assert_eq!(details.path.as_deref(), path.to_str());
            assert_eq!(details.option.as_deref(), Some("datadir"));
            assert_eq!(details.hint.as_deref(), Some(EXISTS));
            assert_eq!(details.os_errno, 17);
            assert!(details.detail.as_ref().unwrap().ends_with("(os error 17)"), "{details:?}");
            assert_eq!(names(&directory), ["cert.pem"]);
            std::fs::remove_file(&path).unwrap();
        }
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn each_call_that_fails_leaves_nothing() {
        let directory = directory("faults");
        for error in [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::AlreadyExists]
        {
            let mut fails_at = 1;
            loop {
                let mut system = Faulty { calls: 0, fails_at, error, failed_to_remove: false };
                let result = create_by(&mut system, "datadir", directory.to_str().unwrap(), FILES);
                let found = names(&directory);
                if system.calls < fails_at {
                    // Two questions, four calls for each file, two links, the directory, two removals.
                    assert_eq!((system.calls, result.is_ok()), (15, true));
                    assert_eq!(found, ["cert.pem", "key.pem"]);
                } else if system.failed_to_remove {
                    assert!(result.is_ok(), "{fails_at}: both files are there and whole");
                    assert_eq!(found.len(), 3, "{fails_at}: {found:?}");
                } else {
                    assert_eq!(result.unwrap_err().code, Code::FileWrite, "{fails_at}");
                    assert!(found.is_empty(), "{fails_at}: {found:?}");
                }
                for name in found {
                    std::fs::remove_file(directory.join(name)).unwrap();
                }
                if system.calls < fails_at {
                    break;
                }
                fails_at += 1;
            }
        }
        std::fs::remove_dir_all(directory).unwrap();
    }
}
