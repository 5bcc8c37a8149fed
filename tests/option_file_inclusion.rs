//! Option files that include others, and files that cannot be read.

mod support;

use support::Files;
use tlsql::{Builder, Code, Error, Role, Severity};

/// Reads `my.cnf` of these files, and returns the value of `ssl_ca`.
fn read(files: &Files) -> Result<String, Error> {
    let mut builder = Builder::new(Role::Client);
    builder.read_options(&files.path("my.cnf"), "client")?;
    Ok(builder.get("ssl_ca").unwrap().to_owned())
}

#[test]
fn included_files_count_where_they_are_included() {
    for (content, expected) in [
        ("[client]\nssl-ca=own\n!include @b.cnf\n", "b"),
        ("[client]\n!include @b.cnf\nssl-ca=own\n", "own"),
        // Before a group, and in one that is not read.
        ("!include @b.cnf\n[client]\n", "b"),
        ("[other]\n!include @b.cnf\nssl-ca=other\n", "b"),
        // The group goes on behind the line, whatever the included file ends with.
        ("[client]\n!include @other.cnf\nssl-ca=own\n", "own"),
        ("[client]\n  !  include   @b.cnf  \n", "b"),
        ("[client]\n!includedir @d\n", "z"),
        ("[client]\n!includedir @d/\nssl-ca=own\n", "own"),
        ("[client]\n!includedir @empty\nssl-ca=own\n", "own"),
        ("[client]\n!include @d/deep/c.cnf\n", "c"),
        // Twice, and by two ways, is no circle.
        ("[client]\n!include @b.cnf\nssl-ca=own\n!include @b.cnf\n!include @two.cnf\n", "b"),
    ] {
        let files = Files::new();
        files.write("my.cnf", content);
        files.write("b.cnf", "[client]\nssl-ca=b\n");
        files.write("two.cnf", "!include @b.cnf\n");
        files.write("other.cnf", "[client]\n[other]\n");
        // In the order of the bytes of the names, and others than *.cnf not at all.
        for (name, value) in [("a", "a"), ("z", "z"), ("B", "B"), (".h", "hidden")] {
            files.write(&format!("d/{name}.cnf"), format!("[client]\nssl-ca={value}\n"));
        }
        files.write("d/zz.cnf.bak", "[client]\nssl-ca=backup\n");
        files.write("d/zz.CNF", "[client]\nssl-ca=capitals\n");
        files.write("d/deep/c.cnf", "[client]\nssl-ca=c\n");
        files.write("empty/readme", "");
        assert_eq!(read(&files).unwrap(), expected, "{content:?}");
    }
}

#[test]
fn what_cannot_be_included_is_an_error_with_its_line() {
    let (file, syntax, include) = (Code::OptionFile, Code::OptionSyntax, Code::OptionInclude);
    for (content, code, parts) in [
        ("[client]\n!include @none.cnf\n", file, &["@my.cnf, line 2)", "(@none.cnf)"][..]),
        ("\n\n!include \"@b.cnf\"\n", file, &["@my.cnf, line 3)", "\"@b.cnf\""]),
        ("!include @b.cnf # comment\n", file, &["line 1)", "@b.cnf # comment)"]),
        ("!include @d\n", file, &["@my.cnf, line 1)", "directory", "(@d)"]),
        ("!includedir @none\n", file, &["@my.cnf, line 1)", "(@none)"]),
        ("!includedir @b.cnf\n", file, &["@my.cnf, line 1)", "(@b.cnf)"]),
        ("!includedir @d\n", file, &["@my.cnf, line 1)", "directory", "(@d/dir.cnf)"]),
        ("!include @my.cnf\n", include, &["@my.cnf, line 1)", "@my.cnf includes itself"]),
        ("!include @d/../my.cnf\n", include, &["line 1)", "includes itself"]),
        ("!include @circle.cnf\n", include, &["@circle.cnf, line 3)", "@my.cnf includes itself"]),
        (
            "!include @bad.cnf\n",
            syntax,
            &["@bad.cnf, line 1)", "an option before the first [group]"],
        ),
        ("!include @missing.cnf\n", file, &["@missing.cnf, line 1)", "(@none.cnf)"]),
        ("!include\n", syntax, &["@my.cnf, line 1)", "the path is missing"]),
    ] {
        let files = Files::new();
        files.write("my.cnf", content);
        files.write("b.cnf", "[client]\nssl-ca=b\n");
        files.write("circle.cnf", "\n\n!include @my.cnf\n");
        files.write("missing.cnf", "!include @none.cnf\n");
        files.write("bad.cnf", "ssl-ca=x\n");
        files.write("d/dir.cnf/x", "");
        let error = read(&files).expect_err(content);
        let message = error.message();
        assert_eq!(error.code, code, "{content:?}: {message}");
        for part in parts {
            let part = part.replace('@', &files.path(""));
            assert!(message.contains(&part), "{content:?}: no {part} in {message}");
        }
        assert_eq!(message.matches(", line ").count(), 1, "{message}");
        let os_errno = error.details().unwrap().os_errno;
        assert_eq!(os_errno != 0, code == file, "{message}");
    }
}

