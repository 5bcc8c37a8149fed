//! Files and directories that were read, and whether they are others now.

use std::fs::{Metadata, canonicalize, metadata};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{Hashed, Roots};
use crate::error::{Code, Error};

/// Calls `read` until nothing of what it noted changed meanwhile, and what it returns is whole, three
/// times at most. What it returned last is the result if only that is not so. What it noted last is
/// returned beside the result.
///
/// # Errors
/// Those of `read`; `File` for what was changed each time.
pub fn at_rest<T>(
    mut read: impl FnMut(&mut Watch) -> Result<T, Error>,
    is_whole: impl Fn(&T) -> bool,
) -> (Result<T, Error>, Watch) {
    let mut reads_left = MAX_READS;
    loop {
        reads_left = reads_left.saturating_sub(1);
        let mut files = Watch::default();
        let result = read(&mut files);
        let changed = files.changed().cloned();
        let is_last = reads_left == 0;
        match changed {
            Some(Seen { option, path, .. }) if is_last => {
                let why = format!("it was changed each of the {MAX_READS} times that it was read");
                return (Err(Error::file(Code::File, option, &path, why)), files);
            }
            None if is_last || result.as_ref().map_or(true, &is_whole) => return (result, files),
            _ => {}
        }
    }
}

/// What was read, with what told it apart. It reads as the functions of this module do that have the
/// same names, and from where the links of a path led to when it was noted: a link that is switched
/// and back again meanwhile does not mix what it leads to.
#[derive(Clone, Debug, Default)]
pub struct Watch(Vec<Seen>);

/// A path that was read.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The option that names it.
    option: &'static str,
    path: String,
    /// `None` where nothing could be looked at.
    stamp: Option<Stamp>,
}

/// What tells a file or directory from another one, and from itself once it was written to.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Stamp {
    /// The path without links: each of them may have led elsewhere before.
    canonical: PathBuf,
    metadata: Facts,
}

impl Watch {
    /// # Errors
    /// As `fs::read`.
    pub fn read(&mut self, option: &'static str, path: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let place = self.note(option, path);
        super::read(option, path, &place)
    }

    /// # Errors
    /// As `fs::hashed`.
    pub fn hashed(
        &mut self,
        option: &'static str,
        directory: &str,
        kind: Hashed,
    ) -> Result<Vec<(u32, String)>, Error> {
        let place = self.note(option, directory);
        super::hashed(option, directory, &place, kind)
    }

    /// # Errors
    /// As `fs::regular_files`.
    pub fn regular_files(
        &mut self,
        option: &'static str,
        directory: &str,
    ) -> Result<Vec<String>, Error> {
        let place = self.note(option, directory);
        super::regular_files(option, directory, &place)
    }

    /// # Errors
    /// As `fs::visible_files`.
    pub fn visible_files(
        &mut self,
        option: &'static str,
        directory: &str,
    ) -> Result<Vec<String>, Error> {
        let place = self.note(option, directory);
        super::visible_files(option, directory, &place)
    }

    /// # Errors
    /// As `fs::exists`.
    pub fn exists(&mut self, option: &'static str, path: &str) -> Result<bool, Error> {
        self.note(option, path);
        super::exists(option, path)
    }

    /// # Errors
    /// As `fs::system_roots`.
    pub fn system_roots(&mut self, option: &'static str) -> Result<Roots, Error> {
        for path in super::places_of_system_roots() {
            self.note(option, &path);
        }
        super::system_roots(option)
    }

    /// Forgets what was read for an option.
    pub fn forget(&mut self, option: &str) {
        self.0.retain(|seen| seen.option != option);
    }

    /// Returns the first path that has other metadata now, or is behind a link that leads elsewhere;
    /// also one that is gone, or that is there now and was not.
    pub fn changed(&self) -> Option<&Seen> {
        self.0.iter().find(|seen| seen.stamp != Stamp::of(&seen.path))
    }

