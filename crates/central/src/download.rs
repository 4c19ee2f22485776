//! A bulk answer from the connection to its taker without ever standing in memory as a whole: frames of the body go
//! over a short channel to a thread that parses and hands on, so a slow taker slows the network down.

use std::io::{self, Read};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Bytes;
use oqs::OqsError;
use oqs::bulk::{BulkLimits, BulkPart, BulkState, Form, read_bulk};
use oqs::zip;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use crate::client::CentralClient;
use crate::connection::{Lent, timed_out};
use crate::desk::{BulkFetched, BulkTaker};
use crate::error::{CentralError, UnreachableCause};
use crate::exchange::Answer;

/// Frames between network and parser.
const FRAMES: usize = 8;
/// Longest silence within a body.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest whole download.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// What an answer must echo to be the one asked for.
pub(crate) struct Asked {
    pub(crate) identifier: Option<String>,
    /// The job's reception number.
    pub(crate) job: Option<String>,
}

impl Asked {
    /// Both numbers are said and differ.
    fn is_another_job(&self, told: Option<&str>) -> bool {
        let asked = self.job.as_deref().map(str::trim);
        matches!((asked, told.map(str::trim)), (Some(asked), Some(told)) if asked != told)
    }
}

/// The form of an answer, by its content type and first bytes.
enum Kind {
    Plain(Form),
    Zip,
}

impl CentralClient {
    /// Posts a download request and hands the answer's parts over.
    pub(crate) async fn download(
        &self,
        path: &str,
        body: Bytes,
        asked: Asked,
        taker: BulkTaker,
    ) -> Result<BulkFetched, CentralError> {
        let response = self.stream(path, body).await?;
        let (frames, parser) = mpsc::channel(FRAMES);
        let ours = self.exchanger.config().institution_code.clone();
        let parsing = tokio::task::spawn_blocking(move || parse(parser, &ours, &asked, taker));
        let pumped = timeout(LONGEST, pump(response, frames)).await;
        let parsed = parsing
            .await
            .map_err(|_| CentralError::bad_answer("reading it failed"))?;
        match (pumped, parsed) {
            (_, Err(Parse::Stopped)) => Err(CentralError::bad_answer("its taker wanted no more")),
            // What the parser says about a body that came whole is the truth; a body that was cut is the network's.
            (Ok(Ok(())), Err(Parse::Bad(detail))) => Err(CentralError::bad_answer(detail)),
            (Ok(Ok(())), Ok(fetched)) => Ok(fetched),
            (Ok(Err(error)), _) => Err(error),
            (Err(_), _) => Err(timed_out("the download took too long")),
        }
    }

    /// The response to a post, its body still to come.
    async fn stream(&self, path: &str, body: Bytes) -> Result<Lent, CentralError> {
        let deadline = self.exchanger.deadline();
        let mut token = self.token(None, deadline).await?;
        let mut again = true;
        loop {
            match self
                .exchanger
                .open(path, body.clone(), &token, deadline)
                .await
                .map_err(|e| self.explain(e))?
            {
                Ok(incoming) => return Ok(incoming),
                Err(Answer::Unauthorized(_)) if again => {
                    again = false;
                    token = self.token(Some(&token), deadline).await?;
                }
                Err(Answer::Unauthorized(words)) => return Err(crate::login::refused(words)),
                Err(Answer::Refused(words)) => {
                    return Err(CentralError::Refused {
                        code: words.code,
                        message: words.message,
                    });
                }
                Err(Answer::Ok(_)) => return Err(CentralError::bad_answer("an empty answer")),
            }
        }
    }
}

enum Parse {
    Stopped,
    Bad(String),
}

/// Body frames to the channel. Ends early without error when the parser wants no more.
async fn pump(mut lent: Lent, frames: mpsc::Sender<Bytes>) -> Result<(), CentralError> {
    let broken = |error: &dyn std::fmt::Display| {
        CentralError::unreachable(UnreachableCause::Broken, error.to_string())
    };
    loop {
        let next = timeout_at(Instant::now() + SILENCE, lent.body.frame()).await;
        let frame = match next.map_err(|_| timed_out("the download stands still"))? {
            None => return Ok(()),
            Some(frame) => frame.map_err(|error| broken(&error))?,
        };
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
            && frames.send(data).await.is_err()
        {
            return Ok(());
        }
    }
}

/// Blocking reader over the channel.
struct Frames {
    frames: mpsc::Receiver<Bytes>,
    rest: Bytes,
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.frames.blocking_recv() {
                Some(frame) => self.rest = frame,
                None => return Ok(0),
            }
        }
        let take = self.rest.len().min(buffer.len());
        let part = self.rest.split_to(take);
        if let Some(target) = buffer.get_mut(..take) {
            target.copy_from_slice(&part);
        }
        Ok(take)
    }
}

fn parse(
    frames: mpsc::Receiver<Bytes>,
    ours: &str,
    asked: &Asked,
    mut taker: BulkTaker,
) -> Result<BulkFetched, Parse> {
    let mut reader = Frames {
        frames,
        rest: Bytes::new(),
    };
    let mut head = [0; 64];
    let mut filled = 0;
    while filled < head.len() {
        let read = reader.read(head.get_mut(filled..).unwrap_or_default());
        match read.map_err(|error| Parse::Bad(error.to_string()))? {
            0 => break,
            read => filled += read,
        }
    }
    let head = head.get(..filled).unwrap_or_default().to_vec();
    let kind = if zip::is_zip(&head) {
        Kind::Zip
    } else if head.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{') {
        Kind::Plain(Form::Json)
    } else {
        Kind::Plain(Form::Xml)
    };
    let limits = BulkLimits::default();
    let mut header = None;
    let mut foreign = false;
    let mut each = |part: BulkPart| {
        if let BulkPart::Header(found) = &part {
            let institution = found.medical_institution_code.as_deref();
            let echo = found.arbitrary_file_identifier.as_deref().map(str::trim);
            foreign = institution.is_some_and(|told| told.trim() != ours)
                || (asked.identifier.is_some() && echo != asked.identifier.as_deref())
                || asked.is_another_job(found.reception_number.as_deref());
            if foreign {
                return Err(OqsError::Stopped);
            }
            header = Some(found.clone());
        }
        taker(part)
    };
    let mut whole = io::Cursor::new(head).chain(reader);
    let outcome = match kind {
        Kind::Plain(form) => read_bulk(&mut whole, form, &limits, &mut each),
        Kind::Zip => {
            let mut bytes = Vec::new();
            let limit = zip::MAX_ZIP as u64 + 1;
            let read = whole.take(limit).read_to_end(&mut bytes);
            read.map_err(|error| Parse::Bad(error.to_string()))?;
            zip::open(&bytes, limits.bytes)
                .and_then(|message| read_bulk(message.reader(), message.form, &limits, &mut each))
        }
    };
    let persons = match outcome {
        Ok(persons) => persons,
        Err(_) if foreign => return Err(Parse::Bad("it is for another request".to_owned())),
        Err(OqsError::Stopped) => return Err(Parse::Stopped),
        Err(error) => return Err(Parse::Bad(error.to_string())),
    };
    let header = header.ok_or_else(|| Parse::Bad("it has no header".to_owned()))?;
    let announced = header
        .number_of_results
        .as_deref()
        .and_then(|n| n.trim().parse().ok());
    let state = header.bulk_state();
    if state == BulkState::Finished
        && announced.is_some_and(|announced: usize| announced != persons)
    {
        return Err(Parse::Bad(
            "it holds another number of persons than it says".to_owned(),
        ));
    }
    Ok(BulkFetched {
        state,
        persons,
        announced,
    })
}
