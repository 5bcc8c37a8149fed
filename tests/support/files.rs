//! A directory of files for one test, removed behind it.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Debug)]
pub struct Files(PathBuf);

impl Files {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Not in target/: messages leave the middle out of a long path.
        let (place, start) = (std::env::temp_dir(), env!("CARGO_CRATE_NAME"));
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let dir = place.join(format!("tlsql-{start}-{}-{number}", std::process::id()));
            match std::fs::create_dir(&dir) {
                Ok(()) => return Self(dir.canonicalize().expect("its path")),
                // Left by a program that was killed.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => panic!("{}: {error}", dir.display()),
            }
        }
    }

    /// Returns the path of a file in the directory, whether it is there or not.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// Writes a file, and the directories that it is in. `@` in the content stands for the directory.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        let content = String::from_utf8_lossy(content.as_ref());
        std::fs::write(&path, content.replace('@', &self.path(""))).expect("a file");
        self.set_mode(name, 0o644);
        self.path(name)
    }

    /// Writes bytes as they are.
    pub fn write_bytes(&self, name: &str, content: &[u8]) -> String {
        std::fs::write(self.0.join(name), content).expect("a file");
        self.set_mode(name, 0o644);
        self.path(name)
    }

    pub fn set_mode(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.0.join(name), mode).expect("its mode");
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
