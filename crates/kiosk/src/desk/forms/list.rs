//! The forms themselves: what each asks, on which page it stands, and what the counter is told.

use super::{Field, Form, Kind};

const fn must(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name,
        label,
        kind,
        required: true,
    }
}

const fn may(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name,
        label,
        kind,
        required: false,
    }
}

const CARE: Kind = Kind::Choice(&[
    ("visiting", "desk-care-visiting"),
    ("online", "desk-care-online"),
]);
/// How a consent was given: the service's two kinds, each in two ways with a window of its own.
const FLOW: Kind = Kind::Choice(&[
    ("visiting", "desk-care-visiting-only"),
    ("house-call", "desk-care-house-call"),
    ("online", "desk-care-online-only"),
    ("alternative-route", "desk-care-alternative-route"),
]);
const ON_OFF: Kind = Kind::Choice(&[
    ("", "desk-unchanged"),
    ("true", "desk-on"),
    ("false", "desk-off"),
]);
const SEX: Kind = Kind::Choice(&[
    ("1", "desk-sex-male"),
    ("2", "desk-sex-female"),
    ("3", "desk-sex-unknown"),
]);
const INSURER: Field = must("insurer_number", "desk-insurer-number", Kind::Digits(8));
const SYMBOL: Field = may("symbol", "desk-symbol", Kind::Line(20));
const NUMBER: Field = must("number", "desk-number", Kind::Line(20));
const BRANCH: Field = may("branch", "desk-branch", Kind::Digits(2));
/// By payer and recipient number somebody is found without it.
const BORN_IF_INSURED: Field = may("birth_date", "desk-birth-date-of-insured", Kind::Day);
const NAME: Field = must("name", "desk-name", Kind::Line(60));
const BORN_ON: Field = must("birth_date", "desk-birth-date", Kind::Day);
const SEXES: Field = must("sex", "desk-sex", SEX);
const ADDRESS: Field = must("address", "desk-address", Kind::Line(200));
const REASON: Field = must("reason", "desk-reason", Kind::Line(200));
const IDENTITY: Field = must("identity", "desk-identity", Kind::Confirm);

