//! The files that an estate was loaded from. Their text is read again when a position in them is shown.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::problem::{Position, Problem, ProblemKind, Spot};
use super::read::Value;
use super::{Place, PolicyRef, PolicyStore};
use crate::document::{self, Origin, PolicyText, Span};

/// A file of [`Sources`], numbered in the order of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(super) u32);

/// A file that belongs to an estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path, beginning with the path by which the estate was named.
    pub path: Arc<Path>,
    /// Its size on disk, in bytes.
    pub size: u64,
    /// When it was last written: the date of the export, as far as a file tells. None if the file system does not say.
    pub modified: Option<SystemTime>,
}

/// The files of an estate, in the order of their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// The files, whose ids follow their order.
    pub(super) fn new(files: Vec<Source>) -> Self {
        Self { files }
    }

    /// The file of an id; `None` only for an id of another estate.
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.files.get(file.0 as usize)
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The text of a file, decompressed.
    ///
    /// # Errors
    /// The file can't be read, is damaged, too long, or not UTF-8.
    pub fn read(&self, file: FileId) -> Result<String, Box<Problem>> {
        let Some(source) = self.get(file) else {
            return Err(Problem::of_file(ProblemKind::NotFound, Path::new("")).into());
        };
        let mut bytes = Vec::new();
        read_text(source, &mut bytes)?;
        String::from_utf8(bytes)
            .map_err(|_| Problem::of_file(ProblemKind::NotUtf8, source.path.clone()).into())
    }
}

/// Reads a file into `bytes`, decompressing it if its name ends in `.gz`, and checks that it is UTF-8.
pub(super) fn read_text<'a>(source: &Source, bytes: &'a mut Vec<u8>) -> Result<&'a str, Box<Problem>> {
    let of_file = |kind| Box::new(Problem::of_file(kind, source.path.clone()));
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => of_file(ProblemKind::NotFound),
        _ => of_file(ProblemKind::Unreadable(error.to_string())),
    };
    bytes.clear();
    let mut file = File::open(&source.path).map_err(unreadable)?;
    if source.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
        let limit = u64::from(u32::MAX);
        let mut stream = flate2::read::MultiGzDecoder::new(file).take(limit);
        stream.read_to_end(bytes).map_err(|error| of_file(ProblemKind::NotGzip(error.to_string())))?;
    } else {
        bytes.reserve_exact(source.size as usize + 1);
        file.read_to_end(bytes).map_err(unreadable)?;
    }
    if bytes.len() >= u32::MAX as usize {
        return Err(of_file(ProblemKind::TooLong));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let before = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let mut problem = of_file(ProblemKind::NotUtf8);
            problem.at.spot = Some(spot(before, before.len()));
            Err(problem)
        }
    }
}

/// Line, column and JSON path of a byte of a text.
pub(super) fn spot(text: &str, offset: usize) -> Spot {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = memchr::memchr_iter(b'\n', before).count() as u32 + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() as u32 + 1;
    Spot { offset, line, column, path: super::read::path_to(text, offset) }
}

/// A file, and where it holds policies: what leads from places in their texts to places in the file. None for a policy
/// that the file no longer holds.
pub type FoundPolicies = (document::Source, Vec<Option<Origin>>);

/// A file, and where some values of it are.
pub type FoundValues = (document::Source, Vec<Option<document::Place>>);

