//! `ringback import` and `ringback export`, as people use them.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    process::Stdio,
};

use jiff::Timestamp;
use ringback_domain::ids::{BranchId, ServiceId};
use ringback_store::{Branch, Service, Store};
use serde_json::Value as Json;

use crate::{
    cli::{store, with_company},
    engines::{TestDatabase, each_engine},
    process::{Said, ringback, run, run_with_input},
};

/// `ringback import TABLE -` with this text.
fn import(database: &TestDatabase, table: &str, text: &str, more: &[&str]) -> Said {
    run_with_input(database, &[&["import", table, "-", "--company", "salon-mueller"], more].concat(), text)
}

fn imported(database: &TestDatabase, table: &str, text: &str) -> Json {
    serde_json::from_str(&import(database, table, text, &[]).result()).expect("prints JSON")
}

/// Created, updated or merged, unchanged.
fn counts(summary: &Json) -> (u64, u64, u64) {
    let count = |name: &str| summary[name].as_u64();
    (count("created").expect("told"), count("updated").or(count("merged")).expect("told"), count("unchanged").expect("told"))
}

fn export(database: &TestDatabase, table: &str, more: &[&str]) -> String {
    let said = run(database, &[&["export", table, "--company", "salon-mueller"], more].concat());
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    said.stdout
}

/// The rows of an export, by the names of their columns.
fn read(export: &str) -> Vec<HashMap<String, String>> {
    let text = export.strip_prefix('\u{feff}').expect("begins with a byte order mark");
    csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect::<Result<_, _>>().expect("is CSV")
}

async fn count(store: &Store, table: &str) -> i64 {
    let sql = match table {
        "customers" => "select count(*) from customers",
        "customer_numbers" => "select count(*) from customer_numbers",
        "callbacks" => "select count(*) from callbacks",
        "people" => "select count(*) from people",
        "events" => "select count(*) from events where type like 'callback.%'",
        _ => "select count(*) from staff",
    };
    store.db().all::<(i64,)>(sql, vec![]).await.expect("counts")[0].0
}

