//! One tool call of an agent: understood, done once, answered with a sentence in the caller's language.

mod act;

use ringback_domain::phone_number::{LineKind, PhoneNumber};
use ringback_store::{KeyClaim, PersonCallback, ReportedCall};
use ringback_telephony::voice_agent::{Action, ToolAnswer, ToolCall, ToolRequest, Unreadable, Which};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::{
    Desk,
    spoken::{self, Voice},
};
use crate::pages::words::Language;

/// An answer that is not there after this long was interrupted.
const WORKING_SECONDS: i64 = 60;

type Result<T> = std::result::Result<T, ringback_store::db::Error>;

/// A tool call with everything that its answer depends on.
struct Talk<'a> {
    desk: &'a Desk<'a>,
    call: Option<ReportedCall>,
    provider_call_id: Option<&'a str>,
    /// The agent's word for it, else the customer's or the company's.
    spoken: String,
    language: Language,
}

/// Whom a tool is about, or the question that must be answered first.
enum Person {
    Is(PhoneNumber),
    Ask(ToolAnswer),
}

impl Desk<'_> {
    /// Never fails: the caller is on the line, and hears at least that it did not work.
    pub(super) async fn use_tool(&self, call: &ToolCall, body_hash: &str) -> ToolAnswer {
        let reported = call.call.as_ref().map(|call| self.reported(call));
        let spoken = self.language(call, reported.as_ref()).await.unwrap_or_else(|_| self.door.locale.clone());
        let language = Language::of(&spoken).unwrap_or(Language::En);
        let provider_call_id = call.call.as_ref().map(|call| call.provider_call_id.as_str());
        let talk = Talk { desk: self, call: reported, provider_call_id, spoken, language };
        let request = match ToolRequest::read(call, &self.door.country) {
            Ok(request) => request,
            Err(unreadable) => return talk.not_understood(&unreadable),
        };
        let answer = talk.once(call, &request.action, body_hash).await;
        let tool = call.name.chars().take(32).collect::<String>();
        match answer {
            Ok(answer) => {
                let callback_id = answer.details.get("callback_id").and_then(Json::as_str);
                tracing::info!(event = "intake.tool", company = %self.door.company_id, platform = %self.platform, tool, callback_id, "used");
                answer
            }
            Err(error) => {
                tracing::error!(event = "intake.tool_failed", company = %self.door.company_id, %error, "a tool of a voice agent failed");
                ToolAnswer { failed: true, ..talk.say("tool-unavailable") }
            }
        }
    }

    /// The agent's word for the language, else what the customer speaks, else the company.
    async fn language(&self, call: &ToolCall, reported: Option<&ReportedCall>) -> Result<String> {
        let said = call.arguments.as_ref().ok().and_then(|arguments| arguments.get("language")?.as_str());
        if let Some(said) = said.and_then(named_language) {
            return Ok(said);
        }
        let known = match reported.and_then(|call| call.number.as_ref()) {
            Some(number) => self.rows().language_of(number).await?,
            None => None,
        };
        Ok(known.unwrap_or_else(|| self.door.locale.clone()))
    }
}

/// `de`, `de-AT`; also `German`, as models like to write it.
fn named_language(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    Some(match text.as_str() {
        "" => return None,
        "german" | "deutsch" => "de".to_owned(),
        "english" | "englisch" => "en".to_owned(),
        "hindi" | "hinglish" => "hi".to_owned(),
        _ => text.split(['-', '_']).next().unwrap_or_default().to_owned(),
    })
}

