//! Mutations of CRLs. A case without CRLs gets them first.

use crate::base::{self, check_revocation};
use crate::date;
use crate::der::{self, ENUMERATED, INTEGER, constructed, value};
use crate::extensions as ext;
use crate::keys::Keys;
use crate::model::{Case, Extension, LEAF, List, Spoiled};
use crate::mutations::any_algorithm;
use crate::random::Random;

fn target<'a>(case: &'a mut Case, random: &mut Random, keys: &Keys) -> &'a mut List {
    check_revocation(case, keys);
    if case.lists.as_ref().is_none_or(Vec::is_empty) {
        let list = base::list(case, 1, keys);
        case.lists = Some(vec![list]);
    }
    let lists = case.lists.as_mut().expect("lists");
    let i = random.below(lists.len());
    &mut lists[i]
}

fn extension(oid: &'static str, critical: bool, body: Vec<u8>) -> Extension {
    Extension { oid, critical, body }
}

/// Revokes a random certificate in a random CRL, for a random reason.
pub fn revoked(case: &mut Case, random: &mut Random, keys: &Keys) {
    let chosen = if random.chance(60) { LEAF } else { random.below(case.pool.len()) };
    let serial = case.pool[chosen].serial.clone();
    let issuer = case.pool[chosen].issuer.clone();
    let reason = random.chance(50).then(|| random.below(12) as u8);
    check_revocation(case, keys);
    let mut entry = base::entry(&serial);
    if let Some(reason) = reason {
        entry.extensions = vec![extension(ext::REASON, false, value(ENUMERATED, &[reason]))];
    }
    let lists = case.lists.iter_mut().flatten();
    if let Some(list) = lists.into_iter().find(|list| list.issuer == issuer) {
        list.entries.get_or_insert_default().push(entry);
    }
}

pub fn missing(case: &mut Case, random: &mut Random, keys: &Keys) {
    check_revocation(case, keys);
    let lists = case.lists.get_or_insert_default();
    if !lists.is_empty() {
        lists.remove(random.below(lists.len()));
    }
}

pub fn dates(case: &mut Case, random: &mut Random, keys: &Keys) {
    let now = case.now;
    let (this, absent) = (random.chance(40), random.chance(20));
    let date = date::any(random, now);
    let list = target(case, random, keys);
    match (this, absent) {
        (true, _) => list.this_update = date,
        (false, true) => list.next_update = None,
        (false, false) => list.next_update = Some(date),
    }
}

/// Adds a second CRL of one issuer: newer, older, or with other entries.
pub fn second(case: &mut Case, random: &mut Random, keys: &Keys) {
    let serial = case.pool[LEAF].serial.clone();
    let mut list = target(case, random, keys).clone();
    if random.chance(60) {
        let offset = random.pick(&[-2000, -1000, -999, -500, 500]);
        list.this_update = date::plain(date::NOON + offset);
    }
    if random.chance(60) {
        list.entries = Some(vec![base::entry(&serial)]);
    }
    let lists = case.lists.get_or_insert_default();
    lists.insert(random.below(lists.len() + 1), list);
}

/// Adds an issuingDistributionPoint, and sometimes a distribution point to a certificate.
pub fn scope(case: &mut Case, random: &mut Random, keys: &Keys) {
    let body = ext::any_distribution_point(random);
    let critical = random.chance(85);
    let list = target(case, random, keys);
    let new = extension(ext::DISTRIBUTION_POINT, critical, body);
    list.extensions.get_or_insert_default().push(new);
    if random.chance(40) {
        let body = ext::any_crl_points(random);
        case.pool[LEAF].set(ext::CRL_POINTS, false, body);
    }
    if random.chance(30) {
        second(case, random, keys);
    }
}

/// Adds another extension, in place of one of its kind or beside it.
pub fn extension_added(case: &mut Case, random: &mut Random, keys: &Keys) {
    let new = any_extension(random, keys);
    let beside = random.chance(30);
    let list = target(case, random, keys);
    let extensions = list.extensions.get_or_insert_default();
    extensions.retain(|extension| beside || extension.oid != new.oid);
    extensions.push(new);
}

fn any_extension(random: &mut Random, keys: &Keys) -> Extension {
    let some_key = keys.all[random.below(keys.all.len())].identifier();
    let number = value(INTEGER, &[1 + random.below(3) as u8]);
    match random.below(9) {
        0..2 => extension(ext::CRL_NUMBER, random.chance(20), number),
        2 => extension(ext::DELTA, random.chance(80), number),
        3 => extension(random.pick(ext::OTHERS), true, vec![5, 0]),
        4 => extension(random.pick(ext::OTHERS), false, vec![5, 0]),
        5 => {
            let id = ext::authority_key(Some(some_key), None, None);
            extension(ext::AUTHORITY_KEY, random.chance(10), id)
        }
        6 => extension(ext::AUTHORITY_KEY, false, vec![0x30, 0]),
        7 => extension(ext::DISTRIBUTION_POINT, true, vec![0x30, 0x80]),
        _ => extension(ext::CRL_NUMBER, false, vec![5, 0]),
    }
}

pub fn entry(case: &mut Case, random: &mut Random, keys: &Keys) {
    let serial = case.pool[LEAF].serial.clone();
    let name = value(constructed(4), &case.pool[random.below(case.pool.len())].subject.der());
    let of_leaf = random.chance(50);
    let date = date::any(random, case.now);
    let choice = random.below(9);
    let list = target(case, random, keys);
    let serial = if of_leaf { serial } else { vec![0x55] };
    let mut entry = base::entry(&serial);
    match choice {
        0 => entry.date = date,
        1 => entry.serial = vec![],
        2 => entry.serial = vec![0, 1],
        3 => entry.serial = vec![0xff],
        4 => entry.extensions.push(extension("1.2.3.4", true, vec![5, 0])),
        5 => entry.extensions.push(extension("1.2.3.4", false, vec![5, 0])),
        6 => {
            let issuer = der::sequence(&[name]);
            entry.extensions.push(extension(ext::CERTIFICATE_ISSUER, true, issuer));
        }
        7 => entry.extensions.push(extension(ext::REASON, true, value(ENUMERATED, &[8]))),
        _ => entry.extensions.push(extension(ext::REASON, false, vec![5, 0])),
    }
    list.entries.get_or_insert_default().push(entry);
}

pub fn form(case: &mut Case, random: &mut Random, keys: &Keys) {
    let choice = random.below(8);
    let list = target(case, random, keys);
    match choice {
        0 => (list.version, list.extensions) = (Vec::new(), None),
        1 => list.version = Vec::new(),
        2 => list.version = der::integer(random.pick(&[0, 2, 5])),
        3 => list.entries = None,
        4 => list.entries = Some(Vec::new()),
        5 => list.extensions = None,
        6 => list.extensions = Some(Vec::new()),
        _ => {
            for attribute in list.issuer.0.iter_mut().flatten() {
                attribute.text.make_ascii_uppercase();
            }
        }
    }
}

pub fn signature(case: &mut Case, random: &mut Random, keys: &Keys) {
    let choice = random.below(6);
    let list = target(case, random, keys);
    match choice {
        0 | 1 => list.spoiled = Spoiled::Signature,
        2 => list.spoiled = Spoiled::Trailing,
        3 => list.signer = base::pick_key(random, keys),
        _ => {
            list.outer = any_algorithm(random, list.signer, keys);
            if random.chance(70) {
                list.inner = list.outer;
            }
        }
    }
}