    /// Returns the path without links, or as it is where it leads nowhere.
    fn note(&mut self, option: &'static str, path: &str) -> PathBuf {
        let stamp = Stamp::of(path);
        let place = stamp.as_ref().map_or(path.into(), |stamp| stamp.canonical.clone());
        self.0.push(Seen { option, path: path.to_owned(), stamp });
        place
    }
}

impl Stamp {
    fn of(path: &str) -> Option<Self> {
        let canonical = canonicalize(path).ok()?;
        let metadata = facts(&metadata(&canonical).ok()?);
        Some(Self { canonical, metadata })
    }
}

/// Device, inode, length, and the seconds and nanoseconds of the last change of content and of
/// metadata.
#[cfg(unix)]
type Facts = (u64, u64, u64, [i64; 4]);

#[cfg(unix)]
fn facts(metadata: &Metadata) -> Facts {
    use std::os::unix::fs::MetadataExt as _;
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    (metadata.dev(), metadata.ino(), metadata.len(), times)
}

/// Length, and the times of the last change and of the file's making.
#[cfg(not(unix))]
type Facts = (u64, Option<std::time::SystemTime>, Option<std::time::SystemTime>);

#[cfg(not(unix))]
fn facts(metadata: &Metadata) -> Facts {
    (metadata.len(), metadata.modified().ok(), metadata.created().ok())
}

/// Times that files are read which change meanwhile.
const MAX_READS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is another one each time after it was read, as often as said.
    struct Changing {
        path: String,
        changes: usize,
        reads: usize,
    }

    impl Changing {
        fn new(changes: usize) -> Self {
            let name = format!("tlsql-changing-{changes}-{}", std::process::id());
            let path = std::env::temp_dir().join(name).to_str().unwrap().to_owned();
            std::fs::write(&path, "0").unwrap();
            Self { path, changes, reads: 0 }
        }

        fn read(&mut self, files: &mut Watch) -> Result<usize, Error> {
            files.read("ssl_ca", &self.path)?;
            self.reads += 1;
            if self.reads <= self.changes {
                std::fs::write(&self.path, "0".repeat(self.reads + 1)).unwrap();
            }
            Ok(self.reads)
        }
    }

    impl Drop for Changing {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    #[test]
    fn what_changes_while_it_is_read_is_read_again_three_times_at_most() {
        for (changes, expected) in [(0, 1), (1, 2), (2, 3)] {
            let mut file = Changing::new(changes);
            let (reads, files) = at_rest(|files| file.read(files), |_| true);
            assert_eq!(reads.unwrap(), expected, "{changes} changes");
            assert!(files.changed().is_none());
        }
        let mut file = Changing::new(3);
        let (result, _) = at_rest(|files| file.read(files), |_| true);
        let error = result.unwrap_err();
        assert_eq!((file.reads, error.code), (3, Code::File));
        let details = error.details().unwrap();
        assert_eq!(details.option.as_deref(), Some("ssl_ca"));
        assert_eq!(details.path.as_deref(), Some(file.path.as_str()));
    }

    #[test]
    fn what_is_not_whole_is_read_again_and_taken_in_the_end() {
        for (whole_at, expected) in [(1, 1), (2, 2), (3, 3), (9, 3)] {
            let mut reads = 0;
            let read = |_: &mut Watch| {
                reads += 1;
                Ok(reads)
            };
            let (last, _) = at_rest(read, |reads| *reads == whole_at);
            assert_eq!(last.unwrap(), expected);
        }
    }

    #[test]
    fn a_failure_about_what_did_not_change_is_final() {
        let mut reads = 0;
        let (result, files) = at_rest(
            |files| {
                reads += 1;
                files.read("ssl_ca", "/nonexistent/ca.pem")
            },
            |_| false,
        );
        assert_eq!((reads, result.unwrap_err().code), (1, Code::File));
        assert_eq!(files.0.len(), 1, "it may come");
    }
}