impl Talk<'_> {
    fn say(&self, key: &str) -> ToolAnswer {
        ToolAnswer { sentence: self.language.say(key), ..ToolAnswer::default() }
    }

    fn say_with(&self, key: &str, name: &'static str, value: String) -> ToolAnswer {
        ToolAnswer { sentence: self.language.say_with(key, [(name, value.into())]), ..ToolAnswer::default() }
    }

    fn voice(&self) -> Voice<'_> {
        Voice { language: self.language, zone: &self.desk.zone, now: self.desk.now }
    }

    /// The model is told what is wrong, the caller is asked for it once more.
    fn not_understood(&self, unreadable: &Unreadable) -> ToolAnswer {
        let wrong = match unreadable {
            Unreadable::UnknownTool(_) => None,
            Unreadable::Arguments(wrong) => wrong.first().map(|wrong| wrong.argument),
        };
        let key = match wrong {
            Some("phone_number") => "tool-bad-number",
            Some("when" | "date" | "time") => "tool-ask-when",
            _ => "tool-not-understood",
        };
        let details = Map::from_iter([("error".to_owned(), unreadable.to_string().into())]);
        ToolAnswer { failed: wrong.is_none(), details, ..self.say(key) }
    }

    /// What changes something is done once, however often the platform asks for it.
    async fn once(&self, call: &ToolCall, action: &Action, body_hash: &str) -> Result<ToolAnswer> {
        let changes = !matches!(action, Action::Find { .. });
        // A platform without ids of its own repeats the whole post, in which the call is named.
        let id = call.id.as_deref().or_else(|| self.provider_call_id.map(|_| body_hash));
        let Some(id) = id.filter(|_| changes) else { return self.act(action).await };
        let rows = self.desk.rows();
        let key = format!("intake:{}:{}:{id}", self.desk.door.id, self.provider_call_id.unwrap_or_default());
        // Hashed: it names a person and his number.
        let asked = Sha256::digest(json!([call.name, call.arguments.as_ref().ok()]).to_string());
        match rows.claim_key(&key, &asked, self.desk.now).await? {
            KeyClaim::Answered { body, .. } => return Ok(stored(&body).unwrap_or_else(|| self.say("tool-not-understood"))),
            // Nobody knows yet whether there will be a promise, so none is told of.
            KeyClaim::Open { since } if self.desk.now.duration_since(since).as_secs() < WORKING_SECONDS => {
                return Ok(ToolAnswer { failed: true, ..self.say("tool-not-yet-noted") });
            }
            // Interrupted, or another request under the same id: what is done twice joins the same callback.
            KeyClaim::Ours | KeyClaim::Open { .. } | KeyClaim::OtherRequest => {}
        }
        match self.act(action).await {
            Ok(answer) => {
                let body = json!({"sentence": answer.sentence, "failed": answer.failed, "details": answer.details}).to_string();
                rows.keep_answer(&key, 200, &body).await?;
                Ok(answer)
            }
            Err(error) => {
                rows.release_key(&key).await?;
                Err(error)
            }
        }
    }

    async fn act(&self, action: &Action) -> Result<ToolAnswer> {
        match action {
            Action::Create { phone_number, customer_name, when, topic, confirmed } => {
                let number = match self.person(phone_number.as_ref(), *confirmed, "tool-ask-number") {
                    Person::Is(number) => number,
                    Person::Ask(question) => return Ok(question),
                };
                if phone_number.is_some() && number.line_kind() != LineKind::Subscriber {
                    return Ok(self.say("tool-number-not-called"));
                }
                self.create(&number, customer_name.as_deref(), when.as_ref(), topic.as_deref()).await
            }
            Action::Find { which, confirmed } => match self.meant(which, *confirmed).await? {
                Ok(Some(callback)) => self.find(&callback).await,
                Ok(None) => Ok(self.say("tool-nothing-found")),
                Err(question) => Ok(question),
            },
            Action::Move { which, when, confirmed } => match self.meant(which, *confirmed).await? {
                Ok(Some(callback)) => self.postpone(&callback, when).await,
                Ok(None) => Ok(self.say("tool-nothing-found")),
                Err(question) => Ok(question),
            },
            Action::Cancel { which, reason, confirmed } => match self.meant(which, *confirmed).await? {
                Ok(Some(callback)) => self.cancel(callback.id, reason.as_deref()).await,
                Ok(None) => Ok(self.say("tool-nothing-found")),
                Err(question) => Ok(question),
            },
        }
    }

    /// The number that calls is proof of who calls. Another one must have been read back and confirmed.
    fn person(&self, spoken: Option<&PhoneNumber>, confirmed: bool, ask: &str) -> Person {
        let own = self.call.as_ref().and_then(|call| call.number.as_ref());
        match (spoken, own) {
            (None, None) => Person::Ask(self.say(ask)),
            (None, Some(own)) => Person::Is(own.clone()),
            (Some(spoken), own) if confirmed || own == Some(spoken) => Person::Is(spoken.clone()),
            (Some(spoken), _) => {
                let digits = spoken::digits(self.language, spoken, &self.desk.door.country);
                Person::Ask(self.say_with("tool-confirm-number", "number", digits))
            }
        }
    }

    /// The open callback that is meant: one of that person, or none.
    async fn meant(&self, which: &Which, confirmed: bool) -> Result<std::result::Result<Option<PersonCallback>, ToolAnswer>> {
        let number = match self.person(which.phone_number.as_ref(), confirmed, "tool-ask-which-number") {
            Person::Is(number) => number,
            Person::Ask(question) => return Ok(Err(question)),
        };
        let mut open = self.desk.rows().open_callbacks_of(&number).await?;
        open.retain(|callback| which.callback_id.is_none_or(|id| id == callback.id));
        Ok(Ok(open.into_iter().next()))
    }
}

/// An answer that was given before.
fn stored(body: &str) -> Option<ToolAnswer> {
    let Json::Object(mut stored) = serde_json::from_str(body).ok()? else { return None };
    let Some(Json::Object(details)) = stored.remove("details") else { return None };
    let sentence = stored.get("sentence")?.as_str()?.to_owned();
    Some(ToolAnswer { sentence, failed: stored.get("failed")?.as_bool()?, details })
}
