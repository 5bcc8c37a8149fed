//! Libraries behind the C interface of `c/peer.h`, each loaded with its own names.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null;

use crate::library::{Conn, Context, Library, Setup};

/// `struct peer_setup`.
#[repr(C)]
struct RawSetup {
    is_server: c_int,
    is_tls13: c_int,
    suite: c_int,
    ca: *const c_char,
    cert: *const c_char,
    key: *const c_char,
    resumes: c_int,
    crl: *const c_char,
}

type Handshake =
    unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut u8, usize, *mut c_int) -> usize;

/// `struct peer`.
#[repr(C)]
struct Api {
    version: unsafe extern "C" fn() -> *const c_char,
    context_new: unsafe extern "C" fn(*const RawSetup) -> *mut c_void,
    context_free: unsafe extern "C" fn(*mut c_void),
    conn_new: unsafe extern "C" fn(*mut c_void) -> *mut c_void,
    conn_free: unsafe extern "C" fn(*mut c_void),
    handshake: Handshake,
    seal: unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut u8, usize) -> usize,
    open: unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut u8, usize) -> usize,
    seal_in_place: Option<unsafe extern "C" fn(*mut c_void, *mut u8, usize, usize) -> usize>,
    open_in_place: Option<unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> usize>,
    idle: Option<unsafe extern "C" fn(*mut c_void, usize)>,
    greeting: *const u8,
    greeting_len: usize,
    reload: Option<unsafe extern "C" fn(*mut c_void, *const RawSetup)>,
}

pub struct CLibrary(&'static Api);

/// Loads tlsql, which `TLSQL_LIBRARY` names, and what calls it by its header.
pub fn tlsql() -> CLibrary {
    let path = tlsql_path();
    load(&path, libc::RTLD_GLOBAL).unwrap_or_else(|why| panic!("{why}; run `make bench`"));
    CLibrary(api(env!("BENCH_TLSQL"), env!("BENCH_TLSQL_MISSING")).unwrap())
}

pub fn tlsql_path() -> String {
    std::env::var("TLSQL_LIBRARY").unwrap_or_else(|_| "target/c/libtlsql.so.0".into())
}

/// Loads tlsql with the feature `aws-lc-rs`. It is a part of the object that calls it: the names of
/// libtlsql.so are taken.
pub fn tlsql_over_aws_lc() -> Result<CLibrary, String> {
    Ok(CLibrary(api(env!("BENCH_AWS_LC"), env!("BENCH_AWS_LC_MISSING"))?))
}

/// Where `make bench` has the shared library of that build.
pub const OVER_AWS_LC_PATH: &str = "target/aws-lc/release/libtlsql.so";

/// Loads the OpenSSL of the machine.
pub fn system_openssl() -> Result<CLibrary, String> {
    Ok(CLibrary(api(env!("BENCH_SYSTEM"), env!("BENCH_SYSTEM_MISSING"))?))
}

/// Loads the OpenSSL that was built for this harness.
pub fn openssl() -> Result<CLibrary, String> {
    Ok(CLibrary(api(env!("BENCH_NEWEST"), env!("BENCH_NEWEST_MISSING"))?))
}

fn api(path: &str, missing: &str) -> Result<&'static Api, String> {
    if path.is_empty() {
        return Err(missing.into());
    }
    let library = load(path, libc::RTLD_LOCAL)?;
    // SAFETY: the library is loaded and stays so; the name ends in a NUL.
    let entry = unsafe { libc::dlsym(library, c"peer".as_ptr()) };
    assert!(!entry.is_null(), "{path} has no peer()");
    // SAFETY: build.rs made the object of c/peer.h, whose peer() has this type.
    let entry: extern "C" fn() -> *const Api = unsafe { std::mem::transmute(entry) };
    // SAFETY: it returns a constant of the object, which has the layout of `Api` and stays loaded.
    Ok(unsafe { &*entry() })
}

fn load(path: &str, scope: c_int) -> Result<*mut c_void, String> {
    let name = c_string(path);
    // SAFETY: the objects are those of the build; what their constructors do is theirs to get right.
    let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | scope) };
    if library.is_null() {
        // SAFETY: dlopen failed, so that dlerror returns its message.
        let why = unsafe { CStr::from_ptr(libc::dlerror()) };
        return Err(why.to_string_lossy().into_owned());
    }
    Ok(library)
}

fn c_string(text: &str) -> CString {
    CString::new(text).unwrap()
}

