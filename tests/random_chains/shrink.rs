//! Shrinking and printing of a disagreement.

use crate::deviations;
use crate::keys::Keys;
use crate::model::{Case, Encoded, Extension, LEAF, Name};
use crate::ours;
use crate::recipe::Recipe;
use std::fmt::Write;

/// Returns both verdicts, if they differ and no deviation explains it.
fn disagreement(case: &Case, keys: &mut Keys) -> Option<(String, String)> {
    let encoded = case.encode(keys);
    let (ours, _) = ours::verdicts(case, &encoded);
    let answer = keys.oracle().ask(&case.request(&encoded));
    let theirs = String::from_utf8(answer).expect("text");
    let listed = theirs == ours || deviations::reason(case, &theirs, &ours, keys).is_some();
    (!listed).then_some((theirs, ours))
}

/// Returns the smallest case that still has `verdicts`, and the mutations that it needs.
pub fn shrink(recipe: &Recipe, verdicts: &(String, String), keys: &mut Keys) -> (Case, Recipe) {
    let mut recipe = recipe.clone();
    let mut case = recipe.build(keys);
    let mut i = 0;
    while i < recipe.mutations.len() {
        let mut less = recipe.clone();
        less.mutations.remove(i);
        let smaller = less.build(keys);
        if disagreement(&smaller, keys).as_ref() == Some(verdicts) {
            (recipe, case) = (less, smaller);
        } else {
            i += 1;
        }
    }
    let mut round = true;
    while round {
        round = false;
        let mut i = 0;
        while let Some(smaller) = less(&case, i) {
            match smaller {
                Some(smaller) if disagreement(&smaller, keys).as_ref() == Some(verdicts) => {
                    case = smaller;
                    round = true;
                }
                _ => i += 1,
            }
        }
    }
    (case, recipe)
}

/// Returns `case` without its part number `i`; `None` if there are no more parts, `Some(None)` if
/// that part cannot be removed.
fn less(case: &Case, i: usize) -> Option<Option<Case>> {
    let mut out = case.clone();
    let mut left = i;
    let mut here = |count: usize| {
        let at = left;
        left = left.saturating_sub(count);
        if at < count { Some(at) } else { None }
    };
    if let Some(at) = here(case.others.len()) {
        out.others.remove(at);
        return Some(Some(out));
    }
    if let Some(at) = here(case.anchors.len()) {
        out.anchors.remove(at);
        return Some(Some(out));
    }
    if let Some(at) = here(case.lists.as_ref().map_or(0, Vec::len)) {
        out.lists.as_mut()?.remove(at);
        return Some(Some(out));
    }
    if here(1).is_some() {
        return Some(out.lists.take().map(|_| out));
    }
    if here(1).is_some() {
        return Some(out.host.take().map(|_| out));
    }
    if here(1).is_some() {
        out.level = 0;
        return Some((case.level != 0).then_some(out));
    }
    for (number, certificate) in case.pool.iter().enumerate() {
        let used = case.others.contains(&number) || case.anchors.contains(&number);
        let count = certificate.extensions.as_ref().map_or(0, Vec::len);
        if let Some(at) = here(count) {
            out.pool[number].extensions.as_mut()?.remove(at);
            return Some((used || number == LEAF).then_some(out));
        }
    }
    None
}

/// Describes a disagreement in full.
pub fn show(case: &Case, recipe: &Recipe, verdicts: &(String, String), keys: &mut Keys) -> String {
    let encoded = case.encode(keys);
    let mut out = String::new();
    let (theirs, ours) = verdicts;
    let purpose = if case.client { "client" } else { "server" };
    let _ = writeln!(out, "-- {recipe}");
    let _ = writeln!(out, "   OpenSSL {theirs}, ours {ours}");
    let _ = writeln!(
        out,
        "   purpose {purpose}, level {}, host {:?}, time {}, revocation {}",
        case.level,
        case.host,
        case.now,
        if case.lists.is_some() { "checked" } else { "not checked" }
    );
    describe(case, keys, &mut out);
    describe_lists(case, keys, &mut out);
    let Encoded { leaf, others, anchors, lists } = &encoded;
    pem("leaf", "CERTIFICATE", std::slice::from_ref(leaf), &mut out);
    pem("other", "CERTIFICATE", others, &mut out);
    pem("anchor", "CERTIFICATE", anchors, &mut out);
    pem("list", "X509 CRL", lists, &mut out);
    out
}

fn describe(case: &Case, keys: &Keys, out: &mut String) {
    let places = [("leaf", vec![LEAF]), ("other", case.others.clone())];
    for (place, numbers) in places.into_iter().chain([("anchor", case.anchors.clone())]) {
        for (i, number) in numbers.into_iter().enumerate() {
            let c = &case.pool[number];
            let _ = writeln!(
                out,
                "   {place} {i}: v{} {} <- {}, key {}, by {} {}/{} {:?}, {} {} - {}\n     {}",
                hex(&c.version),
                text(&c.subject),
                text(&c.issuer),
                keys.all[c.key].name,
                keys.all[c.signer].name,
                c.inner.name,
                c.outer.name,
                c.spoiled,
                hex(&c.serial),
                c.not_before.1,
                c.not_after.1,
                extensions(c.extensions.as_deref().unwrap_or_default()),
            );
        }
    }
}

fn describe_lists(case: &Case, keys: &Keys, out: &mut String) {
    for (i, list) in case.lists.iter().flatten().enumerate() {
        let entries = list.entries.iter().flatten();
        let entries = entries.map(|entry| {
            let (date, extensions) = (&entry.date.1, extensions(&entry.extensions));
            format!(" ({} {date}{extensions})", hex(&entry.serial))
        });
        let _ = writeln!(
            out,
            "   list {i}: v{} {}, by {} {}/{} {:?}, {} - {}{}\n     {}",
            hex(&list.version),
            text(&list.issuer),
            keys.all[list.signer].name,
            list.inner.name,
            list.outer.name,
            list.spoiled,
            list.this_update.1,
            list.next_update.as_ref().map_or("", |date| &date.1),
            entries.collect::<String>(),
            extensions(list.extensions.as_deref().unwrap_or_default()),
        );
    }
}

fn extensions(all: &[Extension]) -> String {
    let all = all
        .iter()
        .map(|e| format!(" {}{}={}", e.oid, if e.critical { "!" } else { "" }, hex(&e.body)));
    all.collect()
}

fn text(name: &Name) -> String {
    let attributes = name.0.iter().flatten();
    attributes.map(|a| format!("/{:02x}:{}", a.tag, a.text.escape_ascii())).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pem(what: &str, label: &str, ders: &[Vec<u8>], out: &mut String) {
    for (i, der) in ders.iter().enumerate() {
        let text = base64(der);
        let _ = writeln!(out, "{what} {i}\n-----BEGIN {label}-----");
        for line in text.as_bytes().chunks(64) {
            let _ = writeln!(out, "{}", String::from_utf8_lossy(line));
        }
        let _ = writeln!(out, "-----END {label}-----");
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
