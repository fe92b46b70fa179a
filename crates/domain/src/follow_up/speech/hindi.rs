//! Hindi in Latin letters, mixed with English, and the basics in Devanagari: "Kal shaam ko phone karna."
//!
//! "Kal" is tomorrow and yesterday. The rules below are in the future or the imperative, so for them it is tomorrow.

use super::{
    Because::{Asked, InWriting, OtherMeaning, Past, Refused, Reported, SomebodyElse, Supposed, Usual},
    By::{Agent, Anyone, Company, Person},
    Guard,
    Place::{After, Anywhere, Before, Inside, Touching},
    Rule, Tables, english, guard, rule,
};

mod times;

pub(super) const TABLES: Tables = Tables {
    markers: "kal ko baje karna mujhe aap aapko hai hoon mein kar karo kijiye karein dena dijiye lena lijiye aaj parson parso shaam subah \
              dopahar raat nahi nahin mat haan ji kya kab baad tak pehle bhi mera mere meri aapka aapki hum hume humein kahaa bola bolo \
              theek accha rehne karenge karunga karungi karegi karega karta karti karte phir abhi tha thi tareekh hafte ghante wapas \
              chahiye khud lunga dunga denge somvar somwar shukravar itvaar itwar baj saade saadhe sade paanch chaar teen dedh dhai \
              gyarah barah wo woh unhone usne aapne maine kisi koi bhai bhaiya sakte sakta sakti dein kariye kariyega kijiyega lo rahega \
              karen hain hu",
    fillers: "um uh hmm hm matlab woh ji toh to bas yaar arre are dekho suno bhi zara zaroor",
    light: "please wapas phir se ek baar baad jaldi dobara back bhi hi theek hai ek bar time pe aap tab us din mein mujhe bhai bhaiya sir madam ji ok okay",
    carries: "mujhe hume ki aap aapko log wapas phir",
    stops: "lekin magar kyunki isliye par warna",
    follows: "ok okay hai kya",
    spellings: times::SPELLINGS,
    classes: &[
        ("call", "call phone ring callback"),
        ("do", "karna karo kijiye karein kariye"),
        ("then", "dena dijiye lena lijiye do lo de dein lein diye"),
        ("shall", "karunga karenge karega karta karte karwa karwate"),
        ("shall_do", "dunga denge dega lunga lenge lega deta dete leta lete deti leti degi legi karenge karunga"),
        // English phrases are used in the middle of Hindi.
        ("ring", "call phone ring"),
        ("a_ring", "call ring callback"),
        ("will", "i'll we'll will"),
        ("me", "me us mein"),
    ],
    times: &[times::TIMES, english::times::CALENDAR],
    rules: &[RULES],
    offers: &[
        "aapko .. kab|kitne .. @call",
        "kab|kitne .. aapko .. @call",
        "kya main|hum .. aapko .. @call",
        "kya aapko .. @call ~ kar|@do",
        "@call ~ karun|karoon|karu",
        "@call ~ karein aapko",
        "main|hum aapko .. @call ~ karun|karoon|karein",
        "main|hum aapko .. @call ~ kar sakta|sakte|sakti",
        "aapko callback|call chahiye",
    ],
    guards: &[GUARDS],
    harmless: &["mat bhool", "bhool mat", "bhool na", "bhool nahi", "abhi nahi", "agar ho sake"],
    cancels: &[
        (Person, "main .. @call ~ kar|@shall"),
        (Person, "khud .. @call|aa|aaunga|kar|dekh"),
        (Person, "rehne do|dijiye|de"),
        (Person, "chhodo|chodo|chhodiye|jaane"),
        (Person, "zaroorat|zarurat|jarurat nahi"),
        (Person, "koi baat nahi main"),
        (Agent, "@call nahi kar|ho sakte|payenge|paunga|payega"),
    ],
    turns: &["nahi nahi", "arre nahi", "rehne do|dijiye", "ya phir"],
    revises: &["nahi", "balki", "ya phir", "better", "theek rahega", "instead", "sahi rahega", "accha rahega"],
    suits: &[
        "free",
        "ghar|office|dukan pe|par|mein",
        "time hai|hoga|rahega",
        "theek|sahi|accha rahega|hai",
        "khali",
        "available",
        "milunga|rahunga|hounga",
    ],
    refers: &["tab|phir", "us din|time|samay|waqt"],
    unrelated: &[
        "appointment|meeting|booking|flight|train|shaadi",
        "tha|the|kiya|gaya|gaye|hua|the",
        "aana|aaunga|jaana|jana|khulegi|khulta|khula|band",
    ],
    unsuited: &["mat|nahi"],
    asks_when: &["kab", "kitne baje", "kis time|samay|din|waqt", "what time", "when"],
    assents: &["haan|ha|ji|chalega|theek|ok|okay|bilkul|zaroor|please|yes|sure|kar|accha|achha|sahi|हां"],
    denials: &["nahi|no|mat|rehne"],
};

