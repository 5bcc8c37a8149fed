//! OpenSSL, in a process of its own: `tests/openssl/oracle.c`, compiled here.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The program, or why there is none.
pub fn build() -> Result<PathBuf, String> {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let probe = directory.join("probe.c");
    std::fs::write(&probe, "#include <openssl/x509_vfy.h>\nint main(void) { return 0; }\n")
        .expect("a file in target");
    let program = directory.join("openssl-oracle");
    match compile(&compiler, &probe, &program) {
        Err(_) => return Err(format!("no C compiler: {compiler}")),
        Ok((false, _)) => return Err("no OpenSSL headers".to_owned()),
        Ok((true, _)) => {}
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openssl/oracle.c");
    let (done, said) = compile(&compiler, &source, &program).expect("a C compiler");
    assert!(done, "oracle.c does not compile:\n{said}");
    Ok(program)
}

fn compile(compiler: &str, source: &Path, program: &Path) -> std::io::Result<(bool, String)> {
    // CC may have arguments, as make has it.
    let mut words = compiler.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("cc"));
    command.args(words).args(["-std=c99", "-O2", "-Wall", "-Wextra", "-o"]);
    let output = command.arg(program).arg(source).arg("-lcrypto").output()?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

pub struct Oracle {
    child: Child,
    pub requests: Option<BufWriter<ChildStdin>>,
    pub answers: BufReader<ChildStdout>,
}

impl Oracle {
    pub fn start(program: &Path) -> Self {
        let mut command = Command::new(program);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the oracle starts");
        let requests = child.stdin.take().map(BufWriter::new);
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, requests, answers }
    }

    pub fn version(&mut self) -> String {
        String::from_utf8(self.ask(b"I")).expect("text")
    }

    /// Keeps a key under the next number, from 0 on, and answers with its public half.
    pub fn keep_key(&mut self, key: &[u8]) -> Vec<u8> {
        self.ask(&[b"K", field(key).as_slice()].concat())
    }

    pub fn sign(&mut self, key: usize, digest: &str, message: &[u8]) -> Vec<u8> {
        let number = (key as u32).to_be_bytes();
        let fields = [field(digest.as_bytes()), field(message)].concat();
        self.ask(&[b"S", number.as_slice(), &fields].concat())
    }

    /// Asks and waits.
    pub fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        let requests = self.requests.as_mut().expect("the oracle's input");
        send(requests, request);
        requests.flush().expect("the oracle reads");
        read(&mut self.answers)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.requests = None;
        let _ = self.child.wait();
    }
}

pub fn send(requests: &mut impl Write, request: &[u8]) {
    requests.write_all(&field(request)).expect("the oracle reads");
}

pub fn read(answers: &mut impl Read) -> Vec<u8> {
    let mut len = [0; 4];
    answers.read_exact(&mut len).expect("the oracle answers");
    let mut answer = vec![0; u32::from_be_bytes(len) as usize];
    answers.read_exact(&mut answer).expect("the oracle answers");
    answer
}

/// Bytes behind their length.
pub fn field(bytes: &[u8]) -> Vec<u8> {
    let mut out = (bytes.len() as u32).to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

/// Fields behind their count.
pub fn list<'a>(items: impl ExactSizeIterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut out = (items.len() as u32).to_be_bytes().to_vec();
    items.for_each(|item| out.extend(field(item)));
    out
}