#[test]
fn what_is_exported_survives_a_spreadsheet_and_comes_back_as_it_was() {
    for database in each_engine() {
        with_company(&database);
        let tricky = [
            "=1+1",
            "+49 is Germany",
            "-2",
            "@SUM(A1)",
            "'apostrophe",
            "'=both",
            "a \"quoted\" word, a comma; a semicolon",
            "two\nlines\r\nthree",
            "Grüße, ßtraße, 日本",
            " a space around ",
            "\ttab",
        ];
        let mut file = String::from("name;phone_numbers;notes\n");
        for (n, text) in tricky.iter().enumerate() {
            let guarded = if text.starts_with("'=") { format!("'{text}") } else { (*text).to_owned() };
            let quoted = format!("\"{}\"", guarded.replace('"', "\"\""));
            writeln!(file, "Customer {n};\"0151 234567{n:02}; +49 30 90182{n:02}\";{quoted}").expect("memory");
        }
        assert_eq!(counts(&imported(&database, "customers", &file)), (11, 0, 0));

        for separator in ["comma", "semicolon", "tab"] {
            let export = export(&database, "customers", &["--separator", separator]);
            assert_eq!(export.matches("\r\n").count(), 12 + 1, "a line for each row and one inside a text");
            let byte = match separator {
                "comma" => b',',
                "semicolon" => b';',
                _ => b'\t',
            };
            let text = export.strip_prefix('\u{feff}').expect("begins with a byte order mark");
            let mut reader = csv::ReaderBuilder::new().delimiter(byte).from_reader(text.as_bytes());
            for (record, text) in reader.records().map(|it| it.expect("is CSV")).zip(&tricky) {
                assert!(record.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{record:?}");
                assert_eq!(record[7].strip_prefix('\'').filter(|_| !text.starts_with("'a")).unwrap_or(&record[7]), *text);
                assert!(record[2].starts_with("'+49151"), "{record:?}");
            }
            let again = imported(&database, "customers", &export);
            assert_eq!(counts(&again), (0, 0, 11), "{separator}: nothing is different");
            assert_eq!(again["columns_passed_over"], serde_json::json!(["created_at", "updated_at"]));
        }
        let before = read(&export(&database, "customers", &[]));
        run(&database, &["company", "create", "Elsewhere"]).result();
        let moved = export(&database, "customers", &[]);
        run_with_input(&database, &["import", "customers", "-", "--company", "elsewhere"], &moved).result();
        let there = read(&run(&database, &["export", "customers", "--company", "elsewhere"]).result());
        let told = |rows: Vec<HashMap<String, String>>| -> Vec<_> {
            rows.into_iter()
                .map(|mut row| ["name", "phone_numbers", "notes", "vip"].map(|name| row.remove(name).expect("is there")))
                .collect()
        };
        assert_eq!(told(there), told(before));
    }
}

#[test]
fn an_import_changes_who_is_there_and_takes_nothing_away() {
    for database in each_engine() {
        with_company(&database);
        imported(&database, "customers", "name,phone_numbers,email,vip\nAnna,0151 23456789,anna@example.com,ja\n");
        let dry =
            import(&database, "customers", "Name;VIP;Phone_Numbers;notes;email\nAnna Neu;nein;030 901820; +4915123456789;new;\n", &[]);
        assert_eq!(dry.code, 1, "a semicolon inside a cell needs quotation marks: {}", dry.stdout);
        let file = "Name;VIP;Phone_Numbers;notes;email\nAnna Neu;nein;\"030 901820; +4915123456789\";new;\n";
        let dry = import(&database, "customers", file, &["--dry-run"]).result();
        assert!(dry.contains("\"dry_run\": true") && dry.contains("\"updated\": 1"), "{dry}");
        assert_eq!(read(&export(&database, "customers", &[]))[0]["name"], "Anna");
        assert_eq!(counts(&imported(&database, "customers", file)), (0, 1, 0));
        let row = &read(&export(&database, "customers", &[]))[0];
        assert_eq!((row["name"].as_str(), row["email"].as_str(), row["vip"].as_str()), ("Anna Neu", "anna@example.com", "false"));
        assert_eq!((row["phone_numbers"].as_str(), row["notes"].as_str()), ("'+4915123456789; +4930901820", "new"));
        assert_eq!(counts(&imported(&database, "customers", file)), (0, 0, 1));
    }
}

#[tokio::test]
async fn a_file_with_mistakes_says_where_and_writes_nothing() {
    for database in each_engine() {
        with_company(&database);
        imported(&database, "customers", "name,phone_numbers\nOld One,030 901820\nOld Two,030 901821\n");
        let file = "name,phone_numbers,vip,email,language\n\
                    Good,030 901822,ja,,\n\
                    \"Two\nlines\",\"030 901823; 12\",maybe,nobody,Deutsch\n\
                    \n\
                    ,\"4,91511E+12\",,,\n\
                    Both,030 901820; 030 901821,,,\n\
                    Twice,030 901822,,,\n\
                    Nobody,,,,\n\
                    Long,030 901829,,,,more\n";
        let said = import(&database, "customers", &file.replace("Both,030 901820; 030 901821", "Both,\"030 901820; 030 901821\""), &[]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{}", said.stderr);
        let told: Vec<&str> = said.stderr.lines().collect();
        let expected = [
            "error: row 3, column name: must be one line without control characters",
            "error: row 3, column phone_numbers: entry 2 is not a telephone number that exists; accepted are +49 30 901820",
            "error: row 3, column email: is not an e-mail address",
            "error: row 3, column language: must be a language such as de",
            "error: row 3, column vip: must be true or false",
            "error: row 5, column phone_numbers: was rounded by a spreadsheet",
            "error: row 5, column name: is required",
            "error: row 6, column phone_numbers: are the numbers of 2 customers",
            "error: row 7, column phone_numbers: has a number of row 2",
            "error: row 8, column phone_numbers: is required for somebody new",
            "error: row 9 has something in cell 6",
            "error: - has 11 mistakes in 6 rows; nothing was written",
        ];
        assert_eq!(told.len(), expected.len(), "{}", said.stderr);
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}\n{expected}");
        }
        assert!(!said.stderr.contains("901822") && !said.stderr.contains("+4930901"), "no numbers in errors: {}", said.stderr);
        let few = import(&database, "customers", "name,vip\nA,x\nB,x\nC,x\n", &["--mistakes", "1"]);
        assert_eq!(few.stderr.lines().count(), 2);
        assert!(few.stderr.contains("has 6 mistakes (1 listed) in 3 rows"), "{}", few.stderr);

        let store = store(&database).await;
        assert_eq!((count(&store, "customers").await, count(&store, "customer_numbers").await), (2, 2));
        store.db().close().await;
    }
}

