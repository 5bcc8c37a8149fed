//! The record layer of this library, over the AEADs of `crypto::aead`.

use std::ops::Range;

use super::alert;
use super::post::{self, PostHandshake, Refusal};
use super::record::{
    self, Allowances, BadRecord, Header, Keys, MAX_PLAINTEXT, MAX_TLS13_BODY, NotARecord, Opened,
    TrafficSecrets,
};
use super::traffic::{HandedOver, RecordLayer};
use super::unbuffered::Connection;
use crate::error::{Alert, Code, Details, Error};

/// A TLS connection after its handshake.
#[derive(Debug)]
pub struct Traffic {
    sealing: Keys,
    opening: Keys,
    /// TLS 1.3: what the keys behind the next KeyUpdate are made of.
    secrets: Option<Box<TrafficSecrets>>,
    post: PostHandshake,
    allowed: Allowances,
    /// A KeyUpdate came that asks for one of ours, which is not queued yet.
    answer_is_due: bool,
    peer_closed: bool,
}

impl RecordLayer for Traffic {
    fn new(connection: Connection, handed_over: HandedOver) -> Result<Self, Error> {
        let HandedOver { secrets, keeper } = handed_over;
        let (sealing, opening) = connection.keys().ok_or(Code::Tls)?;
        let peer_closed = connection.peer_closed();
        let mut post = PostHandshake::new(connection.is_client(), connection.is_tls13());
        if let Some(keeper) = keeper {
            let kernel = if connection.is_tls13() { connection.into_kernel() } else { None };
            post.keep_sessions(keeper, kernel);
        }
        Ok(Self {
            sealing,
            opening,
            secrets,
            post,
            allowed: Allowances::default(),
            answer_is_due: false,
            peer_closed,
        })
    }

    fn open(&mut self, record: &mut [u8], wire: &mut Vec<u8>) -> Result<Range<usize>, Error> {
        match self.opening.open(record) {
            Ok(Opened { kind: record::APPLICATION_DATA, content })
                if !content.is_empty() && !self.post.holds_partial() =>
            {
                self.allowed.data_came();
                if self.post.awaits_tickets() {
                    self.post.data_came();
                }
                Ok(content)
            }
            other => self.open_other(other, record, wire),
        }
    }

    fn refuse(&mut self, why: NotARecord, wire: &mut Vec<u8>) -> Error {
        let (error, number) = why.refusal();
        self.fail(error, number, wire)
    }

    fn answer(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        if std::mem::take(&mut self.answer_is_due) {
            self.update_sealing(false, wire)
        } else {
            Ok(())
        }
    }

    fn prepare_seal(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        if self.answer_is_due || self.sealing.records_left() <= 1 {
            return self.prepare_rarely(wire);
        }
        Ok(())
    }

    fn seal(&mut self, record: &mut [u8]) -> Result<(), Error> {
        if self.sealing.records_left() == 0 {
            // invariant: prepare_seal came first.
            record.fill(0);
            return Err(Code::KeysUsedUp.into());
        }
        self.sealing.seal(record::APPLICATION_DATA, record)
    }

    fn close(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.send(record::ALERT, &alert::warning(alert::CLOSE_NOTIFY), wire)
    }

    fn update_keys(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        if !self.is_tls13() || self.holds_partial_message() {
            return Err(Code::State.into());
        }
        self.update_sealing(true, wire)
    }

    fn note_proof(&mut self, is_proved: bool) {
        self.post.note_proof(is_proved);
    }

    fn peer_closed(&self) -> bool {
        self.peer_closed
    }

    fn holds_partial_message(&self) -> bool {
        self.post.holds_partial()
    }

    fn is_tls13(&self) -> bool {
        self.opening.is_tls13()
    }

    fn plaintext_bound(&self, header: Header) -> usize {
        let is_refused = self.is_tls13() && header.len > MAX_TLS13_BODY;
        if header.kind != record::APPLICATION_DATA || is_refused {
            return 0;
        }
        // A larger one is refused when it is opened.
        header.total().saturating_sub(self.overhead()).min(MAX_PLAINTEXT)
    }

    fn headroom(&self) -> usize {
        self.sealing.headroom()
    }

    fn tailroom(&self) -> usize {
        self.sealing.tailroom()
    }
}