/// Every form.
pub(super) const FORMS: &[Form] = &[
    Form {
        name: "assistance",
        page: "lookup",
        title: "desk-lookup-assistance",
        explain: "desk-lookup-assistance-explain",
        button: "desk-ask",
        request: "lookup",
        operator: None,
        qualified: false,
        fields: &[
            must("insurer_number", "desk-payer-number", Kind::Digits(8)),
            must("number", "desk-recipient-number", Kind::Digits(7)),
            IDENTITY,
        ],
    },
    Form {
        name: "insurance",
        page: "lookup",
        title: "desk-lookup-insurance",
        explain: "desk-lookup-insurance-explain",
        button: "desk-ask",
        request: "lookup",
        operator: None,
        qualified: false,
        fields: &[
            INSURER,
            SYMBOL,
            NUMBER,
            BRANCH,
            BORN_ON,
            may("limit_certificate", "desk-limit-certificate", Kind::Tick),
            IDENTITY,
        ],
    },
    Form {
        name: "reference",
        page: "lookup",
        title: "desk-reference",
        explain: "desk-reference-explain",
        button: "desk-register",
        request: "register-reference",
        operator: None,
        qualified: false,
        fields: &[
            must("reference_number", "desk-reference-number", Kind::Line(50)),
            INSURER,
            SYMBOL,
            NUMBER,
            BRANCH,
        ],
    },
    Form {
        name: "reinquire",
        page: "reinquiry",
        title: "desk-reinquire",
        explain: "desk-reinquire-explain",
        button: "desk-ask",
        request: "reinquire",
        operator: None,
        qualified: false,
        fields: &[
            must("care", "desk-care", FLOW),
            may("care_day", "desk-care-day", Kind::Calendar),
            INSURER,
            SYMBOL,
            NUMBER,
            BRANCH,
            BORN_IF_INSURED,
        ],
    },
    Form {
        name: "consented",
        page: "reinquiry",
        title: "desk-consented",
        explain: "desk-consented-explain",
        button: "desk-fetch",
        request: "fetch-consented",
        operator: None,
        qualified: false,
        fields: &[
            must("care", "desk-care", CARE),
            must("from", "desk-from", Kind::Calendar),
            must("to", "desk-to", Kind::Calendar),
            may("by_care_day", "desk-by-care-day", Kind::Tick),
        ],
    },
    Form {
        name: "access",
        page: "reinquiry",
        title: "desk-access",
        explain: "desk-access-explain",
        button: "desk-show",
        request: "access-url",
        operator: None,
        qualified: false,
        fields: &[
            must("care", "desk-care", CARE),
            may("change", "desk-access-change", Kind::Tick),
        ],
    },
    Form {
        name: "withdraw",
        page: "reinquiry",
        title: "desk-withdraw",
        explain: "desk-withdraw-explain",
        button: "desk-withdraw-button",
        request: "withdraw",
        operator: None,
        qualified: false,
        fields: &[
            must("care", "desk-care", FLOW),
            must(
                "by_patient",
                "desk-withdraw-by",
                Kind::Choice(&[
                    ("true", "desk-by-patient"),
                    ("false", "desk-by-institution"),
                ]),
            ),
            INSURER,
            SYMBOL,
            NUMBER,
            BRANCH,
            BORN_IF_INSURED,
        ],
    },
    Form {
        name: "tickets",
        page: "bulk",
        title: "desk-tickets",
        explain: "desk-tickets-explain",
        button: "desk-fetch",
        request: "fetch-tickets",
        operator: None,
        qualified: false,
        fields: &[must("month", "desk-month", Kind::Month)],
    },
    Form {
        name: "references",
        page: "bulk",
        title: "desk-references",
        explain: "desk-references-explain",
        button: "desk-register",
        request: "register-references",
        operator: None,
        qualified: false,
        fields: &[must(
            "registrations",
            "desk-registrations",
            Kind::Registrations,
        )],
    },
    Form {
        name: "disaster",
        page: "special",
        title: "desk-disaster",
        explain: "desk-disaster-explain",
        button: "desk-ask",
        request: "disaster",
        operator: Some("operator"),
        qualified: false,
        fields: &[
            NAME,
            BORN_ON,
            SEXES,
            ADDRESS,
            REASON,
            must(
                "oral_consent",
                "desk-oral-consent",
                Kind::Choice(&[("true", "desk-oral-yes"), ("false", "desk-oral-danger")]),
            ),
            may("information", "desk-with-information", Kind::Tick),
        ],
    },
    Form {
        name: "note",
        page: "special",
        title: "desk-outage-note",
        explain: "desk-outage-note-explain",
        button: "desk-note",
        request: "note-outage",
        operator: Some("operator"),
        qualified: false,
        fields: &[
            NAME,
            BORN_ON,
            SEXES,
            ADDRESS,
            may("oral_consent", "desk-oral-yes", Kind::Tick),
        ],
    },
    Form {
        // Drawn beside each note of the list.
        name: "note-remove",
        page: "notes",
        title: "desk-note-remove",
        explain: "desk-notes-explain",
        button: "desk-note-remove",
        request: "remove-note",
        operator: Some("operator"),
        qualified: false,
        fields: &[must("id", "desk-note-remove", Kind::Line(16)), REASON],
    },
    Form {
        name: "noted",
        page: "special",
        title: "desk-outage-ask",
        explain: "desk-outage-ask-explain",
        button: "desk-ask",
        request: "ask-noted",
        operator: Some("operator"),
        qualified: false,
        fields: &[],
    },
    Form {
        name: "usage",
        page: "special",
        title: "desk-usage",
        explain: "desk-usage-explain",
        button: "desk-report",
        request: "report-usage",
        operator: Some("operator"),
        qualified: false,
        fields: &[must(
            "mode",
            "desk-mode",
            Kind::Choice(&[("disaster", "desk-disaster"), ("outage", "desk-outage")]),
        )],
    },
    Form {
        name: "emergency",
        page: "special",
        title: "desk-emergency",
        explain: "desk-emergency-explain",
        button: "desk-show",
        request: "emergency",
        operator: Some("operator"),
        qualified: true,
        fields: &[NAME, BORN_ON, SEXES, ADDRESS, REASON],
    },
    Form {
        name: "institution",
        page: "settings",
        title: "desk-institution",
        explain: "desk-institution-explain",
        button: "desk-change",
        request: "update-settings",
        operator: None,
        qualified: false,
        fields: &[
            may("medical_assistance", "desk-medical-assistance", ON_OFF),
            may("visiting_care", "desk-visiting-care", ON_OFF),
            may("online_care", "desk-online-care", ON_OFF),
            must("sure", "desk-institution-sure", Kind::Confirm),
        ],
    },
    Form {
        name: "passcode",
        page: "settings",
        title: "desk-passcode",
        explain: "desk-passcode-explain",
        button: "desk-fetch",
        request: "passcode",
        operator: None,
        qualified: false,
        fields: &[must("sure", "desk-passcode-sure", Kind::Confirm)],
    },
    Form {
        name: "test",
        page: "settings",
        title: "desk-test",
        explain: "desk-test-explain",
        button: "desk-begin",
        request: "operation-test",
        operator: None,
        qualified: false,
        fields: &[],
    },
];
