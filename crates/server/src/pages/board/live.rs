//! Everything on the board that moves, looked up in a handful of questions.

use ringback_domain::{attempt, credits::Account, settings::AutoCallback, time};
use ringback_store::{BoardPhone, Counts, OnChannel, Overview, QueueFilter};

use super::{
    Show, icon,
    reasons::Pill,
    rows::{OutcomeRow, PhoneCard, WaitingRow, WithheldRow},
};
use crate::{
    app::App,
    pages::{assets::Icon, errors::PageError, reader::Reader, session::Staff},
};

pub(crate) struct Live {
    /// `?show=…` or nothing.
    pub(crate) query: String,
    /// The rows of this panel are only the ones behind a count.
    pub(crate) queue_filtered: bool,
    pub(crate) outcomes_filtered: bool,
    pub(crate) cards: Vec<Card>,
    pub(crate) banners: Vec<Pill>,
    pub(crate) phones: Vec<PhoneCard>,
    pub(crate) more_phones: Option<String>,
    pub(crate) queue: Vec<WaitingRow>,
    pub(crate) queue_count: String,
    pub(crate) more_waiting: Option<String>,
    pub(crate) several_phones: bool,
    pub(crate) outcomes: Vec<OutcomeRow>,
    /// Missed calls without a number, where there are any.
    pub(crate) withheld: Vec<WithheldRow>,
    pub(crate) withheld_count: String,
    /// In a sentence, and as the clock shows it.
    pub(crate) as_of_said: String,
    pub(crate) as_of: String,
    pub(crate) as_of_iso: String,
}

/// Nothing can be done about them: a day is long enough to see them.
const WITHHELD_SECONDS: i64 = 24 * 60 * 60;

/// A count, and the way to exactly those rows where there are any here.
pub(crate) struct Card {
    pub(crate) href: Option<String>,
    pub(crate) tone: &'static str,
    pub(crate) icon: Icon,
    pub(crate) label: String,
    pub(crate) count: String,
    pub(crate) none: bool,
    pub(crate) current: bool,
}

impl Live {
    pub(super) async fn look(app: &App, staff: &Staff, show: Show) -> Result<Self, PageError> {
        let (r, company) = (&staff.reader, staff.company(app));
        let overview = company.board_overview().await?;
        let short = !overview.account().covers(overview.settings.minimum_credits);
        let counts = company.board_counts(short, r.midnight(), r.now).await?;
        let phones = company.board_phones().await?;
        let on_channels = company.board_channels().await?;
        let waiting = waiting_count(show, &counts);
        let queue = match queue_filter(show, short) {
            Some(filter) if waiting > 0 => {
                let ids: Vec<_> = phones.iter().map(|phone| phone.id).collect();
                company.board_queue(&ids, filter, r.now).await?
            }
            _ => Vec::new(),
        };
        let outcomes = match show {
            Show::Completed => company.board_outcomes(Some(attempt::Status::Completed), r.midnight()).await?,
            Show::Failed => company.board_outcomes(Some(attempt::Status::Failed), r.midnight()).await?,
            Show::All | Show::Pending | Show::OnHold | Show::InsufficientCredits => {
                company.board_outcomes(None, time::from_millis(0)).await?
            }
        };
        let cancelled = company.board_cancelled(&outcomes).await?;
        let withheld = match show {
            Show::All => company.board_withheld(time::plus_seconds(r.now, -WITHHELD_SECONDS)).await?,
            _ => Vec::new(),
        };
        let queue: Vec<WaitingRow> = queue.into_iter().filter_map(|waiting| WaitingRow::new(r, waiting, &phones)).collect();
        let more_waiting = waiting - i64::try_from(queue.len()).unwrap_or(i64::MAX);
        let more_phones = overview.phones - i64::try_from(phones.len()).unwrap_or(i64::MAX);
        Ok(Self {
            query: show.query(),
            queue_filtered: matches!(show, Show::Pending | Show::OnHold | Show::InsufficientCredits),
            outcomes_filtered: matches!(show, Show::Completed | Show::Failed),
            cards: cards(r, &counts, show),
            banners: banners(r, &overview),
            phones: phones.iter().map(|phone| card_of(r, phone, &on_channels)).collect(),
            more_phones: (more_phones > 0).then(|| counted(r, "phones-more", more_phones)),
            // A count may be older than the rows by a moment: then nobody is missing.
            more_waiting: (more_waiting > 0 && !queue.is_empty()).then(|| counted(r, "queue-more", more_waiting)),
            queue_count: up_to(r, waiting),
            queue,
            several_phones: phones.len() > 1,
            outcomes: outcomes.into_iter().map(|it| OutcomeRow::new(r, cancelled.get(&it.id), it)).collect(),
            withheld_count: r.number(i64::try_from(withheld.len()).unwrap_or(i64::MAX)),
            withheld: withheld.into_iter().map(|miss| WithheldRow::new(r, miss)).collect(),
            as_of_said: r.t1("board-as-of", "time", r.clock_seconds(r.now)),
            as_of: r.clock_seconds(r.now),
            as_of_iso: r.now.to_string(),
        })
    }
}