const RULES: &[Rule] = &[
    rule("phone_karna", Person, "@call back? ~ @do"),
    rule("phone_kar_dena", Person, "@call back? ~ kar @then"),
    rule("phone_kar_sakte", Person, "@call back? ~ kar sakte|sakti|payenge|paoge|paayenge|doge|dogi"),
    rule("phone_karoge", Person, "@call back? ~ karoge|karogi"),
    rule("koi_phone_kare", Person, "koi .. @call back? ~ kar sakta|sakte|sakti|de|dega"),
    rule("phone_karwana", Person, "@call back? ~ karwa|kara @then"),
    rule("phone_karwana", Person, "@call back? ~ karwaiye|karwana"),
    rule("phone_lagana", Person, "@call lagana|lagaiye|lagao|laga|ghumana|maarna|maar"),
    rule("callback_chahiye", Person, "call back? ~ chahiye"),
    rule("call_me_back", Person, "call|phone|ring mein|us back? ~ $"),
    rule("give_me_a_call", Person, "give mein a .. call|ring"),
    rule("please_call_back", Person, "call back please"),
    rule("aapko_phone_karenge", Agent, "aapko .. @call back? ~ @shall"),
    rule("aapko_phone_karenge", Agent, "aapko .. @call back? ~ kar @shall_do"),
    rule("aapko_phone_karenge", Company, "hum|team|hamari .. aapko .. @call back? ~ @shall"),
    rule("aapko_phone_karenge", Company, "hum|team|hamari .. aapko .. @call back? ~ kar @shall_do"),
    rule("aapko_phone_karenge", Agent, "@call back? ~ @shall"),
    rule("aapko_phone_karenge", Agent, "@call back? ~ kar @shall_do"),
    rule("aapko_phone_karke_batayenge", Agent, "@call karke .. batayenge|bataunga|bataungi|batate|batata|batati|bata"),
    rule("phone_karwa_denge", Agent, "@call back? ~ karwa|kara @shall_do"),
    rule("aapko_phone_aayega", Agent, "aapko|aapke .. @call .. aayega|aayegi|aaega|jayega|jayegi|jaega|milega|milegi|aega"),
];

const GUARDS: &[Guard] = &[
    guard(Refused, Anyone, Inside, "mat|nahi|na"),
    guard(Refused, Anyone, After, "mat|nahi"),
    guard(Refused, Anyone, Touching, "mat"),
    guard(Refused, Anyone, Anywhere, "@call karne .. nahi"),
    guard(Past, Anyone, After, "tha|the|wale"),
    guard(Past, Anyone, Inside, "tha|the|kiya|rahe|raha"),
    guard(Reported, Anyone, Before, "bola|bole|boli|kaha|bataya|kehte tha|thi|the|hai? ki?"),
    guard(Reported, Anyone, Before, "rahe|raha|rahi the|tha"),
    guard(Supposed, Anyone, Before, "agar"),
    guard(SomebodyElse, Person, Before, "!mere|mujh|hum ko"),
    guard(SomebodyElse, Person, Before, "unko|usko|unhe|use|inko|isko|sabko"),
    guard(SomebodyElse, Person, Before, "aapko"),
    guard(SomebodyElse, Person, After, "hoon"),
    guard(Asked, Person, Before, "kab|kyun|kyon|kaun"),
    guard(Usual, Anyone, Before, "roz|hamesha|har"),
    guard(OtherMeaning, Anyone, Anywhere, "@call back? ~ karna hai|tha|hoga|padega|padta|chahta|chahti"),
    guard(OtherMeaning, Anyone, Touching, "video|missed|conference"),
    guard(InWriting, Anyone, Anywhere, "message|whatsapp|sms|email|mail"),
];
