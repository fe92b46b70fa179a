//! The table of a benchmark: printed, and written to `target/bench/`.

/// A figure, and the bound that it is held against.
#[derive(serde::Serialize)]
pub(crate) struct Row {
    pub(crate) engine: &'static str,
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) bound: Option<String>,
    pub(crate) holds: Option<bool>,
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "the table is what a bench is for")]
pub(crate) fn print(name: &str, rows: &[Row]) {
    for row in rows {
        let holds = match (&row.bound, row.holds) {
            (Some(bound), Some(true)) => format!("{bound}  holds"),
            (Some(bound), _) => format!("{bound}  MISSED"),
            _ => String::new(),
        };
        println!("{:<9} {:<52} {:>10.3} {:<3} {holds}", row.engine, row.what, row.value, row.unit);
    }
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    std::fs::create_dir_all(&dir).expect("target/bench");
    let json = serde_json::to_string_pretty(rows).expect("plain numbers");
    std::fs::write(dir.join(format!("{name}.json")), json).expect("writes the figures");
}