impl Sources {
    /// Finds many policies of one file in one pass: the offsets where they start, in their order, with their texts.
    ///
    /// # Errors
    /// Those of [`Sources::read`].
    pub fn policies_in(&self, file: FileId, policies: &[(u32, &str)]) -> Result<FoundPolicies, Box<Problem>> {
        let text = self.read(file)?;
        let starts_with = |offset: u32, byte| text.as_bytes().get(offset as usize) == Some(&byte);
        // An object stands in the file as it is kept, so its end is known; a string has escapes.
        let places: Vec<(u32, Option<usize>)> = policies
            .iter()
            .map(|&(offset, known)| (offset, starts_with(offset, b'{').then_some(known.len())))
            .collect();
        let paths = super::read::paths_to(&text, &places);
        let found = places.iter().zip(policies).zip(paths).map(|((&(offset, length), (_, known)), path)| {
            let path = path?;
            if let Some(length) = length {
                let span = Span::new(offset, offset + length as u32);
                let same = span.of(&text) == *known;
                return same.then_some(Origin { span, form: document::PolicyForm::Object, path });
            }
            let span = Span::new(offset, Value::at(&text, offset as usize)?.end() as u32);
            let now = PolicyText::decode(span.of(&text)).ok().filter(|now| now.text == *known)?;
            Some(Origin { span, form: now.form, path })
        });
        let found = found.collect();
        let name =
            self.get(file).map(|source| source.path.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((document::Source::new(name, text), found))
    }
}

impl Sources {
    /// Finds values of one file in one pass: the offsets where they start, in their order. None for one that the file no longer holds.
    ///
    /// # Errors
    /// Those of [`Sources::read`].
    pub fn values_in(&self, file: FileId, offsets: &[u32]) -> Result<FoundValues, Box<Problem>> {
        let text = self.read(file)?;
        let places: Vec<(u32, Option<usize>)> = offsets.iter().map(|&offset| (offset, None)).collect();
        let paths = super::read::paths_to(&text, &places);
        let found = offsets.iter().zip(paths).map(|(&offset, path)| {
            let span = Span::new(offset, Value::at(&text, offset as usize)?.end() as u32);
            Some(document::Place { path: path?, span })
        });
        let found = found.collect();
        let name =
            self.get(file).map(|source| source.path.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((document::Source::new(name, text), found))
    }
}

/// Finds places in files, keeping the text of the file that was asked for last: ask in the order of files.
pub struct Locator<'a> {
    sources: &'a Sources,
    last: Option<(FileId, Arc<document::Source>)>,
}

impl<'a> Locator<'a> {
    /// A locator that has not read anything yet.
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, last: None }
    }

    /// The file that a value is in, with the JSON path and the span of the value.
    ///
    /// # Errors
    /// Those of [`Sources::read`]; and [`ProblemKind::Changed`] if no value starts there any more.
    pub fn locate(&mut self, place: Place) -> Result<(Arc<document::Source>, document::Place), Box<Problem>> {
        let source = self.source(place.file)?;
        let text = source.text();
        match Value::at(text, place.offset as usize) {
            Some(value) => {
                let span = Span::new(place.offset, value.end() as u32);
                let path = super::read::path_to(text, place.offset as usize);
                Ok((source, document::Place { path, span }))
            }
            None => Err(self.changed(place.file)),
        }
    }

    /// The file that a policy is in, and what leads from places in its text to places in the file. None for a policy
    /// that an edit brought in.
    ///
    /// # Errors
    /// Those of [`Sources::read`]; and [`ProblemKind::Changed`] if the file no longer holds the policy there.
    pub fn policy(
        &mut self,
        policy: &PolicyRef,
        store: &PolicyStore,
    ) -> Result<Option<(Arc<document::Source>, Origin)>, Box<Problem>> {
        let Some(place) = policy.place else { return Ok(None) };
        let (source, found) = self.locate(place)?;
        let known = store.get(policy.document).map(|stored| &*stored.text);
        match PolicyText::decode(found.span.of(source.text())) {
            Ok(now) if Some(&*now.text) == known => {
                let origin = Origin { span: found.span, form: now.form, path: found.path };
                Ok(Some((source, origin)))
            }
            _ => Err(self.changed(place.file)),
        }
    }

    /// Where in its file a value starts.
    pub(super) fn position(&mut self, place: Place) -> Position {
        match self.source(place.file) {
            Ok(source) => {
                let spot = Some(spot(source.text(), place.offset as usize));
                Position { file: self.path(place.file), spot }
            }
            Err(problem) => problem.at,
        }
    }

    fn source(&mut self, file: FileId) -> Result<Arc<document::Source>, Box<Problem>> {
        match &self.last {
            Some((last, source)) if *last == file => Ok(source.clone()),
            _ => {
                let text = self.sources.read(file)?;
                let source = Arc::new(document::Source::new(self.path(file).to_string_lossy(), text));
                self.last = Some((file, source.clone()));
                Ok(source)
            }
        }
    }

    fn path(&self, file: FileId) -> Arc<Path> {
        self.sources.get(file).map_or_else(|| Path::new("").into(), |source| source.path.clone())
    }

    fn changed(&self, file: FileId) -> Box<Problem> {
        Box::new(Problem::of_file(ProblemKind::Changed, self.path(file)))
    }
}
