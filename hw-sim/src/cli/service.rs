//! What can be done to the central service, and what happens at it without the terminal, word by word.

use clap::{Subcommand, ValueEnum};
use hw_sim::central::ServerCertificate;

/// Something the service does wrong, or that happens there.
#[derive(Clone, Subcommand)]
pub(crate) enum CentralCommand {
    /// Everything works again.
    Up,
    /// Connections are refused.
    Down,
    /// Connections are accepted, nothing is answered.
    Hang,
    /// Requests are carried out, the answer never comes.
    LoseAnswer,
    /// Every answer comes late.
    Slow {
        /// By so many milliseconds.
        #[arg(default_value_t = 2_000)]
        ms: u64,
    },
    /// Every answer ends in the middle.
    Cut,
    /// Every request is answered with this HTTP status.
    Status {
        /// Which.
        #[arg(default_value_t = 503)]
        status: u16,
    },
    /// Answers are no JSON.
    Malformed,
    /// Answers are a JSON text of so many bytes.
    Oversized {
        /// How many.
        #[arg(default_value_t = 5 * 1024 * 1024)]
        bytes: usize,
    },
    /// The answer to the request before comes again.
    Duplicate,
    /// Shows this server certificate.
    Certificate {
        /// Which.
        which: CertificateWord,
    },
    /// Refuses every token given so far.
    ForgetTokens,
    /// Tokens given from now on are accepted for so long.
    TokenLife {
        /// Seconds.
        seconds: u64,
    },
    /// Times told are off.
    Skew {
        /// By so many seconds; negative = behind.
        #[arg(allow_hyphen_values = true)]
        seconds: i64,
    },
    /// A welfare office registers a month's ticket for the clinic after all.
    Ticket {
        /// Whose.
        person: String,
        /// 診療年月, yyyyMM; this month when not given.
        #[arg(long)]
        month: Option<String>,
    },
    /// A patient consents on the mobile page.
    Consent {
        /// Who.
        person: String,
        /// For which care.
        care: CareWord,
        /// Kinds agreed to: TKK, YZK, SRJ, SHJ.
        #[arg(value_delimiter = ',', default_value = "YZK", value_parser = ["TKK", "YZK", "SRJ", "SHJ"])]
        kinds: Vec<String>,
    },
    /// Opens the search for a disaster or an outage.
    Open {
        /// Which.
        mode: ModeWord,
        /// First two digits of the institutions' codes, 01 to 47; empty = everywhere.
        #[arg(long, default_value = "")]
        region: String,
        /// For so long; 0 closes it, without a region whichever it was opened for.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
    },
    /// Revokes a person's certificate.
    Revoke {
        /// Whose.
        person: String,
        /// Takes it back.
        #[arg(long)]
        undo: bool,
    },
    /// The service holds a person's certificate for ended.
    Expire {
        /// Whose.
        person: String,
        /// So many days ago; up to three months the service still gives the qualification.
        #[arg(long, default_value_t = 1)]
        days: u16,
        /// Takes it back.
        #[arg(long)]
        undo: bool,
    },
    /// A person registers the card for insurance use somewhere else.
    Register {
        /// Who.
        person: String,
    },
    /// Moves the service's day: windows of consents, tokens and certificates run out, and the day before is over for the offices' log.
    Day {
        /// By so many days; negative = back. What a terminal was told of the time it does not forget.
        #[arg(allow_hyphen_values = true, default_value_t = 1, value_parser = clap::value_parser!(i32).range(-3660..=3660))]
        days: i32,
        /// And so many hours.
        #[arg(long, allow_hyphen_values = true, default_value_t = 0, value_parser = clap::value_parser!(i32).range(-23..=23))]
        hours: i32,
    },
    /// Gives the clinic the authority to view in an emergency (救急時医療情報閲覧), or takes it.
    Authority {
        /// Whether it has it.
        word: AuthorityWord,
    },
    /// Prints the log of confirmations that a welfare office gets about a day that is over.
    Log {
        /// 公費負担者番号 of the office.
        payer_number: String,
        /// yyyyMMdd.
        day: String,
    },
}

/// A server certificate.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum CertificateWord {
    Good,
    Expired,
    OtherHost,
    Untrusted,
    Revoked,
}

impl From<CertificateWord> for ServerCertificate {
    fn from(word: CertificateWord) -> Self {
        match word {
            CertificateWord::Good => Self::Good,
            CertificateWord::Expired => Self::Expired,
            CertificateWord::OtherHost => Self::OtherHost,
            CertificateWord::Untrusted => Self::Untrusted,
            CertificateWord::Revoked => Self::Revoked,
        }
    }
}

/// For which care.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum CareWord {
    Visiting,
    Online,
}

/// Given or taken.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum AuthorityWord {
    Give,
    Take,
}

/// A special mode.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ModeWord {
    Disaster,
    Outage,
}