#[test]
fn a_row_of_callbacks_tells_all_its_mistakes_and_a_file_without_rows_that_it_has_none() {
    for database in each_engine() {
        with_company(&database);
        let said = import(&database, "callbacks", "customer_name,phone_number,branch,priority\n,4.91511E+12,Ost,soon\n", &[]);
        for column in ["customer_name", "phone_number", "branch", "priority"] {
            assert_eq!(said.stderr.matches(&format!("row 2, column {column}:")).count(), 1, "{column}: {}", said.stderr);
        }
        assert!(said.stderr.contains("has 4 mistakes in 1 row"), "{}", said.stderr);
        let empty = import(&database, "callbacks", "customer_name,phone_number\n", &[]);
        assert!(empty.stderr.contains("note: the file has a header and no row"), "{}", empty.stderr);
        assert!(empty.result().contains("\"rows\": 0"));
    }
}

#[test]
fn files_of_excel_are_read_in_whatever_way_it_wrote_them() {
    for database in each_engine() {
        with_company(&database);
        let file = database.dir().join("excel.csv");
        let path = file.to_str().expect("a temporary path");
        let command = ["import", "customers", path, "--company", "salon-mueller"];
        std::fs::write(&file, b"name;phone_numbers;vip\r\nB\xf6hm;030 901820;WAHR\r\n").expect("can be written");
        let said = run(&database, &command);
        assert!(
            said.code == 1 && said.stderr.contains("is not UTF-8 (line 2)") && said.stderr.contains("--encoding windows-1252"),
            "{}",
            said.stderr
        );
        run(&database, &[&command[..], &["--encoding", "windows-1252"]].concat()).result();
        std::fs::write(&file, "\u{feff}name\tphone_numbers\tvip\r\nMüller\t030 901821\tFALSCH\r\n\t\t\r\n").expect("can be written");
        run(&database, &command).result();
        let rows = read(&export(&database, "customers", &[]));
        let told: Vec<_> = rows.iter().map(|row| (row["name"].as_str(), row["vip"].as_str())).collect();
        assert_eq!(told, [("Böhm", "true"), ("Müller", "false")]);
        let said = run(&database, &["import", "customers", "nowhere.csv", "--company", "salon-mueller"]);
        assert!(said.code == 1 && said.stderr.starts_with("error: nowhere.csv cannot be read"), "{}", said.stderr);
    }
}

