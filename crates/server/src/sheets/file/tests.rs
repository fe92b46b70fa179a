use csv::{QuoteStyle, Terminator, WriterBuilder};
use proptest::prelude::*;
use ringback_domain::cell::guard;

use super::*;

fn rows(text: &str, table: Table) -> Vec<(usize, Vec<(&'static str, String)>)> {
    let sheet = parse(text, table).expect("has a header");
    assert_eq!(sheet.mistakes, []);
    let cells = |row: Row| row.cells.into_iter().map(|(column, cell)| (column.name, cell)).collect();
    sheet.rows.into_iter().map(|row| (row.number, cells(row))).collect()
}

fn told(text: &str, table: Table) -> Vec<String> {
    let mistakes = parse(text, table).map_or_else(|mistakes| mistakes, |sheet| sheet.mistakes);
    mistakes.into_iter().map(|it| format!("{} {}: {}", it.row, it.column, it.message)).collect()
}

#[test]
fn commas_semicolons_and_tabs_are_recognised_and_columns_come_in_any_order() {
    for separator in [",", ";", "\t"] {
        let text = format!("Notes{separator} NAME {separator}vip\r\n\"a{separator}b\"{separator}Anna{separator}\r\n");
        let expected = vec![("notes", format!("a{separator}b")), ("name", "Anna".to_owned())];
        assert_eq!(rows(&text, Table::Customers), [(2, expected)], "{separator:?}");
    }
    // The separators of lists and texts do not decide.
    assert_eq!(rows("name,phone_numbers\nAnna,1;2;3;4\n", Table::Customers)[0].1[1].1, "1;2;3;4");
}

#[test]
fn rows_are_counted_as_spreadsheets_count_them() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("name,notes{end}Anna,\"one\ntwo\r\nthree\"{end}{end},{end}Berta,{end}{end}{end}Clara");
        let found: Vec<_> = rows(&text, Table::Customers).into_iter().map(|(row, cells)| (row, cells[0].1.clone())).collect();
        assert_eq!(found, [(2, "Anna".to_owned()), (5, "Berta".to_owned()), (8, "Clara".to_owned())], "{end:?}");
    }
    assert_eq!(rows("\n\nname\nAnna", Table::Customers)[0].0, 4);
}

#[test]
fn a_header_that_cannot_be_says_what_can() {
    let told = |text| told(text, Table::Staff);
    let unknown = told("name,email,telefon,email\n");
    assert!(unknown[0].starts_with("1 telefon: is not known; accepted are: name, email, role, branch, skills"), "{unknown:?}");
    assert_eq!(unknown[1], "1 email: is there twice");
    assert_eq!(told("name;role\nAnna;owner\n"), ["1 email: is missing, and it is required"]);
    assert_eq!(told("name,email,branch,branch_id\n"), ["1 branch: is there twice"]);
    assert!(told("")[0].contains("is empty; it must name the columns: name, email"));
    let headless = told("Anna,+4915112345678\n").join("\n");
    assert!(headless.contains("+•••") && !headless.contains("12345678"), "{headless}");
}

#[test]
fn a_row_that_does_not_fit_is_told_and_the_others_are_read() {
    let told = |text| told(text, Table::Customers);
    assert!(told("name,notes\nAnna,a,b\nBerta,\n")[0].starts_with("2 : has something in cell 3"));
    assert_eq!(told("name,notes\nAnna,\"a\nBerta,b\n"), ["2 : opens a quotation mark that is never closed"]);
    assert!(told("name,notes\nAnna\nBerta,5\" pipe\n").is_empty(), "shorter rows and a lone inch are fine");
    let long = format!("name\n{}", "x\n".repeat(MOST_ROWS + 1));
    assert_eq!(told(&long), [format!("0 : has more than {MOST_ROWS} rows; split it")]);
}

#[test]
fn bytes_are_read_as_utf8_or_as_what_was_said() {
    let decode = |bytes: &[u8], encoding| decode(bytes, encoding).unwrap_or_else(|message| message);
    assert_eq!(decode("\u{feff}Böhm".as_bytes(), Encoding::Utf8), "Böhm");
    assert_eq!(decode(b"name\nB\xf6hm \x80", Encoding::Windows1252), "name\nBöhm €");
    assert!(decode(b"name\nB\xf6hm", Encoding::Utf8).contains("is not UTF-8 (line 2)"));
    assert!(decode(b"\xff\xfen\0", Encoding::Windows1252).contains("UTF-16"));
}

#[test]
fn the_same_row_has_the_same_key_wherever_its_columns_stand() {
    let key_of = |text: &str| key(&parse(text, Table::Callbacks).expect("has a header").rows[0]);
    let one = key_of("customer_name,phone_number\nAnna,030 901820\n");
    assert_eq!(key_of("phone_number;topic;customer_name\n030 901820;;Anna\n"), one);
    assert_ne!(key_of("customer_name,phone_number\nAnn,a030 901820\n"), one);
    assert_eq!(key_of("customer_name,phone_number,id\nAnna,030 901820, AB\n"), "id:ab");
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "['=+\\-@\t\r\n\",; äa1]{1,8}"].prop_filter("an empty cell says nothing", |text| !text.trim().is_empty())
}

proptest! {
    #[test]
    fn every_text_comes_back_as_it_was_written(texts in prop::collection::vec((text(), text()), 1..6), separator in 0..3_usize) {
        let separator = Separator::ALL[separator];
        let mut writer = WriterBuilder::new().delimiter(separator.byte()).quote_style(QuoteStyle::Always).terminator(Terminator::CRLF)
            .from_writer(Vec::new());
        writer.write_record(["name", "notes"]).expect("memory");
        for (name, notes) in &texts {
            writer.write_record([&*guard(name), &*guard(notes)]).expect("memory");
        }
        let file = String::from_utf8(writer.into_inner().expect("memory")).expect("of text");
        let read: Vec<_> = rows(&file, Table::Customers).into_iter().map(|(row, cells)| (row, cells.into_iter().map(|(_, cell)| cell).collect::<Vec<_>>())).collect();
        let written: Vec<_> = texts.into_iter().zip(2..).map(|((name, notes), row)| (row, vec![name, notes])).collect();
        prop_assert_eq!(read, written);
    }
}
