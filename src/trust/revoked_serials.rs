//! The entries of a revocation list (RFC 5280 sections 5.1.2.6 and 5.3).

use super::raw_extension::{Extension, Once};
use super::time;
use super::{Dn, Malformed};
use crate::der::{Reader, Value, is_integer, tag};

/// The serial numbers that a list revokes: where they are in its DER, in ascending order.
#[derive(Debug)]
pub(super) struct Revoked {
    offsets: Box<[u32]>,
    critical: bool,
    malformed: bool,
}

impl Revoked {
    /// Indexes `entries`, which lie in `der`, of a list that `issuer` made.
    pub fn read(der: &[u8], entries: Option<Reader<'_>>, issuer: &Dn) -> Result<Self, Malformed> {
        let mut this = Self { offsets: Box::default(), critical: false, malformed: false };
        let Some(mut entries) = entries else { return Ok(this) };
        // A list of one entry form has entries of one length, so this mostly is the exact number.
        let first = entries.clone().any().map_or(1, |entry| entry.raw.len());
        let guess = entries.rest().len().checked_div(first).unwrap_or(0).min(MAX_ENTRIES);
        let mut keys = Vec::with_capacity(guess);
        let mut of_issuer = true;
        while !entries.is_empty() {
            let entry = Entry::read(&mut entries).ok_or(MALFORMED_ENTRY)?;
            let facts = this.facts(entry.extensions, issuer)?;
            // RFC 5280 section 5.3.3: it holds for the following entries too. Without support for
            // indirect lists OpenSSL asks lists about their issuer's certificates only.
            of_issuer = facts.of_issuer.unwrap_or(of_issuer);
            if !of_issuer || facts.removed {
                continue;
            }
            if keys.len() >= MAX_ENTRIES {
                return Err(Malformed("there are more than 16,777,216 entries"));
            }
            let offset = entry.serial.raw.as_ptr().addr().checked_sub(der.as_ptr().addr());
            let offset = offset.and_then(|offset| u32::try_from(offset).ok());
            keys.push((prefix(entry.serial.body), offset.ok_or(MALFORMED_ENTRY)?));
        }
        // The prefix decides nearly always, and then no DER is looked at.
        keys.sort_unstable_by(|(a, at_a), (b, at_b)| {
            a.cmp(b).then_with(|| serial_at(der, *at_a).cmp(serial_at(der, *at_b)))
        });
        this.offsets = keys.into_iter().map(|(_, offset)| offset).collect();
        Ok(this)
    }

    #[cfg(feature = "internals")]
    pub fn entry_count(&self) -> usize {
        self.offsets.len()
    }

    pub fn contains(&self, der: &[u8], serial: &[u8]) -> bool {
        self.offsets.binary_search_by(|offset| serial_at(der, *offset).cmp(serial)).is_ok()
    }

    pub fn has_unhandled_critical(&self) -> bool {
        self.critical
    }

    pub fn has_malformed_extension(&self) -> bool {
        self.malformed
    }

    fn facts(&mut self, extensions: Option<Reader<'_>>, issuer: &Dn) -> Result<Facts, Malformed> {
        let mut facts = Facts { removed: false, of_issuer: None };
        let Some(mut extensions) = extensions else { return Ok(facts) };
        let [mut reason, mut certificate_issuer] = [Once::default(); 2];
        while !extensions.is_empty() {
            let extension = Extension::read(&mut extensions).ok_or(MALFORMED_ENTRY)?;
            match extension.oid {
                REASON_CODE => {
                    reason.put(extension.value);
                }
                CERTIFICATE_ISSUER => {
                    certificate_issuer.put(extension.value);
                    continue;
                }
                _ => {}
            }
            // OpenSSL handles no other critical extension here, not even a reason code.
            self.critical |= extension.critical;
        }
        match reason {
            Once::Never => {}
            Once::Value(value) => match Value::whole_of(value, tag::ENUMERATED) {
                Some(reason) if is_integer(reason) => facts.removed = reason == REMOVE_FROM_CRL,
                _ => self.malformed = true,
            },
            Once::Again => self.malformed = true,
        }
        match certificate_issuer {
            Once::Never => {}
            Once::Value(value) => match names(value, issuer) {
                Some(of_issuer) => facts.of_issuer = Some(of_issuer),
                None => self.malformed = true,
            },
            Once::Again => self.malformed = true,
        }
        Ok(facts)
    }
}

/// What an entry's extensions say.
struct Facts {
    /// The certificate is revoked no longer.
    removed: bool,
    /// Whether it says that the list's issuer issued the certificate, if it says anything.
    of_issuer: Option<bool>,
}

struct Entry<'a> {
    serial: Value<'a>,
    extensions: Option<Reader<'a>>,
}

impl<'a> Entry<'a> {
    fn read(entries: &mut Reader<'a>) -> Option<Self> {
        let mut inside = Reader::new(entries.take(tag::SEQUENCE)?);
        let serial = inside.take_value(tag::INTEGER).filter(|serial| is_integer(serial.body))?;
        // Neither OpenSSL nor we look at the date.
        time::take(&mut inside)?;
        let extensions =
            if inside.is_empty() { None } else { Some(Reader::new(inside.take(tag::SEQUENCE)?)) };
        inside.is_empty().then_some(Self { serial, extensions })
    }
}

