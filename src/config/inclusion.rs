//! Option files with what they include: the options of the groups that are asked for, in MySQL's
//! order.

use std::path::PathBuf;
use std::sync::Arc;

use super::option_file::{Line, OptionLine, lines};
use super::setting::Origin;
use super::{Note, Severity};
use crate::error::{Code, Error};
use crate::fs;

/// An option of one of the groups that are asked for.
#[derive(Debug)]
pub struct Found<'a> {
    pub line: OptionLine<'a>,
    pub origin: Origin,
}

/// What is read: files, of these groups, for whoever takes the options.
pub struct Reader<'a, F> {
    groups: &'a [&'a str],
    take: F,
    notes: Vec<Note>,
    /// The files that include each other down to the present one, by their paths without links.
    chain: Vec<PathBuf>,
    /// Files and directories, their bytes, and entries of directories that may still be read.
    files_left: usize,
    bytes_left: usize,
    entries_left: usize,
}

impl<'a, F: FnMut(Found<'_>) -> Result<(), Error>> Reader<'a, F> {
    /// Makes a reader that hands each option of these groups to `take`.
    pub fn new(groups: &'a [&'a str], take: F) -> Self {
        let (notes, chain) = (Vec::new(), Vec::new());
        let (files_left, bytes_left) = (MAX_FILES, MAX_BYTES);
        let entries_left = fs::MAX_OPTION_ENTRIES;
        Self { groups, take, notes, chain, files_left, bytes_left, entries_left }
    }

    /// OPENS FILES: this one and what it includes. Returns warnings of those that are passed over.
    ///
    /// # Errors
    /// `OptionFile`, `OptionSyntax`, `OptionInclude`, with file and line, and those of `take`.
    pub fn read(mut self, path: &str) -> Result<Vec<Note>, Error> {
        self.file(path)?;
        Ok(self.notes)
    }

    fn file(&mut self, path: &str) -> Result<(), Error> {
        self.count_file()?;
        let fs::OptionFile { content, canonical } = fs::option_file(path)?;
        let Some(content) = content else {
            // MySQL's sentence.
            let text = format!("World-writable config file '{path}' is ignored");
            self.notes.push(Note::about_no_option(Severity::Warning, &text));
            return Ok(());
        };
        self.bytes_left = self
            .bytes_left
            .checked_sub(content.len())
            .ok_or_else(|| include_error(format!("more than {MAX_BYTES} bytes together")))?;
        if self.chain.contains(&canonical) {
            return Err(include_error(format!("{path} includes itself")));
        }
        if self.chain.len() > MAX_LEVELS {
            return Err(include_error(format!("{path} is more than {MAX_LEVELS} levels deep")));
        }
        self.chain.push(canonical);
        self.content(path, &content)?;
        self.chain.pop();
        Ok(())
    }

    fn content(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        let file = Arc::from(path);
        let mut is_wanted = false;
        for (number, line) in lines(content) {
            let origin = Origin::file(&file, number);
            let line = line
                .map_err(|fault| origin.explain(Error::detail(Code::OptionSyntax, fault.text())))?;
            match line {
                Line::Group(name) => is_wanted = self.wants(name),
                Line::Include(path) => self.include(path, &origin, Self::file)?,
                Line::IncludeDirectory(path) => self.include(path, &origin, Self::directory)?,
                Line::Option(line) if is_wanted => (self.take)(Found { line, origin })?,
                Line::Option(_) => {}
            }
        }
        Ok(())
    }

    /// Reads what a line names. Each file names its own groups, and this one goes on with that in
    /// which the line stands.
    fn include(
        &mut self,
        path: &[u8],
        origin: &Origin,
        read: fn(&mut Self, &str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let path = std::str::from_utf8(path).map_err(|_| {
            origin.explain(Error::detail(Code::OptionSyntax, "the path is not UTF-8"))
        })?;
        let depth = self.chain.len();
        read(self, path).map_err(|error| {
            // What a file says of itself has its own line.
            let is_own = self.chain.len() == depth;
            let at_line = |error: Error| origin.explain(error.or_hint(Code::OptionFile, THIS_LINE));
            if is_own { at_line(error) } else { error }
        })
    }

    fn directory(&mut self, path: &str) -> Result<(), Error> {
        let files = fs::option_files(path, self.files_left, &mut self.entries_left)?;
        // A line for each directory without a file of ours would cost its reading for nothing.
        self.count_file()?;
        files.iter().try_for_each(|path| self.file(path))
    }

    fn count_file(&mut self) -> Result<(), Error> {
        let left = self.files_left.checked_sub(1);
        let too_many = || include_error(format!("more than {MAX_FILES} files and directories"));
        self.files_left = left.ok_or_else(too_many)?;
        Ok(())
    }

    /// Whether a group is one of those that are asked for; as in MySQL in any case.
    fn wants(&self, name: &[u8]) -> bool {
        self.groups.iter().any(|group| group.as_bytes().eq_ignore_ascii_case(name))
    }
}

fn include_error(why: String) -> Error {
    Error::detail(Code::OptionInclude, why)
}

/// What helps where a line names the file.
const THIS_LINE: &str = "Check the path and the permissions, and the line that names it.";

/// Levels of inclusion below the first file, as in MySQL.
const MAX_LEVELS: usize = 10;

/// Files and directories that one call reads: with ten levels a few lines could name a file any
/// number of times.
const MAX_FILES: usize = 1000;

/// Bytes of all files that one call reads.
const MAX_BYTES: usize = 4 << 20;
