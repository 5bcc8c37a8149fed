//! The only place that opens a file.

use std::fs::File;
use std::io::Read;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Facts};

/// The whole of a file that an option names. It may hold a key, so it is wiped when dropped.
///
/// # Errors
/// `File` with the option, the path and the system's error.
pub fn read(option: &str, path: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut content = Zeroizing::new(Vec::new());
    let failed = |error: std::io::Error| {
        let os_errno = error.raw_os_error().and_then(|number| u32::try_from(number).ok());
        Error::with(
            Code::File,
            Facts {
                option: Some(option.to_owned()),
                path: Some(path.to_owned()),
                os_errno: os_errno.unwrap_or(0),
                detail: Some(error.to_string()),
                ..Facts::default()
            },
        )
    };
    let file = File::open(path).map_err(failed)?;
    // Keys must not be left behind by a growing buffer.
    let size = file.metadata().map_err(failed)?.len().min(MAX_SIZE);
    content.reserve(usize::try_from(size).unwrap_or(0).saturating_add(1));
    file.take(MAX_SIZE.saturating_add(1)).read_to_end(&mut content).map_err(failed)?;
    if u64::try_from(content.len()).is_ok_and(|len| len > MAX_SIZE) {
        return Err(Error::file(Code::File, option, path, "larger than 256 MiB"));
    }
    Ok(content)
}

/// A revocation list of a million entries has 40 MB.
const MAX_SIZE: u64 = 256 << 20;
