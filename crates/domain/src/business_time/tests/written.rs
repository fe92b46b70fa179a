//! Opening hours and holidays as JSON.

use serde_json::{Value as Json, json};

use super::super::{Holidays, OpeningHours};
use crate::{Written, WrongField};

fn refused(read: Result<impl Sized, Vec<WrongField>>) -> Vec<String> {
    let wrong = read.err().expect("refused");
    wrong.into_iter().map(|it| format!("{} [{}] {}", it.field, it.code, it.message)).collect()
}

fn hours(json: Json) -> Result<OpeningHours, Vec<WrongField>> {
    OpeningHours::read("opening_hours", serde_json::from_value::<Written>(json).expect("any JSON"))
}

fn holidays(json: Json) -> Result<Holidays, Vec<WrongField>> {
    Holidays::read("holidays", serde_json::from_value::<Written>(json).expect("any JSON"))
}

#[test]
fn opening_hours_come_back_as_they_were_written() {
    let json =
        json!({"mon": [["09:00", "12:30"], ["13:30", "18:00"]], "fri": [["18:00", "24:00"]], "sat": [["00:00", "02:00"]], "sun": []});
    let read: OpeningHours = serde_json::from_value(json.clone()).expect("valid");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), json);
    assert!(!read.is_empty());
    assert!(hours(json!({})).expect("valid").is_empty());
    assert!(hours(json!({"mon": []})).expect("valid").is_empty());
}

#[test]
fn blocks_are_put_in_order() {
    let read = hours(json!({"mon": [["13:30", "18:00"], ["12:30", "13:30"], ["09:00", "12:30"]]})).expect("blocks may touch");
    assert_eq!(serde_json::to_value(read).expect("JSON"), json!({"mon": [["09:00", "12:30"], ["12:30", "13:30"], ["13:30", "18:00"]]}));
}

#[test]
fn all_that_is_wrong_is_named_with_what_is_accepted() {
    let wrong = json!({
        "mon": [["09:00", "12:30"], ["12:00", "18:00"], ["20:00", "19:00"], ["21:00", "21:00"]],
        "tue": [["09:00", "12:30"], ["9:00", "25:00"], ["14:00"], "15:00-16:00", ["16:00", 17], ["24:00", "24:00"]],
        "wed": "09:00-18:00", "thursday": [], "fri": null,
    });
    let times = r#"must be two times of day from 00:00 to 24:00, such as ["09:00", "12:30"]"#;
    let order = "must end after it begins; what goes past midnight is two blocks, one until 24:00 and one from 00:00 on the next day";
    let list = r#"must be a list of blocks, such as [["09:00", "12:30"], ["13:30", "18:00"]], or [] for a closed day"#;
    let expected = [
        format!("opening_hours.fri [type] {list}"),
        "opening_hours.mon[1] [value] must not overlap 09:00–12:30".to_owned(),
        format!("opening_hours.mon[2] [value] {order}"),
        format!("opening_hours.mon[3] [value] {order}"),
        "opening_hours.thursday [unknown] is not known here; accepted are: mon, tue, wed, thu, fri, sat, sun".to_owned(),
        format!("opening_hours.tue[1] [format] {times}"),
        format!("opening_hours.tue[2] [format] {times}"),
        format!("opening_hours.tue[3] [format] {times}"),
        format!("opening_hours.tue[4] [format] {times}"),
        format!("opening_hours.tue[5] [value] {order}"),
        format!("opening_hours.wed [type] {list}"),
    ];
    assert_eq!(refused(hours(wrong)), expected);
    assert_eq!(refused(hours(json!([]))).len(), 1);
    assert_eq!(refused(hours(json!({"mon": vec![["09:00", "10:00"]; 25]}))), ["opening_hours.mon [range] must have at most 24 blocks"]);
}

#[test]
fn times_of_day_are_written_in_one_way() {
    for wrong in ["", "9:00", "09:00:00", "24:01", "09:60", "0900", "29:00", "٠٩:٠٠", " 09:00", "-1:00", "+9:00"] {
        assert!(hours(json!({"mon": [[wrong, "24:00"]]})).is_err(), "{wrong}");
    }
    assert!(hours(json!({"mon": [["00:00", "24:00"]]})).is_ok());
}

#[test]
fn holidays_are_dates_each_named_once() {
    let json = json!(["2026-12-25", "2026-12-26", "2028-02-29"]);
    let read: Holidays = serde_json::from_value(json.clone()).expect("valid");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), json);
    let wrong = json!(["2026-12-25", "25.12.2026", "2026-02-30", 20_261_225, "20261225", "2026-12-25", "2026-12-25T10:00"]);
    let date = "must be a date such as 2026-12-25";
    let expected = [
        format!("holidays[1] [format] {date}"),
        format!("holidays[2] [format] {date}"),
        format!("holidays[3] [format] {date}"),
        format!("holidays[4] [format] {date}"),
        "holidays[5] [repeated] must not name a date twice".to_owned(),
        format!("holidays[6] [format] {date}"),
    ];
    assert_eq!(refused(holidays(wrong)), expected);
    assert_eq!(refused(holidays(json!("2026-12-25"))).len(), 1);
}

#[test]
fn a_reader_of_one_error_is_told_all() {
    let error = serde_json::from_str::<OpeningHours>(r#"{"mon": [["09:00"]], "tux": []}"#).expect_err("refused").to_string();
    assert!(error.contains("opening_hours.mon[0] must be two times") && error.contains("opening_hours.tux is not known"), "{error}");
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_read_or_refused(text in "\\PC{0,40}", key in "(mon|tue|\\PC{0,6})", from in "[0-9:]{0,6}", until in "[0-9:]{0,6}") {
        let shapes = [json!(text), json!({key.clone(): text}), json!({key.clone(): [[from, until]]}), json!([text]), json!([[text]])];
        for json in shapes {
            let _ = holidays(json.clone());
            if let Ok(read) = hours(json) {
                let again = serde_json::to_value(&read).expect("JSON");
                proptest::prop_assert_eq!(hours(again).expect("what was read is valid"), read);
            }
        }
    }
}
