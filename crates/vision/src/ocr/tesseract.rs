//! Tesseract through its C interface, found at run time: without it the terminal works, and the number is typed.
//!
//! The library is C++ and reads pixels of strangers' cards, so it is loaded in the worker only, which may die of it.
#![allow(
    unsafe_code,
    reason = "calls into a C library; every pointer is checked and freed here"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

use nix::libc;

/// What can be on a card front where we read: all else would only be mistaken.
const LETTERS: &CStr = c"0123456789年月日生まで有効明治大正昭和平成令元末";
const LIBRARY: &CStr = c"libtesseract.so.5";
const LANGUAGE: &CStr = c"jpn";
/// Most symbols of one picture.
const MOST: usize = 4096;
const SYMBOL: c_int = 4;
const LINE: c_int = 2;

/// Why nothing can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OcrError {
    /// The library or its data is not installed.
    #[error("Tesseract with Japanese is not there: {0}")]
    Absent(String),
    /// It does not take the picture.
    #[error("Tesseract failed: {0}")]
    Failed(&'static str),
}

/// How the text lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Anywhere.
    Sparse,
    /// One line.
    Line,
}

/// A read character.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Symbol {
    /// Which.
    pub letter: char,
    /// 0..100.
    pub confidence: f32,
    /// Left, top, right, bottom, pixels.
    pub place: [i32; 4],
}

type Handle = *mut c_void;

/// The functions that are used.
struct Calls {
    create: unsafe extern "C" fn() -> Handle,
    init: unsafe extern "C" fn(Handle, *const c_char, *const c_char) -> c_int,
    set: unsafe extern "C" fn(Handle, *const c_char, *const c_char) -> c_int,
    mode: unsafe extern "C" fn(Handle, c_int),
    image: unsafe extern "C" fn(Handle, *const u8, c_int, c_int, c_int, c_int),
    resolution: unsafe extern "C" fn(Handle, c_int),
    recognise: unsafe extern "C" fn(Handle, *mut c_void) -> c_int,
    iterator: unsafe extern "C" fn(Handle) -> Handle,
    page: unsafe extern "C" fn(Handle) -> Handle,
    text: unsafe extern "C" fn(Handle, c_int) -> *mut c_char,
    confidence: unsafe extern "C" fn(Handle, c_int) -> f32,
    bounds: unsafe extern "C" fn(
        Handle,
        c_int,
        *mut c_int,
        *mut c_int,
        *mut c_int,
        *mut c_int,
    ) -> c_int,
    begins: unsafe extern "C" fn(Handle, c_int) -> c_int,
    next: unsafe extern "C" fn(Handle, c_int) -> c_int,
    free_text: unsafe extern "C" fn(*const c_char),
    free_iterator: unsafe extern "C" fn(Handle),
    clear: unsafe extern "C" fn(Handle),
    delete: unsafe extern "C" fn(Handle),
}

/// A ready engine; used by one thread.
pub struct Tesseract {
    calls: Calls,
    handle: Handle,
}

// SAFETY: the engine keeps no thread-local state; it is owned by one thread at a time.
unsafe impl Send for Tesseract {}

impl Tesseract {
    /// Loads the library and the Japanese data; to be done before the sandbox closes.
    pub fn load() -> Result<Self, OcrError> {
        // One thread, as for the face models.
        // SAFETY: called while the process is still single-threaded at start; the names are constants.
        unsafe { libc::setenv(c"OMP_THREAD_LIMIT".as_ptr(), c"1".as_ptr(), 1) };
        // SAFETY: plain dlopen of a fixed name.
        let library = unsafe { libc::dlopen(LIBRARY.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() {
            return Err(OcrError::Absent(LIBRARY.to_string_lossy().into_owned()));
        }
        macro_rules! call {
            ($name:literal) => {{
                // SAFETY: the library is loaded and never closed.
                let found = unsafe { libc::dlsym(library, $name.as_ptr()) };
                if found.is_null() {
                    return Err(OcrError::Absent($name.to_string_lossy().into_owned()));
                }
                #[expect(
                    clippy::missing_transmute_annotations,
                    reason = "the field it is stored in names the type"
                )]
                // SAFETY: the symbol has this signature in tesseract/capi.h of version 5.
                unsafe {
                    std::mem::transmute(found)
                }
            }};
        }
        let calls = Calls {
            create: call!(c"TessBaseAPICreate"),
            init: call!(c"TessBaseAPIInit3"),
            set: call!(c"TessBaseAPISetVariable"),
            mode: call!(c"TessBaseAPISetPageSegMode"),
            image: call!(c"TessBaseAPISetImage"),
            resolution: call!(c"TessBaseAPISetSourceResolution"),
            recognise: call!(c"TessBaseAPIRecognize"),
            iterator: call!(c"TessBaseAPIGetIterator"),
            page: call!(c"TessResultIteratorGetPageIterator"),
            text: call!(c"TessResultIteratorGetUTF8Text"),
            confidence: call!(c"TessResultIteratorConfidence"),
            bounds: call!(c"TessPageIteratorBoundingBox"),
            begins: call!(c"TessPageIteratorIsAtBeginningOf"),
            next: call!(c"TessResultIteratorNext"),
            free_text: call!(c"TessDeleteText"),
            free_iterator: call!(c"TessResultIteratorDelete"),
            clear: call!(c"TessBaseAPIClear"),
            delete: call!(c"TessBaseAPIDelete"),
        };
        // SAFETY: no arguments.
        let handle = unsafe { (calls.create)() };
        if handle.is_null() {
            return Err(OcrError::Failed("no engine"));
        }
        let engine = Self { calls, handle };
        // SAFETY: the handle is live, a null path means the installed data.
        let state = unsafe { (engine.calls.init)(handle, ptr::null(), LANGUAGE.as_ptr()) };
        if state != 0 {
            return Err(OcrError::Absent("tessdata for jpn".into()));
        }
        for (name, value) in [
            (c"tessedit_char_whitelist", LETTERS),
            (c"debug_file", c"/dev/null"),
        ] {
            // SAFETY: the handle is live, both are C strings.
            unsafe { (engine.calls.set)(handle, name.as_ptr(), value.as_ptr()) };
        }
        Ok(engine)
    }