impl Traffic {
    /// Handles a record that is no application data, or must not be opened.
    #[cold]
    fn open_other(
        &mut self,
        opened: Result<Opened, BadRecord>,
        record: &mut [u8],
        wire: &mut Vec<u8>,
    ) -> Result<Range<usize>, Error> {
        let result = match opened {
            Ok(opened) => self.take_control(opened, record, wire),
            Err(why) => Err(Ended::by_us(why.refusal())),
        };
        result.map(|()| 0..0).map_err(|ended| {
            record.fill(0);
            match ended {
                Ended::ByPeer(error) => error,
                Ended::ByUs(error, number) => self.fail(error, number, wire),
            }
        })
    }

    fn take_control(
        &mut self,
        opened: Opened,
        record: &[u8],
        wire: &mut Vec<u8>,
    ) -> Result<(), Ended> {
        let content = record.get(opened.content).unwrap_or_default();
        if self.post.holds_partial() && opened.kind != record::HANDSHAKE {
            // RFC 8446 section 5.1.
            return Err(post::unexpected("message interleaved with handshake message").into());
        }
        match opened.kind {
            record::APPLICATION_DATA => Ok(self.allowed.empty_record().map_err(post::too_many)?),
            record::HANDSHAKE => {
                let asked = self.post.read(content, &mut self.allowed)?;
                if asked.renegotiation {
                    let warning = alert::warning(alert::NO_RENEGOTIATION);
                    self.send(record::ALERT, &warning, wire).map_err(internal)?;
                }
                if let Some(asks_for_answer) = asked.key_update {
                    self.update_opening().map_err(internal)?;
                    self.answer_is_due |= asks_for_answer;
                }
                Ok(())
            }
            record::ALERT => self.take_alert(content),
            // RFC 8446 section 5: a change_cipher_spec too.
            kind => Err(post::unexpected(&format!("an encrypted record of type {kind}")).into()),
        }
    }

    fn take_alert(&mut self, content: &[u8]) -> Result<(), Ended> {
        let &[level, number] = content else {
            return Err(match content {
                // RFC 8446 section 5.4.
                [] => post::unexpected("an empty alert record"),
                _ => misbehaved("an alert of another length", alert::DECODE_ERROR),
            }
            .into());
        };
        let of_peer = Alert { number, from_peer: true };
        match level {
            alert::WARNING | alert::FATAL if number == alert::CLOSE_NOTIFY => {
                self.peer_closed = true;
                Ok(())
            }
            alert::FATAL => {
                let details = Details { alert: Some(of_peer), ..Details::default() };
                Err(Ended::ByPeer(Error::with(Code::Alert, details)))
            }
            alert::WARNING => {
                self.allowed.warning().map_err(post::too_many)?;
                if self.is_tls13() && number != alert::USER_CANCELED {
                    // RFC 8446 section 6: no other alert is a warning.
                    return Err(wrong_level(of_peer, alert::DECODE_ERROR).into());
                }
                Ok(())
            }
            _ => Err(wrong_level(of_peer, alert::ILLEGAL_PARAMETER).into()),
        }
    }

    /// Seals what has to leave before application data, where anything has.
    #[cold]
    fn prepare_rarely(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.answer(wire)?;
        match self.sealing.records_left() {
            // The KeyUpdate gets the last number.
            0 | 1 if self.is_tls13() => self.update_sealing(true, wire),
            0 => {
                self.close(wire)?;
                Err(Code::KeysUsedUp.into())
            }
            _ => Ok(()),
        }
    }

    /// Appends a KeyUpdate, and changes the keys behind it.
    fn update_sealing(&mut self, wants_answer: bool, wire: &mut Vec<u8>) -> Result<(), Error> {
        let asks = wants_answer && self.allowed.may_ask_for_key_update();
        self.send(record::HANDSHAKE, &post::key_update_message(asks), wire)?;
        self.sealing = self.next_keys(self.post.is_client())?;
        Ok(())
    }

    fn update_opening(&mut self) -> Result<(), Error> {
        self.opening = self.next_keys(!self.post.is_client())?;
        Ok(())
    }

    /// Returns the keys behind a KeyUpdate of the client, or of the server.
    fn next_keys(&mut self, of_client: bool) -> Result<Keys, Error> {
        let secrets = self.secrets.as_mut().ok_or(Code::Tls)?;
        let secret = if of_client { &mut secrets.client } else { &mut secrets.server };
        Ok(secret.next_keys(self.sealing.aead()).ok_or(Code::Tls)?)
    }