#[test]
fn ten_levels_and_no_more() {
    let files = Files::new();
    files.write("my.cnf", "!include @1.cnf\n");
    for level in 1..10 {
        files.write(&format!("{level}.cnf"), format!("!include @{}.cnf\n", level + 1));
    }
    files.write("10.cnf", "[client]\nssl-ca=deep\n");
    assert_eq!(read(&files).unwrap(), "deep");
    files.write("10.cnf", "!include @11.cnf\n");
    files.write("11.cnf", "[client]\nssl-ca=deep\n");
    let error = read(&files).unwrap_err();
    assert_eq!(error.code, Code::OptionInclude);
    assert!(error.message().contains("10.cnf, line 1)"), "{error}");
}

/// Ten files that each include the next one a hundred times would be 10^20.
#[test]
fn the_number_of_files_and_bytes_is_bounded() {
    let files = Files::new();
    files.write("my.cnf", "!include @1.cnf\n".repeat(100));
    for level in 1..10 {
        files.write(&format!("{level}.cnf"), format!("!include @{}.cnf\n", level + 1).repeat(100));
    }
    files.write("10.cnf", "");
    let error = read(&files).unwrap_err();
    assert_eq!(error.code, Code::OptionInclude);
    assert!(error.message().contains("more than 1000 files"), "{error}");

    let files = Files::new();
    files.write("my.cnf", "!include @big.cnf\n".repeat(5));
    files.write("big.cnf", "#\n".repeat(1 << 19));
    let error = read(&files).unwrap_err();
    assert_eq!(error.code, Code::OptionInclude);
    assert!(error.message().contains("more than 4194304 bytes"), "{error}");

    files.write("my.cnf", "!includedir @many\n");
    for number in 0..1000 {
        files.write(&format!("many/{number}.cnf"), "");
    }
    let error = read(&files).unwrap_err();
    assert_eq!(error.code, Code::OptionFile);
    assert!(error.message().contains("more than 999 files"), "{error}");
}

/// The line that names a file is to be looked at only where there is one.
#[test]
fn a_file_that_was_named_by_the_call_has_no_line_to_check() {
    let files = Files::new();
    let error = read(&files).unwrap_err();
    assert_eq!(error.code, Code::OptionFile);
    assert!(error.message().ends_with("Check the path and the permissions."), "{error}");
    for content in ["!include @none.cnf\n", "!includedir @none\n"] {
        files.write("my.cnf", content);
        let error = read(&files).unwrap_err();
        assert_eq!(error.code, Code::OptionFile);
        let hint = "Check the path and the permissions, and the line that names it.";
        assert!(error.message().ends_with(hint), "{error}");
    }
}

/// A line that names a directory costs the reading of it, also where no file in it counts.
#[test]
fn directories_and_their_entries_are_bounded() {
    let files = Files::new();
    files.write("empty/readme", "");
    // The file itself is one of the thousand.
    files.write("my.cnf", format!("{}[client]\nssl-ca=own\n", "!includedir @empty\n".repeat(999)));
    assert_eq!(read(&files).unwrap(), "own");
    files.write("my.cnf", "!includedir @empty\n".repeat(1000));
    let error = read(&files).unwrap_err();
    assert_eq!(error.code, Code::OptionInclude);
    assert!(error.message().contains("more than 1000 files"), "{error}");
    assert!(error.message().contains("my.cnf, line 1000)"), "{error}");

    for number in 0..2500 {
        files.write(&format!("crowded/{number}"), "");
    }
    files.write("my.cnf", format!("{}[client]\nssl-ca=own\n", "!includedir @crowded\n".repeat(4)));
    assert_eq!(read(&files).unwrap(), "own");
    files.write("my.cnf", "!includedir @crowded\n".repeat(5));
    let error = read(&files).unwrap_err();
    assert_eq!(error.code, Code::OptionFile);
    assert!(error.message().contains("more than 10000 entries of directories"), "{error}");
    assert!(error.message().contains("my.cnf, line 5)"), "{error}");
}

