//! Pictures that people named, each looked at once. One bad file among thousands is named and counted, and what lies under several names (another
//! spelling of the path, a link, a copy) is one picture: its distance to itself is 0 and says nothing about a person.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use ring::digest::{Context as Hasher, SHA256};
use serde::Serialize;
use vision::embed::Embedding;
use vision::frame::Picture;
use vision::recognise::Recogniser;

/// A file, and what is wrong with it.
#[derive(Debug, Serialize)]
pub(crate) struct Named {
    pub(crate) file: String,
    pub(crate) reason: String,
}

/// A line for each of the files, behind a line break.
pub(crate) fn lines(files: &[Named]) -> String {
    files
        .iter()
        .map(|bad| format!("\n  {}: {}", bad.file, bad.reason))
        .collect()
}

/// The same below a heading with their number; nothing when there are none.
pub(crate) fn counted(heading: &str, files: &[Named]) -> String {
    match files.len() {
        0 => String::new(),
        count => format!("\n{heading}: {count}{}", lines(files)),
    }
}

/// A file that shows the same picture as one before it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Copy {
    pub(crate) file: String,
    /// The one that is looked at.
    pub(crate) same_as: String,
}

/// The same as [`counted`], of copies.
pub(crate) fn counted_copies(heading: &str, copies: &[Copy]) -> String {
    match copies.len() {
        0 => String::new(),
        count => {
            let lines: String = copies
                .iter()
                .map(|copy| format!("\n  {}: the same picture as {}", copy.file, copy.same_as))
                .collect();
            format!("\n{heading}: {count}{lines}")
        }
    }
}

/// What came of looking at a file.
enum Looked {
    Face(Embedding),
    /// No face, or several.
    Unfit,
    Unreadable,
    /// Its picture came before, under this name.
    CopyOf(String),
}

/// What was looked at so far.
pub(crate) struct Album<'a> {
    recogniser: &'a Recogniser,
    /// By the name that was given.
    files: HashMap<String, Looked>,
    /// First name of each picture, by its pixels.
    first: HashMap<Vec<u8>, String>,
    /// Files that can't be read.
    pub(crate) unreadable: Vec<Named>,
    /// Files that show no face, or several.
    pub(crate) undetected: Vec<Named>,
    /// Files whose picture came before under another name.
    pub(crate) copies: Vec<Copy>,
}

impl<'a> Album<'a> {
    pub(crate) fn new(recogniser: &'a Recogniser) -> Self {
        Self {
            recogniser,
            files: HashMap::new(),
            first: HashMap::new(),
            unreadable: Vec::new(),
            undetected: Vec::new(),
            copies: Vec::new(),
        }
    }

    /// Looks at a file, once for each name. Fails only when the models do.
    pub(crate) fn look(&mut self, name: &str, path: &Path) -> Result<()> {
        if self.files.contains_key(name) {
            return Ok(());
        }
        let looked = match super::picture_of_any_size(path) {
            Ok(picture) => self.looked(name, &picture)?,
            Err(error) => {
                self.unreadable.push(named(name, &format!("{error:#}")));
                Looked::Unreadable
            }
        };
        self.files.insert(name.to_owned(), looked);
        Ok(())
    }

    fn looked(&mut self, name: &str, picture: &Picture) -> Result<Looked> {
        let pixels = pixels(picture);
        if let Some(same_as) = self.first.get(&pixels).cloned() {
            let file = name.to_owned();
            self.copies.push(Copy {
                file,
                same_as: same_as.clone(),
            });
            return Ok(Looked::CopyOf(same_as));
        }
        self.first.insert(pixels, name.to_owned());
        let seen = super::description(self.recogniser, picture)?;
        if let Some(reason) = seen.unfit() {
            self.undetected.push(named(name, reason));
        }
        Ok(seen.one().map_or(Looked::Unfit, Looked::Face))
    }

    /// The name under which a file's picture came first: its own, when it is no copy.
    pub(crate) fn original<'b>(&'b self, name: &'b str) -> &'b str {
        match self.files.get(name) {
            Some(Looked::CopyOf(first)) => first,
            _ => name,
        }
    }

    /// The one face of a file's picture.
    pub(crate) fn face(&self, name: &str) -> Option<&Embedding> {
        match self.files.get(self.original(name))? {
            Looked::Face(face) => Some(face),
            Looked::Unfit | Looked::Unreadable | Looked::CopyOf(_) => None,
        }
    }

    /// The same, given away.
    pub(crate) fn take_face(&mut self, name: &str) -> Option<Embedding> {
        match self.files.remove(name)? {
            Looked::Face(face) => Some(face),
            Looked::Unfit | Looked::Unreadable | Looked::CopyOf(_) => None,
        }
    }

    /// Whether a file was looked at and can be read.
    pub(crate) fn readable(&self, name: &str) -> bool {
        !matches!(self.files.get(name), None | Some(Looked::Unreadable))
    }
}

fn named(file: &str, reason: &str) -> Named {
    Named {
        file: file.to_owned(),
        reason: reason.to_owned(),
    }
}

/// SHA-256 of size and pixels: the same for every file that holds this picture, whatever else stands in it.
fn pixels(picture: &Picture) -> Vec<u8> {
    let mut hasher = Hasher::new(&SHA256);
    for side in [picture.width(), picture.height()] {
        hasher.update(&side.to_be_bytes());
    }
    hasher.update(picture.rgb());
    hasher.finish().as_ref().to_vec()
}
