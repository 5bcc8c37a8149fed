//! The entries of a CRL, revokedCertificates (RFC 5280 sections 5.1.2.6 and 5.3).

use std::cmp::Ordering;

use super::certificate::Malformed;
use super::distribution_point::names_directory;
use super::dn::Dn;
use super::raw_extension::{Extension, Occurrence};
use super::time;
use crate::der::{Reader, Value, is_integer, tag};

/// An index of the serial numbers that a CRL revokes.
#[derive(Debug)]
pub(super) struct RevokedSerials {
    /// Offsets of the INTEGERs in the CRL's DER, in ascending order of the numbers.
    offsets: Box<[u32]>,
    /// An entry has a critical extension that OpenSSL does not handle.
    unhandled_critical: bool,
    /// An entry has an extension that cannot be read, or has it twice.
    malformed: bool,
}

impl RevokedSerials {
    /// Indexes `entries`, which lie in `der`, of a CRL that `issuer` issued.
    pub fn read(der: &[u8], entries: Option<Reader<'_>>, issuer: &Dn) -> Result<Self, Malformed> {
        let mut this =
            Self { offsets: Box::default(), unhandled_critical: false, malformed: false };
        let Some(mut entries) = entries else { return Ok(this) };
        // The entries of most CRLs have one length, so this mostly is the exact number.
        let first = entries.clone().any().map_or(1, |entry| entry.raw.len());
        let guess = entries.rest().len().checked_div(first).unwrap_or(0).min(MAX_ENTRIES);
        let mut keys = Vec::with_capacity(guess);
        let mut of_issuer = true;
        while !entries.is_empty() {
            let entry = Entry::read(&mut entries).ok_or(MALFORMED_ENTRY)?;
            let extensions = this.read_extensions(entry.extensions, issuer)?;
            // RFC 5280 section 5.3.3: a certificateIssuer holds for the following entries too.
            // Entries of other issuers are left out: indirect CRLs are not used.
            of_issuer = extensions.of_issuer.unwrap_or(of_issuer);
            if !of_issuer || extensions.removed {
                continue;
            }
            if keys.len() >= MAX_ENTRIES {
                return Err(Malformed("there are more than 16,777,216 entries"));
            }
            let offset = entry.serial.raw.as_ptr().addr().checked_sub(der.as_ptr().addr());
            let offset = offset.and_then(|offset| u32::try_from(offset).ok());
            keys.push((prefix(entry.serial.body), offset.ok_or(MALFORMED_ENTRY)?));
        }
        // The prefixes nearly always differ, and then the DER is not read again.
        keys.sort_unstable_by(|(a, at_a), (b, at_b)| {
            a.cmp(b).then_with(|| by_whole_serial(der, *at_a, *at_b))
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
        self.unhandled_critical
    }

    pub fn has_malformed_extension(&self) -> bool {
        self.malformed
    }

    /// Reads the extensions of one entry, and notes what is malformed or not handled.
    fn read_extensions(
        &mut self,
        extensions: Option<Reader<'_>>,
        issuer: &Dn,
    ) -> Result<EntryExtensions, Malformed> {
        let mut found = EntryExtensions { removed: false, of_issuer: None };
        let Some(mut extensions) = extensions else { return Ok(found) };
        let [mut reason, mut certificate_issuer] = [Occurrence::default(); 2];
        while !extensions.is_empty() {
            let extension = Extension::read(&mut extensions).ok_or(MALFORMED_ENTRY)?;
            match extension.oid {
                REASON_CODE => {
                    reason.add(extension.value);
                }
                CERTIFICATE_ISSUER => {
                    certificate_issuer.add(extension.value);
                    continue;
                }
                _ => {}
            }
            // OpenSSL handles no other critical extension here, not even a reason code.
            self.unhandled_critical |= extension.critical;
        }
        match reason {
            Occurrence::Absent => {}
            Occurrence::Single(value) => match Value::whole_of(value, tag::ENUMERATED) {
                Some(reason) if is_integer(reason) => found.removed = reason == REMOVE_FROM_CRL,
                _ => self.malformed = true,
            },
            Occurrence::Repeated => self.malformed = true,
        }
        match certificate_issuer {
            Occurrence::Absent => {}
            Occurrence::Single(value) => match names(value, issuer) {
                Some(of_issuer) => found.of_issuer = Some(of_issuer),
                None => self.malformed = true,
            },
            Occurrence::Repeated => self.malformed = true,
        }
        Ok(found)
    }
}

/// The extensions of one entry.
struct EntryExtensions {
    /// The reason is removeFromCRL: the certificate is no longer revoked.
    removed: bool,
    /// True if certificateIssuer names the CRL's issuer; `None` without the extension.
    of_issuer: Option<bool>,
}

/// One entry as it is encoded.
struct Entry<'a> {
    serial: Value<'a>,
    extensions: Option<Reader<'a>>,
}

impl<'a> Entry<'a> {
    fn read(entries: &mut Reader<'a>) -> Option<Self> {
        let mut inside = Reader::new(entries.take(tag::SEQUENCE)?);
        let serial = inside.take_value(tag::INTEGER).filter(|serial| is_integer(serial.body))?;
        // OpenSSL does not check the date either.
        time::take(&mut inside)?;
        let extensions =
            if inside.is_empty() { None } else { Some(Reader::new(inside.take(tag::SEQUENCE)?)) };
        inside.is_empty().then_some(Self { serial, extensions })
    }
}

/// Whether one of the GeneralNames is `issuer`, as a directoryName; `None` if they cannot be read.
fn names(value: &[u8], issuer: &Dn) -> Option<bool> {
    names_directory(Value::whole_of(value, tag::SEQUENCE)?, issuer)
}

/// Returns the content octets of the INTEGER at this offset; empty if there is none, which no
/// INTEGER is.
fn serial_at(der: &[u8], offset: u32) -> &[u8] {
    usize::try_from(offset)
        .ok()
        .and_then(|offset| der.get(offset..))
        .and_then(|rest| Reader::new(rest).take(tag::INTEGER))
        .unwrap_or_default()
}

#[cold]
#[inline(never)]
fn by_whole_serial(der: &[u8], a: u32, b: u32) -> Ordering {
    serial_at(der, a).cmp(serial_at(der, b))
}

/// Returns the first eight octets as a number that sorts as they do.
fn prefix(serial: &[u8]) -> u64 {
    let mut octets = [0; 8];
    for (to, from) in octets.iter_mut().zip(serial) {
        *to = *from;
    }
    u64::from_be_bytes(octets)
}

const MALFORMED_ENTRY: Malformed = Malformed("an entry cannot be read");

/// More entries than any valid CRL of 256 MiB has: one with a serial number of one octet and a date
/// has 20 octets. It bounds what a CRL whose entries have empty dates costs: 64 MiB beside its DER,
/// and 256 MiB while it is sorted.
const MAX_ENTRIES: usize = 1 << 24;

// RFC 5280 sections 5.3.1 and 5.3.3.
const REASON_CODE: &[u8] = b"\x55\x1d\x15";
const CERTIFICATE_ISSUER: &[u8] = b"\x55\x1d\x1d";
const REMOVE_FROM_CRL: &[u8] = b"\x08";

#[cfg(test)]
mod tests {
    use super::super::crl_builder::{entry, extension, name, sequence, value};
    use super::*;

    fn read(entries: &[Vec<u8>]) -> (Vec<u8>, RevokedSerials) {
        let der = entries.concat();
        let issuer = Dn::parse(&name("Root")).unwrap();
        let revoked = RevokedSerials::read(&der, Some(Reader::new(&der)), &issuer).unwrap();
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
