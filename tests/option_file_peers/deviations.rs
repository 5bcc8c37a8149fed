//! Files that are read otherwise here than by MySQL's programs, on purpose. docs/option-files.md
//! gives the reasons to users.

/// One file, what MySQL's programs read in it, and what we do.
pub struct Deviation {
    pub content: &'static str,
    /// `None` where they fail.
    pub theirs: Option<&'static [&'static str]>,
    /// The options, or a part of the error's message.
    pub ours: Result<&'static [&'static str], &'static str>,
    pub why: &'static str,
}

pub const ALL: &[Deviation] = &[
    Deviation {
        content: "\u{feff}[mysqld]\na=1\n",
        theirs: None,
        ours: Ok(&["--a=1"]),
        why: "editors write byte order marks that nobody sees",
    },
    Deviation {
        content: "[mysqld]\na=1\0x\nb=2\n",
        theirs: Some(&["--a=1", "--b=2"]),
        ours: Err("line 2"),
        why: "the rest of the line would be lost silently",
    },
    Deviation {
        content: "[mysqld]\na=1\n\r[other]\rb=2\n",
        theirs: Some(&["--a=1"]),
        ours: Err("line 3"),
        why: "a file of old Mac programs would be one comment or one group",
    },
    Deviation {
        // Two bytes, of which the second is a blank in Latin-1.
        content: "[mysqld]\na=voil\u{e0}\n",
        theirs: Some(&["--a=voil\u{fffd}"]),
        ours: Ok(&["--a=voil\u{e0}"]),
        why: "it is the end of a letter in UTF-8",
    },
    Deviation {
        content: "[mysqld]\n =v\n",
        theirs: Some(&["--=v", "=v"]),
        ours: Ok(&["--=v"]),
        why: "they read in front of the line",
    },
    Deviation {
        content: "[mysqld]\na\n!include @none.cnf\nb\n",
        theirs: Some(&["--a", "--b"]),
        ours: Err("line 3"),
        why: "what the file would say, such as ssl-mode, would be lost silently",
    },
    Deviation {
        content: "[mysqld]\na\n!include @one.cnf # c\nb\n",
        theirs: Some(&["--a", "--b"]),
        ours: Err("one.cnf # c"),
        why: "the same: the comment is part of the path",
    },
    Deviation {
        content: "[mysqld]\na\n!include @d\nb\n",
        theirs: Some(&["--a", "--b"]),
        ours: Err("directory"),
        why: "the same: the directory's files would be lost silently",
    },
    Deviation {
        content: "[mysqld]\na\n!include@one.cnf\nb\n",
        theirs: Some(&["--a", "--b"]),
        ours: Err("!include PATH"),
        why: "the same: a directive that is none",
    },
    Deviation {
        content: "[mysqld]\na\n!require @one.cnf\nb\n",
        theirs: Some(&["--a", "--b"]),
        ours: Err("!include PATH"),
        why: "the same",
    },
    Deviation {
        content: "[mysqld]\na\n!include @groupless.cnf\nb\n",
        theirs: Some(&["--a", "--b"]),
        ours: Err("groupless.cnf, line 1"),
        why: "the same: they print a message and leave out the whole file",
    },
    Deviation {
        content: "[mysqld]\na\n!include @my.cnf\n",
        theirs: Some(&[
            "--a", "--a", "--a", "--a", "--a", "--a", "--a", "--a", "--a", "--a", "--a",
        ]),
        ours: Err("includes itself"),
        why: "nobody means it",
    },
];