/// Branches Mitte and West, the second twice, and the services Cut and "Wash; dry".
async fn places(database: &TestDatabase) -> (BranchId, Vec<ServiceId>) {
    let store = store(database).await;
    let now: Timestamp = "2026-03-02T12:00:00Z".parse().expect("a time");
    let company = store.company_by_slug("salon-mueller").await.expect("reads").expect("is there").id;
    let tenant = store.tenant(company);
    let mut mitte = None;
    for name in ["Mitte", "West", "West"] {
        let id = BranchId(store.new_id(now));
        mitte.get_or_insert(id);
        let (opening_hours, holidays) =
            (ringback_domain::business_time::OpeningHours::default(), ringback_domain::business_time::Holidays::default());
        let (name, time_zone) = (name.to_owned(), "Europe/Berlin".to_owned());
        tenant
            .add_branch(&Branch { id, name, time_zone, opening_hours, holidays, active: true, created_at: now, updated_at: now })
            .await
            .expect("is new");
    }
    let mut services = Vec::new();
    for name in ["Cut", "Wash; dry"] {
        let id = ServiceId(store.new_id(now));
        services.push(id);
        let service = Service { id, name: name.to_owned(), duration_minutes: 30, branch_ids: Vec::new(), created_at: now, updated_at: now };
        tenant.add_service(&service).await.expect("is new");
    }
    store.db().close().await;
    (mitte.expect("was made"), services)
}

#[tokio::test]
async fn staff_are_imported_with_the_names_of_branches_and_services() {
    for database in each_engine() {
        with_company(&database);
        let (mitte, services) = places(&database).await;
        let file = format!(
            "email,name,role,branch,skills,absent_from,absent_until,working_hours\n\
             Lena@Example.com,Lena,manager,mitte,Cut; {},,,\"{{\"\"mon\"\":[[\"\"09:00\"\",\"\"12:30\"\"]]}}\"\n\
             tom@example.com,Tom,,{mitte},,24.12.2026,2026-12-31,\n",
            services[1]
        );
        assert_eq!(counts(&imported(&database, "staff", &file)), (2, 0, 0));
        assert_eq!(counts(&imported(&database, "staff", &file)), (0, 0, 2));
        let exported = export(&database, "staff", &[]);
        let rows = read(&exported);
        let of = |row: usize, name: &str| rows[row][name].clone();
        assert_eq!((of(0, "email"), of(0, "role"), of(0, "branch")), ("lena@example.com".into(), "manager".into(), "Mitte".into()));
        assert_eq!(of(0, "skills"), format!("Cut; {}", services[1]), "a name that would be two is its id");
        assert_eq!((of(1, "absent_from"), of(1, "active")), ("2026-12-24".into(), "true".into()));
        assert_eq!(counts(&imported(&database, "staff", &exported)), (0, 0, 2), "also the working hours");

        let said = import(
            &database,
            "staff",
            "name,email,branch_id,skills,role,absent_from,absent_until\n\
             ,a@example.com,West,Cut; Dye,boss,2026-12-24,2026-12-23\nB,b@example.com,Ost,,,,\n",
            &[],
        );
        for expected in [
            "row 2, column branch: names 2 branches; give the id of one of them",
            "row 2, column skills: names none of the company's services; it has: Cut, Wash; dry",
            "row 2, column role: must be one of: owner, manager, staff",
            "row 2, column absent_until: must not be before absent_from",
            "row 2, column name: is required",
            "row 3, column branch: names none of the company's branches; it has: Mitte, West, West",
            "- has 6 mistakes in 2 rows",
        ] {
            assert!(said.stderr.contains(expected), "{}", said.stderr);
        }
        let said = import(&database, "staff", "name,email,role\nA,a@example.com,boss\nB,b@example.com,\nC,B@example.com,\n", &[]);
        assert!(said.stderr.contains("row 2, column role: must be one of: owner, manager, staff"), "{}", said.stderr);
        assert!(said.stderr.contains("row 4, column email: is in row 3, too"), "{}", said.stderr);
        imported(&database, "staff", "name,email,role\nOlga,olga@example.com,owner\n");
        let said = import(&database, "staff", "name,email,role\nNew,n@example.com,\nOlga,olga@example.com,staff\n", &[]);
        assert!(said.stderr.contains("would leave the company without an active owner; nothing was written"), "{}", said.stderr);
        run(&database, &["company", "create", "Elsewhere"]).result();
        let said = run_with_input(&database, &["import", "staff", "-", "--company", "elsewhere"], "name,email\nLena,lena@example.com\n");
        assert!(said.stderr.contains("row 2, column email: belongs to another member of staff"), "{}", said.stderr);
        let store = store(&database).await;
        assert_eq!(count(&store, "staff").await, 3);
        store.db().close().await;
    }
}