    /// Appends a record with what TLS itself says.
    fn send(&mut self, kind: u8, content: &[u8], wire: &mut Vec<u8>) -> Result<(), Error> {
        let start = wire.len();
        wire.resize(start.saturating_add(self.headroom()), 0);
        wire.extend_from_slice(content);
        wire.resize(wire.len().saturating_add(self.tailroom()), 0);
        let record = wire.get_mut(start..).unwrap_or_default();
        self.sealing.seal(kind, record).inspect_err(|_| wire.truncate(start))
    }

    /// Appends a fatal alert; nothing is sent behind it.
    fn fail(&mut self, error: Error, number: u8, wire: &mut Vec<u8>) -> Error {
        match self.send(record::ALERT, &[alert::FATAL, number], wire) {
            Ok(()) => error.with_alert(number),
            Err(_) => error,
        }
    }
}

/// How a record ends the connection.
enum Ended {
    /// The peer's own alert, which gets no answer.
    ByPeer(Error),
    ByUs(Error, u8),
}

impl Ended {
    fn by_us((error, number): Refusal) -> Self {
        Self::ByUs(error, number)
    }
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Self {
        Self::by_us(refusal)
    }
}

fn misbehaved(what: &str, number: u8) -> Refusal {
    (Error::detail(Code::Misbehaved, what), number)
}

fn wrong_level(alert: Alert, number: u8) -> Refusal {
    misbehaved(&format!("the alert {} at a level that is not fatal", alert.name()), number)
}

fn internal(error: Error) -> Ended {
    Ended::ByUs(error, alert::INTERNAL_ERROR)
}

#[cfg(test)]
mod tests {
    use super::super::config::{ClientTls, ServerTls, SuiteOffer};
    use super::super::handshake::{ClientStart, Handshake, Next};
    use super::super::record::Frame;
    use super::*;
    use crate::config::{Builder, Role, Settings};

    /// Records of AES-GCM that one key protects.
    const LIMIT: u64 = 1 << 24;

    #[test]
    fn tls_13_changes_its_keys_before_the_limit() {
        for from in [0, 1] {
            let mut pair = pair("TLSv1.3");
            let [sender, receiver] = &mut pair;
            let (sender, receiver) =
                if from == 0 { (sender, receiver) } else { (receiver, sender) };
            let done = LIMIT - 3 - sender.sealing.number();
            sender.sealing.skip(done);
            receiver.opening.skip(done);
            let mut updates = 0;
            for n in 0..5 {
                let mut wire = Vec::new();
                sender.prepare_seal(&mut wire).unwrap();
                updates += usize::from(!wire.is_empty());
                // Two records and the KeyUpdate are the last three.
                assert_eq!(!wire.is_empty(), n == 2, "{n}");
                assert_eq!(deliver(receiver, &mut wire), b"");
                assert_eq!(deliver(receiver, &mut record(sender, b"row")), b"row", "{n}");
            }
            assert_eq!((updates, sender.sealing.number()), (1, 3));
            // It asked for new keys of the other direction too.
            let mut answer = Vec::new();
            receiver.answer(&mut answer).unwrap();
            assert!(!answer.is_empty());
            assert_eq!(deliver(sender, &mut answer), b"");
            assert_eq!(deliver(sender, &mut record(receiver, b"row")), b"row");
        }
    }

    #[test]
    fn a_peer_that_only_reads_may_answer_every_key_update() {
        let [mut sender, mut reader] = pair("TLSv1.3");
        for n in 0..100 {
            let mut wire = Vec::new();
            if n % 2 == 0 {
                sender.update_keys(&mut wire).unwrap();
            } else {
                let left = sender.sealing.records_left() - 1;
                sender.sealing.skip(left);
                reader.opening.skip(left);
                sender.prepare_seal(&mut wire).unwrap();
            }
            assert_eq!(deliver(&mut reader, &mut wire), b"");
            assert_eq!(deliver(&mut reader, &mut record(&mut sender, b"row")), b"row");
            let mut answer = Vec::new();
            reader.answer(&mut answer).unwrap();
            assert_eq!(deliver(&mut sender, &mut answer), b"", "{n}");
        }
    }

