//! Both ends of a connection, in one thread.

use crate::library::{Conn, Context, Library, Setup};
use crate::pki::{Case, Pki};

/// The contexts of the client and of the server.
pub struct Contexts {
    contexts: [Box<dyn Context>; 2],
    /// 0 for the client, 1 for the server.
    first_sender: usize,
}

/// The client and the server.
pub struct Pair {
    pub ends: [Box<dyn Conn>; 2],
}

/// What either end sends, written by it and read by the other one where it lies.
pub struct Wires([Vec<u8>; 2]);

impl Wires {
    pub fn new() -> Self {
        Self([vec![0; 65536], vec![0; 65536]])
    }
}

impl Contexts {
    pub fn new(library: &dyn Library, pki: &Pki, case: Case) -> Self {
        Self::of(library, &pki.setups(case))
    }

    /// Makes the contexts of the client's setup and the server's.
    pub fn of(library: &dyn Library, setups: &[Setup; 2]) -> Self {
        Self {
            contexts: setups.each_ref().map(|setup| library.context(setup)),
            first_sender: usize::from(!library.greeting().is_empty()),
        }
    }

    /// Reloads the context of one end, 0 for the client.
    pub fn reload(&self, at: usize, setup: &Setup) {
        self.contexts[at].reload(setup);
    }

    /// Makes a pair and completes its handshake.
    pub fn pair(&self, wires: &mut Wires) -> Pair {
        self.watched_pair(wires, &mut |_, work| work())
    }

    /// The same; each piece of work of an end, 0 for the client, is done inside `watch`.
    pub fn watched_pair(
        &self,
        wires: &mut Wires,
        watch: &mut dyn FnMut(usize, &mut dyn FnMut()),
    ) -> Pair {
        let mut connect = |at: usize| {
            let mut made = None;
            watch(at, &mut || made = Some(self.contexts[at].connect()));
            made.unwrap()
        };
        let mut pair = Pair { ends: [connect(0), connect(1)] };
        let mut at = self.first_sender;
        let (mut waiting, mut done) = (0, [false; 2]);
        for _ in 0..32 {
            let [to_server, to_client] = &mut wires.0;
            let (wire_in, wire_out) =
                if at == 0 { (to_client, to_server) } else { (to_server, to_client) };
            let mut result = (0, false);
            watch(at, &mut || {
                result = pair.ends[at].handshake(&mut wire_in[..waiting], wire_out);
            });
            (waiting, done[at]) = result;
            if waiting == 0 && done == [true; 2] {
                return pair;
            }
            at = 1 - at;
        }
        panic!("a handshake without an end");
    }
}