/// Calls `call` with a setup whose texts are valid until it returns.
fn with_raw<T>(setup: &Setup, call: impl FnOnce(&RawSetup) -> T) -> T {
    let identity = setup.identity.as_ref();
    let (cert, key) = (identity.map(|pair| &pair[0]), identity.map(|pair| &pair[1]));
    let [ca, cert, key, crl] = [setup.ca.as_ref(), cert, key, setup.crl.as_ref()]
        .map(|file| file.map(|file| c_string(file)));
    let pointer = |text: &Option<CString>| text.as_ref().map_or(null(), |text| text.as_ptr());
    call(&RawSetup {
        is_server: setup.is_server.into(),
        is_tls13: setup.is_tls13.into(),
        suite: c_int::try_from(setup.suite).unwrap(),
        ca: pointer(&ca),
        cert: pointer(&cert),
        key: pointer(&key),
        resumes: setup.resumes.into(),
        crl: pointer(&crl),
    })
}

impl Library for CLibrary {
    fn context(&self, setup: &Setup) -> Box<dyn Context> {
        // SAFETY: the setup is valid for the call.
        let context = with_raw(setup, |raw| unsafe { (self.0.context_new)(raw) });
        Box::new(CContext { api: self.0, context })
    }

    fn version(&self) -> String {
        // SAFETY: it returns a constant text with a NUL at its end.
        unsafe { CStr::from_ptr((self.0.version)()) }.to_string_lossy().into_owned()
    }

    fn greeting(&self) -> &[u8] {
        if self.0.greeting.is_null() {
            return &[];
        }
        // SAFETY: it is a constant of the object, of this length, which stays loaded.
        unsafe { std::slice::from_raw_parts(self.0.greeting, self.0.greeting_len) }
    }
}

struct CContext {
    api: &'static Api,
    context: *mut c_void,
}

// SAFETY: threads may share a tlsql_context and an SSL_CTX.
unsafe impl Sync for CContext {}

impl Context for CContext {
    fn connect(&self) -> Box<dyn Conn> {
        // SAFETY: the context came from the same library and is not freed.
        let conn = unsafe { (self.api.conn_new)(self.context) };
        Box::new(CConn { api: self.api, conn })
    }

    fn reload(&self, setup: &Setup) {
        let call = self.api.reload.unwrap();
        // SAFETY: the context came from the same library and is not freed; the setup is valid for
        // the call.
        with_raw(setup, |raw| unsafe { call(self.context, raw) });
    }
}

impl Drop for CContext {
    fn drop(&mut self) {
        // SAFETY: it came from context_new, and this is its only owner.
        unsafe { (self.api.context_free)(self.context) }
    }
}

struct CConn {
    api: &'static Api,
    conn: *mut c_void,
}

impl Conn for CConn {
    fn handshake(&mut self, wire_in: &mut [u8], wire_out: &mut [u8]) -> (usize, bool) {
        let mut done = 0;
        let (from, to) = (wire_in.as_mut_ptr(), wire_out.as_mut_ptr());
        // SAFETY: pointers and lengths are those of two slices that do not overlap.
        let made = unsafe {
            (self.api.handshake)(self.conn, from, wire_in.len(), to, wire_out.len(), &mut done)
        };
        (made, done != 0)
    }

    fn seal(&mut self, plain: &[u8], wire: &mut [u8]) -> usize {
        let (from, to) = (plain.as_ptr(), wire.as_mut_ptr());
        // SAFETY: pointers and lengths are those of two slices that do not overlap.
        unsafe { (self.api.seal)(self.conn, from, plain.len(), to, wire.len()) }
    }

    fn open(&mut self, wire: &mut [u8], plain: &mut [u8]) -> usize {
        let (from, to) = (wire.as_mut_ptr(), plain.as_mut_ptr());
        // SAFETY: pointers and lengths are those of two slices that do not overlap.
        unsafe { (self.api.open)(self.conn, from, wire.len(), to, plain.len()) }
    }

    fn seal_in_place(&mut self, buf: &mut [u8], len: usize) -> usize {
        let call = self.api.seal_in_place.unwrap();
        // SAFETY: pointer and length are those of the slice.
        unsafe { call(self.conn, buf.as_mut_ptr(), buf.len(), len) }
    }

    fn open_in_place(&mut self, wire: &mut [u8]) -> usize {
        let call = self.api.open_in_place.unwrap();
        // SAFETY: pointer and length are those of the slice.
        unsafe { call(self.conn, wire.as_mut_ptr(), wire.len()) }
    }

    fn wrapper_len(&self) -> usize {
        size_of::<Self>()
    }

    fn idle(&mut self, times: usize) {
        let call = self.api.idle.unwrap();
        // SAFETY: the connection came from the same library and is not freed.
        unsafe { call(self.conn, times) }
    }
}

impl Drop for CConn {
    fn drop(&mut self) {
        // SAFETY: it came from conn_new, and this is its only owner.
        unsafe { (self.api.conn_free)(self.conn) }
    }
}