    #[test]
    fn no_key_update_is_asked_for_before_one_has_come() {
        let [mut sender, mut reader] = pair("TLSv1.3");
        // Returns what the reader answers.
        let update = |sender: &mut Traffic, reader: &mut Traffic| {
            let (mut wire, mut answer) = (Vec::new(), Vec::new());
            sender.update_keys(&mut wire).unwrap();
            assert_eq!(deliver(reader, &mut wire), b"");
            reader.answer(&mut answer).unwrap();
            answer
        };
        let mut answer = update(&mut sender, &mut reader);
        assert!(!answer.is_empty());
        assert_eq!(update(&mut sender, &mut reader), b"");
        assert_eq!(deliver(&mut sender, &mut answer), b"");
        assert!(!update(&mut sender, &mut reader).is_empty());
    }

    #[test]
    fn tls_12_says_goodbye_at_the_limit() {
        for from in [0, 1] {
            let mut pair = pair("TLSv1.2");
            let [sender, receiver] = &mut pair;
            let (sender, receiver) =
                if from == 0 { (sender, receiver) } else { (receiver, sender) };
            let done = LIMIT - 2 - sender.sealing.number();
            sender.sealing.skip(done);
            receiver.opening.skip(done);
            let mut wire = Vec::new();
            for n in 0..2 {
                sender.prepare_seal(&mut wire).unwrap();
                assert!(wire.is_empty());
                assert_eq!(deliver(receiver, &mut record(sender, b"row")), b"row", "{n}");
            }
            let error = sender.prepare_seal(&mut wire).unwrap_err();
            assert_eq!(error.code, Code::KeysUsedUp);
            assert_eq!(deliver(receiver, &mut wire), b"");
            assert!(receiver.peer_closed());
            // Whoever seals all the same gets nothing.
            let mut slot = vec![7; 3 + sender.overhead()];
            assert_eq!(sender.seal(&mut slot).unwrap_err().code, Code::KeysUsedUp);
            assert_eq!(slot, vec![0; slot.len()]);
        }
    }

    fn record(sender: &mut Traffic, plain: &[u8]) -> Vec<u8> {
        let (head, tail) = (vec![0; sender.headroom()], vec![0; sender.tailroom()]);
        let mut record = [&head, plain, &tail].concat();
        sender.seal(&mut record).unwrap();
        record
    }

    /// Opens records, none of which is answered; returns their plaintext.
    fn deliver(receiver: &mut Traffic, mut records: &mut [u8]) -> Vec<u8> {
        let (mut plain, mut wire) = (Vec::new(), Vec::new());
        while let Frame::Whole(header, _) = Frame::next(records) {
            let (record, rest) = records.split_at_mut(header.total());
            let bound = receiver.plaintext_bound(header);
            let place = receiver.open(record, &mut wire).unwrap();
            assert!(place.len() <= bound);
            plain.extend_from_slice(&record[place]);
            records = rest;
        }
        assert!(records.is_empty() && wire.is_empty());
        plain
    }

    /// A client and a server after their handshake, with AES-GCM.
    fn pair(version: &str) -> [Traffic; 2] {
        let mut builder = Builder::new(Role::Client);
        builder.set("tls_version", version).unwrap();
        let client =
            ClientTls::new(&Settings::of(&builder).unwrap(), None, &std::sync::Arc::default())
                .unwrap();
        let mut builder = Builder::new(Role::Server);
        let certificate = include_bytes!("../../tests/data/keys/p256-cert.pem");
        let key = include_bytes!("../../tests/data/keys/p256-sec1.pem");
        builder.set_identity(certificate, key).unwrap();
        let sessions = std::sync::Arc::default();
        let server = ServerTls::new(&Settings::of(&builder).unwrap(), &sessions).unwrap();
        let start = ClientStart { offer: SuiteOffer::Ecdhe, ..ClientStart::default() };
        let mut client = Handshake::client(&client, start).unwrap();
        let mut server = Handshake::server(&server).unwrap();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        client.start(&mut up).unwrap();
        while !(client.is_done() && server.is_done()) {
            feed(&mut server, &mut up, &mut down);
            feed(&mut client, &mut down, &mut up);
        }
        [client, server].map(|handshake| handshake.finish().unwrap().0)
    }

    fn feed(handshake: &mut Handshake, records: &mut Vec<u8>, wire: &mut Vec<u8>) {
        let mut rest = &std::mem::take(records)[..];
        while let Frame::Whole(_, record) = Frame::next(rest) {
            let next = handshake.feed(record, wire).unwrap();
            rest = &rest[record.len()..];
            assert!(next == Next::More || rest.is_empty());
        }
    }
}
