//! The tables, as Markdown and as JSON.

use std::fmt::Write;

use crate::gates::{Judged, Verdict, number};
use crate::library::{IN_PLACE, RAW, WITH_COPY};
use crate::sheet::{Row, Sheet};

/// What a run came to.
pub struct Report {
    pub machine: Vec<(&'static str, String)>,
    pub sheet: Sheet,
    pub gates: Vec<Judged>,
}

impl Report {
    /// Whether no count missed its gate.
    pub fn counts_hold(&self) -> bool {
        !self.gates.iter().any(|gate| gate.is_count && gate.verdict == Verdict::Missed)
    }

    /// Returns the tables as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).unwrap();
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "## Machine\n\n| | |\n|---|---|")?;
        for (name, value) in &self.machine {
            writeln!(text, "| {name} | {value} |")?;
        }
        self.write_gates(text)?;
        for group in GROUPS {
            let rows: Vec<&Row> = self.sheet.rows.iter().filter(|row| row.group == group).collect();
            if !rows.is_empty() {
                write_group(text, group, &rows)?;
            }
        }
        Ok(())
    }

    fn write_gates(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n## Gates\n\n| figure | gate | measured | |\n|---|---|---|---|")?;
        for gate in &self.gates {
            let Judged { name, limit, verdict, .. } = gate;
            let figure = gate.figure.as_deref().unwrap_or("–");
            let why = gate.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            writeln!(text, "| {name} | {limit} | {figure} | {}{why} |", verdict.name())?;
        }
        let count = |verdict| self.gates.iter().filter(|gate| gate.verdict == verdict).count();
        let [held, missed] = [Verdict::Held, Verdict::Missed].map(count);
        let [unjudged, unknown] = [Verdict::NotJudged, Verdict::NotMeasured].map(count);
        writeln!(
            text,
            "\n{held} gates held, {missed} missed, {unjudged} not judged, {unknown} not measured."
        )?;
        let missing = &self.sheet.missing;
        writeln!(text, "\nNot measured on this machine: {}.", missing.len())?;
        missing.iter().try_for_each(|what| writeln!(text, "* {what}"))
    }

    /// Returns everything as JSON.
    pub fn json(&self) -> String {
        let mut text = String::from("{\n");
        let machine = self.machine.iter().map(|(name, value)| pair(name, &quoted(value)));
        let _ = writeln!(text, "\"machine\": {{{}}},", join(machine));
        let missing = self.sheet.missing.iter().map(|what| quoted(what));
        let _ = writeln!(text, "\"missing\": [{}],", join(missing));
        let gates = self.gates.iter().map(|gate| {
            let figure = gate.figure.as_ref().map_or("null".into(), |figure| quoted(figure));
            let fields = [
                pair("name", &quoted(&gate.name)),
                pair("limit", &quoted(&gate.limit)),
                pair("figure", &figure),
                pair("verdict", &quoted(gate.verdict.name())),
                pair("is_count", &gate.is_count.to_string()),
            ];
            format!("\n{{{}}}", join(fields.into_iter()))
        });
        let _ = writeln!(text, "\"gates\": [{}],", join(gates));
        let rows = self.sheet.rows.iter().map(json_row);
        let _ = writeln!(text, "\"rows\": [{}]\n}}", join(rows));
        text
    }
}

/// The tables, in their order.
const GROUPS: [&str; 8] =
    ["Size", "Instructions", "Memory", "Bulk", "Traffic", "Handshakes", "Sessions", "Reload"];

fn write_group(text: &mut String, group: &str, rows: &[&Row]) -> std::fmt::Result {
    let mut columns: Vec<&str> = Vec::new();
    for cell in rows.iter().flat_map(|row| &row.cells) {
        if !columns.contains(&cell.column.as_str()) {
            columns.push(&cell.column);
        }
    }
    writeln!(text, "\n## {group}\n")?;
    writeln!(text, "| | {} |", columns.join(" | "))?;
    writeln!(text, "|---|{}", "---:|".repeat(columns.len()))?;
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|column| shown(row, column)).collect();
        let unit = if row.unit.is_empty() || row.unit == "bytes" {
            String::new()
        } else {
            format!(", {}", row.unit)
        };
        writeln!(text, "| {}{unit} | {} |", row.work, cells.join(" | "))?;
    }
    Ok(())
}

/// A median; of other columns also the ratio of ours to it and the quartiles of the ratio.
fn shown(row: &Row, column: &str) -> String {
    let Some(cell) = row.cell(column) else { return "–".into() };
    let mut text = number(cell.spread().median);
    let ours = row.cell(IN_PLACE).or(row.cell(WITH_COPY)).or(row.cells.first());
    if let Some(ours) = ours.filter(|ours| ours.column != column && column != WITH_COPY) {
        let ratio = crate::stats::ratio(&ours.samples, &cell.samples);
        if ratio.median.is_finite() {
            let _ = write!(text, " ({:.2}", ratio.median);
            if cell.samples.len() > 1 {
                let _ = write!(text, "; {:.2}–{:.2}", ratio.low, ratio.high);
            }
            text.push(')');
        }
    }
    if column == WITH_COPY && row.cell(RAW).is_some() && cell.samples.len() > 1 {
        let ratio = crate::stats::ratio(&cell.samples, &row.cell(RAW).unwrap().samples);
        let _ = write!(text, " [{:.2} of the AEAD's]", ratio.median);
    }
    text
}

fn json_row(row: &Row) -> String {
    let cells = row.cells.iter().map(|cell| {
        let samples = join(cell.samples.iter().map(|sample| format!("{sample:.2}")));
        pair(&cell.column, &format!("[{samples}]"))
    });
    let fields = [
        pair("group", &quoted(row.group)),
        pair("work", &quoted(&row.work)),
        pair("unit", &quoted(row.unit)),
        pair("samples", &format!("{{{}}}", join(cells))),
    ];
    format!("\n{{{}}}", join(fields.into_iter()))
}

fn pair(name: &str, value: &str) -> String {
    format!("{}: {value}", quoted(name))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
