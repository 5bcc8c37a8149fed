//! What was measured, row by row.

use crate::stats::{Spread, ratio, spread};

/// All results of a run.
#[derive(Default)]
pub struct Sheet {
    pub rows: Vec<Row>,
    /// What could not be measured here, with the reason.
    pub missing: Vec<String>,
}

/// One piece of work, done by several libraries in the same rounds.
pub struct Row {
    pub group: &'static str,
    pub work: String,
    pub unit: &'static str,
    pub cells: Vec<Cell>,
}

pub struct Cell {
    pub column: String,
    /// One for each round; one alone for what does not vary.
    pub samples: Vec<f64>,
}

impl Sheet {
    pub fn add(&mut self, group: &'static str, work: &str, unit: &'static str, cells: Vec<Cell>) {
        self.rows.push(Row { group, work: work.into(), unit, cells });
    }

    pub fn row(&self, work: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.work == work)
    }

    /// The median of a cell.
    pub fn value(&self, work: &str, column: &str) -> Option<f64> {
        Some(self.row(work)?.cell(column)?.spread().median)
    }

    /// The ratio of two cells of a row, taken in each round.
    pub fn ratio(&self, work: &str, column: &str, over: &str) -> Option<Spread> {
        let row = self.row(work)?;
        Some(ratio(&row.cell(column)?.samples, &row.cell(over)?.samples))
    }
}

impl Row {
    pub fn cell(&self, column: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.column == column)
    }
}

impl Cell {
    pub fn new(column: &str, samples: Vec<f64>) -> Self {
        Self { column: column.into(), samples }
    }

    pub fn one(column: &str, value: f64) -> Self {
        Self::new(column, vec![value])
    }

    pub fn spread(&self) -> Spread {
        spread(&self.samples)
    }
}
