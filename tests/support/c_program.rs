//! Programs on OpenSSL, compiled when a test runs: the library itself never links it. Requests and
//! answers go through pipes, each behind its length.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Compiles a program of `tests/openssl` with these libraries, or says why it cannot be had here.
pub fn build(name: &str, header: &str, libraries: &[&str]) -> Result<PathBuf, String> {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let probe = directory.join(format!("probe-{name}.c"));
    let text = format!("#include <openssl/{header}>\nint main(void) {{ return 0; }}\n");
    std::fs::write(&probe, text).expect("a file in target");
    let program = directory.join(format!("openssl-{name}"));
    match compile(&compiler, &probe, &program, libraries) {
        Err(_) => return Err(format!("no C compiler: {compiler}")),
        Ok((false, _)) => return Err("no OpenSSL headers".to_owned()),
        Ok((true, _)) => {}
    }
    let source = format!("{}/tests/openssl/{name}.c", env!("CARGO_MANIFEST_DIR"));
    let made = compile(&compiler, Path::new(&source), &program, libraries);
    let (done, said) = made.expect("a C compiler");
    assert!(done, "{name}.c does not compile:\n{said}");
    Ok(program)
}

fn compile(
    compiler: &str,
    source: &Path,
    program: &Path,
    libraries: &[&str],
) -> std::io::Result<(bool, String)> {
    // CC may have arguments, as make has it.
    let mut words = compiler.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("cc"));
    command.args(words).args(["-std=c99", "-O2", "-Wall", "-Wextra", "-o"]);
    let output = command.arg(program).arg(source).args(libraries).output()?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// One of them while it runs.
pub struct Running {
    child: Child,
    pub requests: Option<BufWriter<ChildStdin>>,
    pub answers: BufReader<ChildStdout>,
}

impl Running {
    pub fn start(program: &Path, arguments: &[String]) -> Self {
        let mut command = Command::new(program);
        let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let requests = child.stdin.take().map(BufWriter::new);
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, requests, answers }
    }

    /// Sends a request and waits for the answer.
    pub fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        let requests = self.requests.as_mut().expect("the program's input");
        send(requests, request);
        requests.flush().expect("the program reads");
        read(&mut self.answers)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.requests = None;
        let _ = self.child.wait();
    }
}

pub fn send(requests: &mut impl Write, request: &[u8]) {
    requests.write_all(&field(request)).expect("the program reads");
}

pub fn read(answers: &mut impl Read) -> Vec<u8> {
    let mut len = [0; 4];
    answers.read_exact(&mut len).expect("the program answers");
    let mut answer = vec![0; u32::from_be_bytes(len) as usize];
    answers.read_exact(&mut answer).expect("the program answers");
    answer
}

/// Returns bytes behind their length.
pub fn field(bytes: &[u8]) -> Vec<u8> {
    let mut out = (bytes.len() as u32).to_be_bytes().to_vec();
    out.extend(bytes);
    out
}
