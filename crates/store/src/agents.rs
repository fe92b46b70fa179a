//! Voice agents of a company.

use jiff::Timestamp;
use ringback_domain::ids::AgentId;

use crate::{
    db::{Result, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    store::retrying,
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct Agent {
    pub id: AgentId,
    pub name: String,
    pub prompt: String,
    pub voice: Option<String>,
    pub llm: Option<String>,
    pub languages: Vec<String>,
    pub stream_url: Option<String>,
    pub active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(Agent { id, name, prompt, voice, llm, languages: json, stream_url, active, created_at, updated_at });

const COLUMNS: &str = "a.id, a.name, a.prompt, a.voice, a.llm, a.languages, a.stream_url, a.active, a.created_at, a.updated_at";

/// What came of deleting something that others may still use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    Yes,
    Unknown,
    InUse,
}

impl TenantStore<'_> {
    pub async fn agents(&self, window: Window) -> Result<Slice<Agent>> {
        let mut listing = Listing::new(COLUMNS, "agents a");
        listing.only("a.company_id = ?", params![self.company]);
        let order = Order { key: None, id: "a.id", descending: false };
        listing.slice(&self.store.db, &order, window, |it: &Agent| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn agent(&self, id: AgentId) -> Result<Option<Agent>> {
        const SQL: &str = "select id, name, prompt, voice, llm, languages, stream_url, active, created_at, updated_at
            from agents where company_id = $1 and id = $2";
        self.store.db.optional(SQL, params![self.company, id]).await
    }

    pub async fn add_agent(&self, agent: &Agent) -> Result<()> {
        retrying!({
            const SQL: &str =
                "insert into agents (id, company_id, name, prompt, voice, llm, languages, stream_url, active, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                agent.id,
                self.company,
                &agent.name,
                &agent.prompt,
                agent.voice.clone(),
                agent.llm.clone(),
                languages(agent),
                agent.stream_url.clone(),
                agent.active,
                agent.created_at,
                agent.updated_at,
            ];
            tx.execute(SQL, params).await?;
            self.store.commit(tx, self.company).await
        })
    }

    /// Writes a changed agent, unless somebody else wrote it since it was `seen`: then `false`, and nothing is lost.
    pub async fn save_agent(&self, agent: &Agent, seen: Timestamp) -> Result<bool> {
        retrying!({
            const SQL: &str =
                "update agents set name = $4, prompt = $5, voice = $6, llm = $7, languages = $8, stream_url = $9, active = $10,
                    updated_at = $11
                where company_id = $1 and id = $2 and updated_at = $3";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                self.company,
                agent.id,
                seen,
                &agent.name,
                &agent.prompt,
                agent.voice.clone(),
                agent.llm.clone(),
                languages(agent),
                agent.stream_url.clone(),
                agent.active,
                agent.updated_at,
            ];
            let saved = tx.execute(SQL, params).await? == 1;
            self.store.commit(tx, self.company).await?;
            Ok(saved)
        })
    }

    /// An agent that answers on a phone stays; those of deleted phones are forgotten there.
    pub async fn delete_agent(&self, id: AgentId) -> Result<Deleted> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const USED: &str = "select count(*) from phones where company_id = $1 and agent_id = $2 and deleted_at is null";
            if tx.one::<(i64,)>(USED, params![self.company, id]).await?.0 > 0 {
                return Ok(Deleted::InUse);
            }
            const FORGET: &str = "update phones set agent_id = null where company_id = $1 and agent_id = $2 and deleted_at is not null";
            tx.execute(FORGET, params![self.company, id]).await?;
            let deleted = tx.execute("delete from agents where company_id = $1 and id = $2", params![self.company, id]).await;
            match deleted {
                Ok(0) => Ok(Deleted::Unknown),
                Ok(_) => {
                    self.store.commit(tx, self.company).await?;
                    Ok(Deleted::Yes)
                }
                // A phone took it in the meantime.
                Err(error) if error.is_missing_reference() => Ok(Deleted::InUse),
                Err(error) => Err(error),
            }
        })
    }
}

fn languages(agent: &Agent) -> String {
    serde_json::json!(agent.languages).to_string()
}
