//! Mutations of the sets: which certificates the peer sends, and which are trusted.

use crate::base::{self, issue, pick_key};
use crate::date;
use crate::extensions as ext;
use crate::keys::Keys;
use crate::model::{Case, Certificate, LEAF};
use crate::mutations::{set_key, set_subject};
use crate::random::Random;

pub fn order(case: &mut Case, random: &mut Random, _: &Keys) {
    random.shuffle(&mut case.others);
    random.shuffle(&mut case.anchors);
}

pub fn missing(case: &mut Case, random: &mut Random, _: &Keys) {
    let from = if random.chance(70) { &mut case.others } else { &mut case.anchors };
    if !from.is_empty() {
        from.remove(random.below(from.len()));
    }
}

pub fn twice(case: &mut Case, random: &mut Random, _: &Keys) {
    let again = random.below(case.pool.len());
    insert(if random.chance(80) { &mut case.others } else { &mut case.anchors }, again, random);
}

fn insert(into: &mut Vec<usize>, what: usize, random: &mut Random) {
    into.insert(random.below(into.len() + 1), what);
}

/// Adds an unrelated certificate, of a CA or not.
pub fn unrelated(case: &mut Case, random: &mut Random, keys: &Keys) {
    let i = case.pool.len();
    let mut new = base::certificate(i, random, keys);
    let own = new.clone();
    issue(&mut new, &own, keys);
    if random.chance(50) {
        new.set(ext::BASIC_CONSTRAINTS, true, ext::basic_constraints(Some(true), None));
    }
    case.pool.push(new);
    insert(if random.chance(60) { &mut case.others } else { &mut case.anchors }, i, random);
}

pub fn anchor_sent(case: &mut Case, random: &mut Random, _: &Keys) {
    if let Some(anchor) = case.anchors.first().copied() {
        insert(&mut case.others, anchor, random);
    }
}

/// Makes the leaf or an intermediate an anchor, beside the root or in its place.
pub fn anchors(case: &mut Case, random: &mut Random, _: &Keys) {
    if random.chance(40) {
        case.anchors.clear();
    }
    let trusted = random.below(case.pool.len());
    insert(&mut case.anchors, trusted, random);
}

pub fn self_signed_leaf(case: &mut Case, random: &mut Random, keys: &Keys) {
    let own = case.pool[LEAF].clone();
    issue(&mut case.pool[LEAF], &own, keys);
    if random.chance(60) {
        if let Some(extensions) = &mut case.pool[LEAF].extensions {
            extensions.retain(|extension| extension.oid != ext::AUTHORITY_KEY);
        }
    }
    if random.chance(70) {
        insert(&mut case.anchors, LEAF, random);
    }
}

/// Adds a certificate of one of the chain's CAs by another root.
pub fn cross_signed(case: &mut Case, random: &mut Random, keys: &Keys) {
    let i = case.pool.len();
    let mut root = base::certificate(i, random, keys);
    let own = root.clone();
    issue(&mut root, &own, keys);
    root.set(ext::BASIC_CONSTRAINTS, true, ext::basic_constraints(Some(true), None));
    let mut crossed = case.pool[1 + random.below(i - 1)].clone();
    issue(&mut crossed, &root, keys);
    crossed.serial.push(1);
    if random.chance(70) {
        if let Some(extensions) = &mut crossed.extensions {
            extensions.retain(|extension| extension.oid != ext::AUTHORITY_KEY);
        }
    }
    case.pool.extend([root, crossed]);
    insert(if random.chance(75) { &mut case.others } else { &mut case.anchors }, i + 1, random);
    match random.below(3) {
        0 => insert(&mut case.others, i, random),
        1 => insert(&mut case.anchors, i, random),
        _ => case.anchors = vec![i],
    }
}

/// Adds a second certificate of a CA: with the same key, or with another.
pub fn second_of_subject(case: &mut Case, random: &mut Random, keys: &Keys) {
    let i = 1 + random.below(case.pool.len() - 1);
    let mut second: Certificate = case.pool[i].clone();
    second.serial.push(2);
    if random.chance(60) {
        let old = second.key;
        second.key = pick_key(random, keys);
        if second.signer == old && second.issuer == second.subject {
            let own = second.clone();
            issue(&mut second, &own, keys);
        }
        if second.has(ext::SUBJECT_KEY) && random.chance(60) {
            let id = crate::der::value(crate::der::OCTET_STRING, keys.all[second.key].identifier());
            second.set(ext::SUBJECT_KEY, false, id);
        }
    }
    if random.chance(50) {
        let date = date::any(random, case.now);
        *if random.chance(60) { &mut second.not_after } else { &mut second.not_before } = date;
    }
    let number = case.pool.len();
    case.pool.push(second);
    let is_anchor = case.anchors.contains(&i);
    let into = if is_anchor != random.chance(20) { &mut case.anchors } else { &mut case.others };
    insert(into, number, random);
}

/// Inserts a self-issued certificate with a new key between a CA and the certificate that it
/// issued.
pub fn self_issued(case: &mut Case, random: &mut Random, keys: &Keys) {
    let i = 1 + random.below(case.pool.len() - 1);
    let ca = case.pool[i].clone();
    let key = pick_key(random, keys);
    set_key(case, i, key, keys);
    let mut between = case.pool[i].clone();
    // The CA keeps its old key and its signature.
    case.pool[i] = ca.clone();
    issue(&mut between, &ca, keys);
    between.serial.push(3);
    if let Some(extensions) = &mut between.extensions {
        extensions.retain(|extension| {
            extension.oid != ext::AUTHORITY_KEY && extension.oid != ext::SUBJECT_KEY
        });
    }
    for certificate in &mut case.pool {
        if let (true, Some(extensions)) = (certificate.signer == key, &mut certificate.extensions) {
            extensions.retain(|extension| extension.oid != ext::AUTHORITY_KEY);
        }
    }
    let number = case.pool.len();
    case.pool.push(between);
    insert(&mut case.others, number, random);
}

/// Changes purpose, level, host or time.
pub fn question(case: &mut Case, random: &mut Random, _: &Keys) {
    match random.below(5) {
        0 => case.client ^= true,
        1 => case.level = random.below(3) as u8,
        2 => case.now += random.pick(&[1, -1, 86_400 * 399, -86_400 * 399, 86_400 * 400]),
        3 => {
            let subject =
                base::subject(random.pick(&["*.example.com", "10.0.0.1", "x"]).to_string());
            set_subject(case, LEAF, &subject);
            case.host = Some(base::HOST.to_owned());
        }
        _ => {
            let hosts = [
                base::HOST,
                "DB1.example.COM",
                "db2.example.com",
                "10.0.0.1",
                "::1",
                "localhost",
                "db1.example.com.",
                "a.b.example.com",
                "db1_x.example.com",
                "xn--db-1.example.com",
                "other.test",
            ];
            case.host = Some((random.pick(&hosts)).to_owned());
        }
    }
}
