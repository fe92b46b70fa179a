//! A database with a company, two phones and an agent.

use ringback_domain::{
    ids::{CompanyId, PhoneId},
    settings::Settings,
};
use ringback_server::vault::Vault;
use ringback_store::db::{Db, Tx};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use uuid::Uuid;

pub(crate) enum Engine {
    Sqlite,
    Postgres { admin: String },
}

pub(crate) struct Database {
    pub(crate) url: String,
    dir: Option<std::path::PathBuf>,
    drop: Option<(String, String)>,
}

#[derive(Clone)]
pub(crate) struct PhoneSeed {
    pub(crate) id: PhoneId,
    pub(crate) key: String,
    pub(crate) number: &'static str,
    pub(crate) channels: i64,
}

impl Engine {
    pub(crate) async fn fresh(&self, seed: u64) -> Database {
        let name = format!("simulation_{}_{seed}", std::process::id());
        match self {
            Self::Sqlite => {
                // In memory-backed storage where there is some: what is tested is the order of things, not the disk.
                let base = [std::path::PathBuf::from("/dev/shm"), std::env::temp_dir()].into_iter().find(|dir| dir.is_dir());
                let dir = base.expect("a temporary directory").join(format!("{name}_{:p}", &raw const name));
                std::fs::create_dir_all(&dir).expect("a directory");
                Database { url: format!("sqlite:{}", dir.join("ringback.db").display()), dir: Some(dir), drop: None }
            }
            Self::Postgres { admin } => {
                admin_does(admin, format!("drop database if exists {name}")).await;
                admin_does(admin, format!("create database {name}")).await;
                let (base, query) =
                    admin.split_once('?').map_or((admin.as_str(), String::new()), |(base, query)| (base, format!("?{query}")));
                let server = base.rsplit_once('/').map_or(base, |(server, _)| server);
                Database { url: format!("{server}/{name}{query}"), dir: None, drop: Some((admin.clone(), name)) }
            }
        }
    }
}

impl Database {
    pub(crate) async fn remove(self) {
        if let Some(dir) = self.dir {
            std::fs::remove_dir_all(dir).expect("removed");
        }
        if let Some((admin, name)) = self.drop {
            admin_does(&admin, format!("drop database {name} with (force)")).await;
        }
    }
}

async fn admin_does(admin: &str, sql: String) {
    let options: sqlx::postgres::PgConnectOptions = admin.parse().expect("RINGBACK_TEST_POSTGRES is an address");
    let mut connection = options.connect().await.expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("the administrator may");
    connection.close().await.expect("closes");
}

/// One company with credits for a while, two phones of one and two channels.
pub(crate) async fn seed(db: &Db, vault: &Vault, at: i64, credits: i64) -> (CompanyId, Vec<PhoneSeed>) {
    let company = CompanyId(Uuid::from_u128(1));
    let settings = serde_json::to_string(&Settings { attempts_per_number: 1000, ..Settings::default() }).expect("plain");
    let mut tx = db.begin().await.expect("begins");
    let sql = "insert into companies (id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at)
        values ($1, 'salon', 'Salon', 'DE', 'de', 'Europe/Berlin', $2, $3, $4, $4)";
    tx.execute(sql, vec![company.into(), settings.into(), false.into(), at.into()]).await.expect("company");
    let sql = "insert into credit_accounts (company_id, balance, reserved, short_told) values ($1, $2, 0, $3)";
    tx.execute(sql, vec![company.into(), credits.into(), false.into()]).await.expect("account");
    let sql = "insert into credit_entries (id, company_id, amount, balance, type, reason, actor, metadata, created_at)
        values ($1, $1, $2, $2, 'addition', 'start', 'operator', '{}', $3)";
    tx.execute(sql, vec![company.into(), credits.into(), at.into()]).await.expect("entry");
    for (n, role) in ["staff", "staff", "manager", "owner"].into_iter().enumerate() {
        let sql = "insert into staff (id, company_id, name, email, role, active, present, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $6, $7, $7)";
        let (id, name, email) = (Uuid::from_u128(200 + n as u128), format!("Person {n}"), format!("{n}@example.com"));
        let params = vec![id.into(), company.into(), name.into(), email.into(), role.into(), true.into(), at.into()];
        tx.execute(sql, params).await.expect("staff");
    }
    let mut phones = Vec::new();
    for (n, number) in ["+4930901820", "+4930901821"].into_iter().enumerate() {
        let channels = i64::try_from(n).expect("few") + 1;
        let phone = PhoneSeed { id: PhoneId(Uuid::from_u128(100 + n as u128)), key: format!("key{n}"), number, channels };
        insert_phone(&mut tx, vault, company, &phone, at).await;
        phones.push(phone);
    }
    tx.commit().await.expect("commits");
    (company, phones)
}

async fn insert_phone(tx: &mut Tx, vault: &Vault, company: CompanyId, phone: &PhoneSeed, at: i64) {
    let sealed = vault.seal(company, phone.id, b"{}").expect("seals");
    let sql = "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, active,
            auto_callback, when_full, max_call_seconds, ingress_key, created_at, updated_at)
        values ($1, $2, $3, $3, 'simulator', $4, $5, 0, $6, 'on', 'announce', 3600, $7, $8, $8)";
    let (number, channels) = (phone.number.into(), phone.channels.into());
    let params = vec![phone.id.into(), company.into(), number, sealed.into(), channels, true.into(), (&phone.key).into(), at.into()];
    tx.execute(sql, params).await.expect("phone");
    let sql = "insert into phone_dialing (phone_id, company_id, fence, breaker_open) values ($1, $2, 0, $3)";
    tx.execute(sql, vec![phone.id.into(), company.into(), false.into()]).await.expect("dialing");
    for channel in 1..=phone.channels {
        let sql = "insert into channel_leases (phone_id, channel) values ($1, $2)";
        tx.execute(sql, vec![phone.id.into(), channel.into()]).await.expect("channel");
    }
}