/// `None`: nobody is in that state now.
fn queue_filter(show: Show, credits_short: bool) -> Option<QueueFilter> {
    match show {
        Show::OnHold => Some(QueueFilter::Held),
        Show::Pending => (!credits_short).then_some(QueueFilter::NotHeld),
        Show::InsufficientCredits => credits_short.then_some(QueueFilter::NotHeld),
        Show::All | Show::Completed | Show::Failed => Some(QueueFilter::All),
    }
}

fn waiting_count(show: Show, counts: &Counts) -> i64 {
    match show {
        Show::OnHold => counts.on_hold,
        Show::Pending => counts.pending,
        Show::InsufficientCredits => counts.insufficient_credits,
        Show::All | Show::Completed | Show::Failed => counts.waiting(),
    }
}

fn card_of(r: &Reader, phone: &BoardPhone, on_channels: &[OnChannel]) -> PhoneCard {
    let on: Vec<&OnChannel> = on_channels.iter().filter(|on| on.phone_id == phone.id).collect();
    PhoneCard::new(r, phone, &on)
}

fn up_to(r: &Reader, count: i64) -> String {
    if count > Counts::WAITING { r.t1("more-than", "count", r.number(Counts::WAITING)) } else { r.number(count) }
}

/// A sentence about a number: it is shown as people write it, and the words go by what it is.
fn counted(r: &Reader, key: &str, count: i64) -> String {
    r.language.say_with(key, [("count", count.into()), ("shown", up_to(r, count).into())])
}

fn cards(r: &Reader, counts: &Counts, show: Show) -> Vec<Card> {
    let card = |to: Option<Show>, anchor: &str, tone, icon, key: &str, count: i64| {
        // The count that is chosen leads back to all.
        let current = to == Some(show);
        let query = if current { String::new() } else { to.map_or_else(String::new, Show::query) };
        let href = Some(format!("/board{query}#{anchor}"));
        Card { href, tone, icon, label: r.t(key), count: up_to(r, count), none: count == 0, current }
    };
    let with_staff = Card {
        href: None,
        tone: "plain",
        icon: icon::USERS,
        label: r.t("card-with-staff"),
        count: with_staff(r, counts),
        none: counts.with_staff == 0,
        current: false,
    };
    vec![
        card(Some(Show::Pending), "queue", "warning", icon::CLOCK, "card-pending", counts.pending),
        card(Some(Show::OnHold), "queue", "gray", icon::CIRCLE_PAUSE, "card-on-hold", counts.on_hold),
        card(Some(Show::InsufficientCredits), "queue", "danger", icon::COINS, "card-insufficient-credits", counts.insufficient_credits),
        card(None, "phones", "info", icon::PHONE_OUTGOING, "card-processing", counts.processing),
        card(None, "phones", "gray", icon::CIRCLE_QUESTION_MARK, "card-unknown", counts.unknown),
        with_staff,
        card(Some(Show::Completed), "outcomes", "success", icon::CIRCLE_CHECK, "card-completed", counts.completed),
        card(Some(Show::Failed), "outcomes", "danger", icon::CIRCLE_X, "card-failed", counts.failed),
    ]
}

fn with_staff(r: &Reader, counts: &Counts) -> String {
    let more = counts.with_staff_or_more && counts.with_staff <= Counts::WAITING;
    if more { r.t1("more-than", "count", r.number(counts.with_staff)) } else { up_to(r, counts.with_staff) }
}

fn banners(r: &Reader, overview: &Overview) -> Vec<Pill> {
    let mut banners = Vec::new();
    let mut tell = |tone, icon, label| banners.push(Pill { tone, icon, label });
    if overview.dialing_paused {
        tell("danger", icon::CIRCLE_PAUSE, r.t("banner-dialing-paused"));
    }
    let minimum = overview.settings.minimum_credits;
    // What running calls have reserved comes back by itself; only a low balance needs somebody.
    if !(Account { reserved: 0, ..overview.account() }).covers(minimum) {
        let values = [("balance", r.number(overview.balance).into()), ("minimum", r.number(minimum).into())];
        tell("danger", icon::COINS, r.language.say_with("banner-credits", values));
    }
    if overview.settings.auto_callback == AutoCallback::RecordOnly {
        tell("gray", icon::CIRCLE_PAUSE, r.t("banner-record-only"));
    }
    banners
}