#[tokio::test]
async fn callbacks_come_in_as_requests_and_go_out_with_what_became_of_them() {
    for database in each_engine() {
        with_company(&database);
        places(&database).await;
        imported(&database, "staff", "name,email,branch,skills\nLena,lena@example.com,Mitte,Cut\n");
        imported(&database, "customers", "name,phone_numbers,vip\nVera,030 901820,ja\n");
        let file = "customer_name;phone_number;topic;notes;branch;service;staff;metadata;preferred_time_window\n\
                    Vera;030 901820;=cmd|x;;Mitte;Cut;Lena;\"{\"\"order\"\":4711}\";\n\
                    Anna;+49 151 23456789;;sofort;;;;;\n\
                    Anna;0151 23456789;;and the colour;;;;;\n\
                    Otto;030 901822;;;;;;;tomorrow 14:00-16:00\n";
        let dry = import(&database, "callbacks", file, &["--dry-run"]).result();
        assert!(dry.contains("\"created\": 3") && dry.contains("\"merged\": 1"), "{dry}");
        assert_eq!(read(&export(&database, "callbacks", &[])).len(), 0);
        assert_eq!(counts(&imported(&database, "callbacks", file)), (3, 1, 0));
        assert_eq!(counts(&imported(&database, "callbacks", file)), (0, 0, 4), "nothing is asked for twice");

        let exported = export(&database, "callbacks", &["--separator", "semicolon"]);
        let text = exported.strip_prefix('\u{feff}').expect("begins with a byte order mark");
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
        let rows: Vec<HashMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().expect("is CSV");
        let [vera, anna, otto] = rows.as_slice() else { panic!("{rows:?}") };
        let told = |row: &HashMap<String, String>, names: [&str; 6]| names.map(|name| row[name].clone());
        let of_vera = told(vera, ["priority", "topic", "branch", "service", "staff", "assigned_to"]);
        assert_eq!(of_vera, ["urgent", "'=cmd|x", "Mitte", "Cut", "lena@example.com", "lena@example.com"]);
        let of_anna = told(anna, ["priority", "notes", "merged_count", "source", "phone_number", "next_action"]);
        assert_eq!(of_anna, ["high", "sofort\nand the colour", "1", "import", "'+4915123456789", "owner"]);
        assert_eq!(otto["preferred_time_window"], "tomorrow 14:00-16:00");
        assert_eq!((vera["metadata"].as_str(), vera["is_overdue"].as_str()), ("{\"order\":4711}", "false"));
        assert!(otto["due_at"].parse::<Timestamp>().is_ok());
        assert_eq!(counts(&imported(&database, "callbacks", &exported)), (0, 0, 3), "an export asks for nothing");

        run(&database, &["company", "create", "Elsewhere"]).result();
        let closed = exported.replacen("\"assigned\"", "\"completed\"", 1);
        let command = ["import", "callbacks", "-", "--company", "elsewhere"];
        let said = run_with_input(&database, &command, &exported);
        assert!(said.stderr.contains("column service: names none of the company's services; it has none"), "{}", said.stderr);
        let said = run_with_input(&database, &command, &closed).result();
        assert!(said.contains("\"created\": 2") && said.contains("\"passed_over\": 1"), "what was kept is not promised again: {said}");
        let file = "id;customer_name;phone_number;status\n01a1fe02-276a-7000-8f2b-96b041d11ea6;A;030 901820;completed\n\
                    01a1fe02-276a-7000-8f2b-96b041d11ea7;B;030 901821;expired\nx;C;030 901822;done\n";
        let said = run_with_input(&database, &command, file);
        assert!(said.stderr.contains("row 4, column id: must be an id (UUID)"), "{}", said.stderr);
        assert!(said.stderr.contains("row 4, column status: must be one of: pending, assigned"), "{}", said.stderr);
        let file = file.replace("\nx;C;030 901822;done", "");
        let said = run_with_input(&database, &command, &file).result();
        assert!(said.contains("\"created\": 1") && said.contains("\"passed_over\": 1"), "{said}");
        let said = run_with_input(&database, &command, &file).result();
        assert!(said.contains("\"created\": 0") && said.contains("\"unchanged\": 1"), "{said}");
        let store = store(&database).await;
        assert!(store.violations().await.expect("asks").is_empty());
        store.db().close().await;
    }
}