    /// The lines of a grey picture, rows of `width` bytes.
    pub fn lines(
        &self,
        grey: &[u8],
        width: usize,
        height: usize,
        layout: Layout,
    ) -> Result<Vec<Vec<Symbol>>, OcrError> {
        let (Ok(columns), Ok(rows)) = (c_int::try_from(width), c_int::try_from(height)) else {
            return Err(OcrError::Failed("too large"));
        };
        if width == 0
            || height == 0
            || width > 4000
            || height > 4000
            || grey.len() != width * height
        {
            return Err(OcrError::Failed("size"));
        }
        let mode = match layout {
            Layout::Sparse => 11,
            Layout::Line => 7,
        };
        // SAFETY: the handle is live; the picture has the told size and outlives the recognition, after which it is cleared.
        let state = unsafe {
            (self.calls.mode)(self.handle, mode);
            (self.calls.image)(self.handle, grey.as_ptr(), columns, rows, 1, columns);
            (self.calls.resolution)(self.handle, 300);
            (self.calls.recognise)(self.handle, ptr::null_mut())
        };
        let lines = if state == 0 {
            self.collect()
        } else {
            Vec::new()
        };
        // SAFETY: the handle is live.
        unsafe { (self.calls.clear)(self.handle) };
        if state == 0 {
            Ok(lines)
        } else {
            Err(OcrError::Failed("recognition"))
        }
    }

    fn collect(&self) -> Vec<Vec<Symbol>> {
        let mut lines: Vec<Vec<Symbol>> = Vec::new();
        // SAFETY: the handle is live and recognition succeeded.
        let iterator = unsafe { (self.calls.iterator)(self.handle) };
        if iterator.is_null() {
            return lines;
        }
        // SAFETY: the page iterator is a view of the same object and is not freed by itself.
        let page = unsafe { (self.calls.page)(iterator) };
        for _ in 0..MOST {
            // SAFETY: iterator and page are live.
            if lines.is_empty() || unsafe { (self.calls.begins)(page, LINE) } != 0 {
                lines.push(Vec::new());
            }
            if let Some(symbol) = self.symbol(iterator, page)
                && let Some(line) = lines.last_mut()
            {
                line.push(symbol);
            }
            // SAFETY: as above.
            if unsafe { (self.calls.next)(iterator, SYMBOL) } == 0 {
                break;
            }
        }
        // SAFETY: made above, not used any more.
        unsafe { (self.calls.free_iterator)(iterator) };
        lines
    }

    fn symbol(&self, iterator: Handle, page: Handle) -> Option<Symbol> {
        // SAFETY: iterator and page are live; the text is freed right after it was read.
        unsafe {
            let text = (self.calls.text)(iterator, SYMBOL);
            if text.is_null() {
                return None;
            }
            let letter = CStr::from_ptr(text)
                .to_str()
                .ok()
                .and_then(|text| text.chars().next());
            (self.calls.free_text)(text);
            let confidence = (self.calls.confidence)(iterator, SYMBOL);
            let [mut left, mut top, mut right, mut bottom] = [0; 4];
            (self.calls.bounds)(
                page,
                SYMBOL,
                &raw mut left,
                &raw mut top,
                &raw mut right,
                &raw mut bottom,
            );
            Some(Symbol {
                letter: letter?,
                confidence,
                place: [left, top, right, bottom],
            })
        }
    }
}

impl Drop for Tesseract {
    fn drop(&mut self) {
        // SAFETY: the handle was made by this library and is not used any more.
        unsafe { (self.calls.delete)(self.handle) };
    }
}

/// For messages: the language that must be installed.
pub fn language() -> CString {
    LANGUAGE.to_owned()
}
