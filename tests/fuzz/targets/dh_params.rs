//! Diffie-Hellman parameters as a file of `tlsql_dh_params` holds them: octets of any kind become a
//! group whose p may be a safe prime, or an error.

use tlsql::crypto::DhGroup;
use tlsql::{Builder, Code, Context, Role};

use super::cursor::Cursor;
use super::dh;

/// What the first byte says.
pub mod form {
    /// The rest is DER.
    pub const DER: u8 = 0;
    /// The rest is a file.
    pub const FILE: u8 = 1;
    /// A prime as `dh::prime` reads it, g, and what is behind g.
    pub const MADE: u8 = 2;
    /// How many, each as `MADE`, in PEM, and changes to the text.
    pub const PEM: u8 = 3;
    pub const COUNT: u8 = 4;
}

pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    match script.u8() % form::COUNT {
        form::DER => parse(script.rest()),
        form::FILE => load(script.rest()),
        form::MADE => parse(&made(&mut script)),
        _ => {
            let count = 1 + script.u8() % 10;
            let mut text: Vec<u8> = (0..count).flat_map(|_| dh::pem(&made(&mut script))).collect();
            let flips = script.u8() & 7;
            script.flip(&mut text, flips);
            load(&text);
        }
    }
}

fn made(script: &mut Cursor<'_>) -> Vec<u8> {
    let (p, g, more) = (dh::prime(script), script.bytes(), script.bytes());
    dh::parameters(&p, g, more)
}

fn parse(der: &[u8]) {
    match DhGroup::parse(der) {
        Err(why) => assert!(!why.is_empty()),
        Ok(group) => {
            let (p, g) = dh::read(der).expect("two numbers in a SEQUENCE");
            assert!((9..=8192).contains(&group.bits()), "{} bits", group.bits());
            assert!(dh::is_inside(&g, &p), "g = {g:02x?}");
            // A safe prime above 7 is 11 modulo 12: neither it nor its half is a multiple of 2 or 3.
            let rest = p.iter().fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % 12);
            assert_eq!(rest, 11, "{p:02x?}");
            assert!(std::ptr::eq(DhGroup::parse(der).unwrap(), group), "kept once");
        }
    }
}

fn load(file: &[u8]) {
    let path = std::env::temp_dir().join(format!("tlsql-fuzz-dh-{}", std::process::id()));
    std::fs::write(&path, file).unwrap();
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_mode", "REQUIRED").unwrap();
    builder.set("tlsql_dh_params", path.to_str().unwrap()).unwrap();
    let loaded = builder.load_files();
    std::fs::remove_file(&path).unwrap();
    let made = Context::new(&builder).map(drop).map_err(|error| error.code);
    match loaded {
        Err(error) => {
            assert_eq!(error.code, Code::Pem, "{error}");
            assert!(!error.message().contains(char::is_control), "{error:?}");
            assert_eq!(made, Err(Code::Pem), "the load that failed counts");
        }
        // Too small a group for the security level is told then.
        Ok(()) => assert!(matches!(made, Ok(()) | Err(Code::OptionValue)), "{made:?}"),
    }
}
