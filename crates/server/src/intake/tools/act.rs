//! What the tools do: make a callback, say what is promised, move it, call it off.

use ringback_domain::{
    callback::{Source, Status, Wish},
    ids::{CallbackId, PhoneId},
    phone_number::PhoneNumber,
};
use ringback_store::{Ask, By, CallbackChange, KnownCall, Moved, NewCallback, PersonCallback, PlatformCall};
use ringback_telephony::voice_agent::{ToolAnswer, When};
use serde_json::{Value as Json, json};

use super::{Result, Talk};
use crate::intake::{
    ACTOR, promises,
    wished::{self, MOST_DAYS_AHEAD, Unkept},
};

const BY: By<'static> = By { actor: ACTOR, staff: None };

impl Talk<'_> {
    pub(super) async fn create(
        &self,
        number: &PhoneNumber,
        name: Option<&str>,
        when: Option<&When>,
        topic: Option<&str>,
    ) -> Result<ToolAnswer> {
        let desk = self.desk;
        let when = when.filter(|when| !wished::is_soon(when));
        if let Some(call) = self.platform_call()
            && let Some(noted) = desk.rows().dealt_with(&call, number).await?.filter(|noted| noted.status != Status::Contacted)
        {
            // Asked again in one call, it is the same wish; a time makes it another one.
            self.more_is_known(&noted, name, topic).await?;
            return match when {
                Some(when) => self.postpone(&noted, when).await,
                None => self.find(&noted).await,
            };
        }
        let wish = when.map(|when| wished::wish(when, &self.spoken, desk.now, &desk.zone)).transpose();
        let call = self.known_call().await?;
        let new = NewCallback {
            customer_name: name.map(str::to_owned),
            phone_id: match &call {
                Some(call) => Some(call.phone_id),
                None => self.phone().await?,
            },
            call_id: call.map(|call| call.id),
            wish: wish.ok().flatten(),
            preferred_time_window: wish.ok().flatten().map(written),
            topic: topic.map(str::to_owned),
            language: Some(self.spoken.clone()),
            // What could not be understood is for a person to read.
            notes: when.filter(|_| wish.is_err()).map(in_words),
            metadata: self.metadata(),
            platform_call: self.platform_call(),
            ..NewCallback::new(number.clone(), Source::VoiceAgent)
        };
        let created = desk.rows().create_callback(&new, ACTOR, desk.now).await?;
        if let Some(phone) = created.wake {
            desk.app.dispatcher.wake(phone);
        }
        if let Err(unkept) = wish {
            return Ok(with_id(created.callback, self.ask_when(unkept)));
        }
        let open = desk.rows().open_callbacks_of(number).await?;
        let made = open.iter().find(|callback| callback.id == created.callback);
        Ok(made.map_or_else(|| with_id(created.callback, self.say("tool-promised-next")), |made| self.promised(made)))
    }

    fn platform_call(&self) -> Option<PlatformCall> {
        self.provider_call_id.map(|call| self.desk.platform_call(call))
    }

    fn metadata(&self) -> Json {
        let mark = self.provider_call_id.map(|call| promises::mark(self.desk.platform.as_str(), call));
        mark.map_or_else(|| json!({}), |mark| json!({"voice_agent": mark}))
    }

    /// Our call, where there is one: the platform may have numbers of its own.
    async fn known_call(&self) -> Result<Option<KnownCall>> {
        match &self.call {
            Some(call) => self.desk.rows().reported_call(call, self.desk.now).await,
            None => Ok(None),
        }
    }

    /// What the agent learned since it noted the callback.
    async fn more_is_known(&self, noted: &PersonCallback, name: Option<&str>, topic: Option<&str>) -> Result<()> {
        // A number stands where nobody knew a name.
        let name = name.filter(|_| noted.customer_name == noted.number.readable(&self.desk.door.country));
        let topic = topic.filter(|topic| Some(*topic) != noted.topic.as_deref());
        if name.is_none() && topic.is_none() {
            return Ok(());
        }
        let change = CallbackChange {
            customer_name: name.map(str::to_owned),
            topic: topic.map(|topic| Some(topic.to_owned())),
            ..CallbackChange::default()
        };
        self.desk.rows().change_callback(noted.id, &change, BY, self.desk.now).await?;
        Ok(())
    }

    async fn phone(&self) -> Result<Option<PhoneId>> {
        match &self.call {
            Some(call) => self.desk.rows().reported_phone(call).await,
            None => Ok(self.desk.door.phone_id),
        }
    }

    pub(super) async fn postpone(&self, callback: &PersonCallback, when: &When) -> Result<ToolAnswer> {
        let desk = self.desk;
        let wish = match wished::wish(when, &self.spoken, desk.now, &desk.zone) {
            Ok(wish) => wish,
            Err(unkept) => {
                desk.rows().asked_again(callback.id, Some(&in_words(when)), self.platform_call().as_ref(), BY, desk.now).await?;
                return Ok(with_id(callback.id, self.ask_when(unkept)));
            }
        };
        let mut kept = callback.id;
        if callback.status == Status::Contacted {
            // It was kept already: this is a new wish, which opens it again.
            let new = NewCallback {
                wish: Some(wish),
                preferred_time_window: Some(written(wish)),
                metadata: self.metadata(),
                platform_call: self.platform_call(),
                ..NewCallback::new(callback.number.clone(), Source::VoiceAgent)
            };
            let created = desk.rows().create_callback(&new, ACTOR, desk.now).await?;
            if let Some(phone) = created.wake {
                desk.app.dispatcher.wake(phone);
            }
            // Where requests of some time ago are not joined any more, it is another one.
            kept = created.callback;
        } else {
            match desk.rows().wish_again(callback.id, (wish, &written(wish)), self.platform_call().as_ref(), BY, desk.now).await? {
                Moved::Yes { wake } => wake.into_iter().for_each(|phone| desk.app.dispatcher.wake(phone)),
                Moved::Unknown => return Ok(self.say("tool-nothing-found")),
                Moved::Illegal(_)
                | Moved::PersonCalling { .. }
                | Moved::MachineCalling { .. }
                | Moved::AnotherOpen { .. }
                | Moved::Closed { .. }
                | Moved::NoSuchStaff => {
                    desk.rows().asked_again(callback.id, Some(&in_words(when)), self.platform_call().as_ref(), BY, desk.now).await?;
                    return Ok(ToolAnswer { failed: true, ..self.say("tool-cannot-move") });
                }
            }
        }
        let mut answer = self.say_with("tool-moved", "when", self.voice().window(wish.from(), wish.until()));
        answer.details.insert("due_at".to_owned(), json!(wish.until()));
        Ok(with_id(kept, answer))
    }

    /// What the person is told is promised once more: the end of this talk does not keep it. Where it is still owed to whoever rings,
    /// the talk's transcript promises nothing else.
    pub(super) async fn find(&self, callback: &PersonCallback) -> Result<ToolAnswer> {
        let is_his = self.call.as_ref().is_some_and(|call| call.number.as_ref() == Some(&callback.number));
        let call = self.platform_call().filter(|_| is_his && callback.status != Status::Contacted);
        self.desk.rows().asked_again(callback.id, None, call.as_ref(), BY, self.desk.now).await?;
        Ok(self.promised(callback))
    }

    pub(super) async fn cancel(&self, callback: CallbackId, reason: Option<&str>) -> Result<ToolAnswer> {
        let reason = reason.unwrap_or("cancelled by the caller");
        if let Some(call) = self.platform_call() {
            self.desk.rows().agent_calls_off(&call, callback, self.desk.now).await?;
        }
        Ok(match self.desk.rows().move_callback(callback, Ask::Cancel { reason: Some(reason) }, BY, self.desk.now).await? {
            Moved::Yes { .. } => with_id(callback, self.say("tool-cancelled")),
            Moved::Unknown => self.say("tool-nothing-found"),
            Moved::Illegal(_)
            | Moved::PersonCalling { .. }
            | Moved::MachineCalling { .. }
            | Moved::AnotherOpen { .. }
            | Moved::Closed { .. }
            | Moved::NoSuchStaff => ToolAnswer { failed: true, ..self.say("tool-cannot-cancel") },
        })
    }

    /// When the person will be called.
    fn promised(&self, callback: &PersonCallback) -> ToolAnswer {
        let mut answer = match callback.wished_from() {
            _ if callback.due_at <= self.desk.now => self.say("tool-promised-next"),
            Some(from) => self.say_with("tool-promised", "when", self.voice().window(from, callback.due_at)),
            None => self.say_with("tool-promised-soon", "when", self.voice().deadline(callback.due_at)),
        };
        answer.details.insert("due_at".to_owned(), json!(callback.due_at));
        with_id(callback.id, answer)
    }

    fn ask_when(&self, unkept: Unkept) -> ToolAnswer {
        match unkept {
            Unkept::NotUnderstood => self.say("tool-time-not-understood"),
            Unkept::Past => self.say("tool-time-is-past"),
            Unkept::TooFar => self.say_with("tool-time-too-far", "days", MOST_DAYS_AHEAD.to_string()),
        }
    }
}

/// As the API writes a wished time.
fn written(wish: Wish) -> Json {
    json!({"from": wish.from(), "until": wish.until()})
}

fn in_words(when: &When) -> String {
    match when {
        When::Words(words) => words.clone(),
        When::At(at) => at.to_string(),
        When::Local(local) => local.to_string(),
        When::Day(day) => day.to_string(),
    }
}

fn with_id(callback: CallbackId, mut answer: ToolAnswer) -> ToolAnswer {
    answer.details.insert("callback_id".to_owned(), json!(callback));
    answer
}