#[test]
fn an_export_into_a_file_is_there_whole_or_not_at_all() {
    use std::os::unix::fs::PermissionsExt as _;

    for database in each_engine() {
        with_company(&database);
        imported(&database, "customers", "name,phone_numbers\nAnna,030 901820\n");
        let said = run(&database, &["export", "customers", "--company", "salon-mueller", "--output", "out.csv"]).result();
        assert!(said.contains("\"rows\": 1"), "{said}");
        let file = database.dir().join("out.csv");
        assert_eq!(std::fs::read_to_string(&file).expect("is there"), export(&database, "customers", &[]));
        assert_eq!(file.metadata().expect("is there").permissions().mode() & 0o777, 0o600);
        let said = run(&database, &["export", "customers", "--company", "nobody", "-o", "other.csv"]);
        assert!(said.code == 1 && !database.dir().join("other.csv").exists());
        let said = run(&database, &["export", "customers", "--company", "salon-mueller", "-o", "nowhere/out.csv"]);
        assert!(said.code == 1 && said.stderr.contains("nowhere/out.csv cannot be written"), "{}", said.stderr);
        let left = database
            .dir()
            .read_dir()
            .expect("is there")
            .filter(|it| it.as_ref().is_ok_and(|it| it.path().extension().is_some_and(|it| it == "part")));
        assert_eq!(left.count(), 0);
    }
}

#[tokio::test]
async fn an_import_that_is_killed_leaves_nothing_and_can_be_repeated() {
    const ROWS: usize = 1500;

    for database in each_engine() {
        with_company(&database);
        let mut callbacks = String::from("customer_name,phone_number\n");
        let mut customers = String::from("name,phone_numbers\n");
        for n in 0..ROWS {
            writeln!(callbacks, "Somebody,+4915123{n:06}").expect("memory");
            writeln!(customers, "Somebody,+4915123{n:06}").expect("memory");
        }
        for (table, text) in [("callbacks", callbacks), ("customers", customers)] {
            let file = database.dir().join("long.csv");
            std::fs::write(&file, &text).expect("can be written");
            let mut command = ringback(&database, &["import", table, "long.csv", "--company", "salon-mueller"]);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
            let mut told = BufReader::new(child.stderr.take().expect("is piped")).lines();
            // Rows are in the transaction, and more are to come.
            assert!(told.any(|line| line.expect("UTF-8").starts_with("wrote 450 of 1500 rows")), "{table}");
            child.kill().expect("runs");
            assert_eq!(child.wait().expect("ends").signal(), Some(9), "{table}");

            let store = store(&database).await;
            let people = count(&store, "people").await;
            assert_eq!(count(&store, table).await, 0, "{table}");
            if table == "callbacks" {
                assert_eq!((people, count(&store, "events").await), (0, 0));
            }
            assert_eq!(counts(&imported(&database, table, &text)), (ROWS as u64, 0, 0));
            let exported = read(&export(&database, table, &[]));
            let ids: HashSet<_> = exported.iter().map(|row| &row["id"]).collect();
            assert_eq!((exported.len(), ids.len()), (ROWS, ROWS), "{table}: each row once, over all pages");
            assert!(store.violations().await.expect("asks").is_empty());
            store.db().close().await;
        }
    }
}