#[test]
fn a_file_has_a_mebibyte_at_most() {
    let files = Files::new();
    let tail = "[client]\nssl-ca=last\n";
    let filler = "#".repeat((1 << 20) - tail.len() - 1);
    files.write("my.cnf", format!("{filler}\n{tail}"));
    assert_eq!(read(&files).unwrap(), "last", "a line of a mebibyte is one line");
    files.write("my.cnf", format!("{filler}#\n{tail}"));
    let error = read(&files).unwrap_err();
    assert_eq!(error.code, Code::OptionFile);
    assert!(error.message().contains("larger than 1 MiB"), "{error}");
}

#[test]
fn a_file_that_everybody_may_write_is_passed_over() {
    let files = Files::new();
    files.write("my.cnf", "[client]\nssl-ca=own\n!include @open.cnf\n");
    files.write("open.cnf", "[client]\nssl-ca=open\nssl-bogus\n");
    for mode in [0o666, 0o602, 0o777] {
        files.set_mode("open.cnf", mode);
        let mut builder = Builder::new(Role::Client);
        builder.read_options(&files.path("my.cnf"), "client").unwrap();
        assert_eq!(builder.get("ssl_ca").unwrap(), "own");
        let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
        assert_eq!((note.severity, note.option), (Severity::Warning, ""));
        // The words of MySQL's programs.
        let path = files.path("open.cnf");
        assert_eq!(note.text, format!("World-writable config file '{path}' is ignored"));
        let mut builder = Builder::new(Role::Client);
        builder.read_options(&path, "client").unwrap();
        assert_eq!(builder.get("ssl_ca").unwrap(), "");
        assert_eq!(builder.notes().len(), 1);
    }
    files.set_mode("open.cnf", 0o664);
    assert_eq!(read(&files).unwrap_err().code, Code::OptionName);
}

#[test]
fn warnings_of_files_that_everybody_may_write_are_counted() {
    let files = Files::new();
    files.write("my.cnf", "[client]\n!includedir @d\nloose-ssl-x\n");
    for number in 10..35 {
        let name = format!("d/{number}.cnf");
        files.write(&name, "");
        files.set_mode(&name, 0o666);
    }
    let mut builder = Builder::new(Role::Client);
    builder.read_options(&files.path("my.cnf"), "client").unwrap();
    let notes = builder.notes();
    assert_eq!(notes.len(), 1 + 20 + 1, "{notes:?}");
    let last = files.path("d/29.cnf");
    assert_eq!(notes[20].text, format!("World-writable config file '{last}' is ignored"));
    assert_eq!(notes[21].text, "5 more files that everybody may write are ignored");
    assert_eq!(notes[21].severity, Severity::Warning);
}

/// A pipe that nobody writes to would block whoever opens it.
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let files = Files::new();
    let pipe = files.path("a-pipe.cnf");
    let path = std::ffi::CString::new(&*pipe).unwrap();
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o644) }, 0);
    files.write("my.cnf", "!includedir @\n");
    for path in [&*pipe, "/dev/null", "/dev/zero", &files.path(""), &files.path("none")] {
        let (tell, told) = std::sync::mpsc::channel();
        let named = path.to_owned();
        std::thread::spawn(move || {
            let _ = tell.send(Builder::new(Role::Client).read_options(&named, "client"));
        });
        let result = told.recv_timeout(std::time::Duration::from_secs(20));
        let error = result.expect("an answer").unwrap_err();
        assert_eq!(error.code, Code::OptionFile, "{path}");
        assert!(error.message().contains(path), "{error}");
    }
    assert_eq!(read(&files).unwrap_err().code, Code::OptionFile, "the pipe in the directory");
    let link = files.path("link.cnf");
    files.write("real", "[client]\nssl-ca=linked\n");
    std::os::unix::fs::symlink(files.path("real"), &link).unwrap();
    let mut builder = Builder::new(Role::Client);
    builder.read_options(&link, "client").unwrap();
    assert_eq!(builder.get("ssl_ca").unwrap(), "linked");
}