/// Whether GeneralNames name `issuer` as a directoryName.
fn names(value: &[u8], issuer: &Dn) -> Option<bool> {
    super::distribution_point::names_directory(Value::whole_of(value, tag::SEQUENCE)?, issuer)
}

/// Empty if there is none, which no INTEGER is.
fn serial_at(der: &[u8], offset: u32) -> &[u8] {
    usize::try_from(offset)
        .ok()
        .and_then(|offset| der.get(offset..))
        .and_then(|rest| Reader::new(rest).take(tag::INTEGER))
        .unwrap_or_default()
}

/// The first octets, in the order that the whole has.
fn prefix(serial: &[u8]) -> u64 {
    let mut octets = [0; 8];
    for (to, from) in octets.iter_mut().zip(serial) {
        *to = *from;
    }
    u64::from_be_bytes(octets)
}

const MALFORMED_ENTRY: Malformed = Malformed("an entry cannot be read");

/// More than any list of 256 MiB has: there an entry with a serial number of one octet and a date has
/// 20 octets. It bounds what a list of entries with empty dates costs: 64 MiB beside its DER, and
/// 256 MiB while it is sorted.
const MAX_ENTRIES: usize = 1 << 24;

// RFC 5280 sections 5.3.1 and 5.3.3.
const REASON_CODE: &[u8] = b"\x55\x1d\x15";
const CERTIFICATE_ISSUER: &[u8] = b"\x55\x1d\x1d";
const REMOVE_FROM_CRL: &[u8] = b"\x08";

#[cfg(test)]
mod tests {
    use super::super::crl_builder::{entry, extension, name, sequence, value};
    use super::*;

    fn read(entries: &[Vec<u8>]) -> (Vec<u8>, Revoked) {
        let der = entries.concat();
        let issuer = Dn::parse(&name("Root")).unwrap();
        let revoked = Revoked::read(&der, Some(Reader::new(&der)), &issuer).unwrap();
        (der, revoked)
    }

    fn reason(number: u8) -> Vec<u8> {
        extension(21, false, &[10, 1, number])
    }

    fn issued_by(common_name: &str) -> Vec<u8> {
        extension(29, true, &sequence(&[&value(0xa4, &[&name(common_name)])]))
    }

    #[test]
    fn each_serial_number_is_found_and_no_other() {
        let serials = [
            &b"\x05"[..],
            b"\x01",
            b"\xff",
            b"\x01\x00",
            b"\x7f",
            b"\x01\x00\x00\x00\x00\x00\x00\x00\x00",
            b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        ];
        let entries: Vec<_> = serials.iter().map(|serial| entry(serial, &[])).collect();
        let (der, revoked) = read(&entries);
        for serial in serials {
            assert!(revoked.contains(&der, serial), "{serial:02x?}");
        }
        for serial in [&b""[..], b"\x00", b"\x02", b"\x01\x00\x00", b"\x80", b"\x01\x01"] {
            assert!(!revoked.contains(&der, serial), "{serial:02x?}");
        }
    }

    #[test]
    fn one_entry_that_revokes_is_enough() {
        let removed = || entry(b"\x05", &[reason(8)]);
        let (der, revoked) = read(&[removed()]);
        assert!(!revoked.contains(&der, b"\x05"));
        for held in [entry(b"\x05", &[reason(6)]), entry(b"\x05", &[])] {
            for entries in [[held.clone(), removed()], [removed(), held.clone()]] {
                let (der, revoked) = read(&entries);
                assert!(revoked.contains(&der, b"\x05"));
            }
        }
    }

    #[test]
    fn entries_of_another_issuer_are_not_for_ours() {
        let (der, revoked) = read(&[
            entry(b"\x01", &[]),
            entry(b"\x02", &[issued_by("Other")]),
            entry(b"\x03", &[]),
            entry(b"\x04", &[issued_by(" ROOT ")]),
            entry(b"\x05", &[]),
        ]);
        let found: Vec<u8> = (1..=5).filter(|n| revoked.contains(&der, &[*n])).collect();
        assert_eq!(found, [1, 4, 5]);
        assert!(!revoked.has_unhandled_critical() && !revoked.has_malformed_extension());
    }

    #[test]
    fn extensions_of_entries() {
        let critical = |id, payload: &[u8]| extension(id, true, payload);
        for (extensions, is_critical, is_malformed) in [
            (vec![reason(1)], false, false),
            (vec![critical(21, &[10, 1, 1])], true, false),
            (vec![critical(24, b"")], true, false),
            (vec![extension(24, false, b"zz")], false, false),
            (vec![extension(21, false, &[2, 1, 8])], false, true),
            (vec![extension(21, false, &[10, 2, 0, 8])], false, true),
            (vec![reason(8), reason(8)], false, true),
            (vec![critical(29, b"zz")], false, true),
            (vec![issued_by("Root"), issued_by("Root")], false, true),
        ] {
            let (der, revoked) = read(&[entry(b"\x05", &extensions)]);
            assert_eq!(revoked.has_unhandled_critical(), is_critical, "{extensions:02x?}");
            assert_eq!(revoked.has_malformed_extension(), is_malformed, "{extensions:02x?}");
            assert!(revoked.contains(&der, b"\x05"), "{extensions:02x?}");
        }
    }
}
