//! Rule files without mistakes: formatting says the same and changes nothing when it is done again.
#![no_main]

use entail::datalog::text::{File, format, parse};
use libfuzzer_sys::fuzz_target;

fn said(file: &File) -> Vec<u8> {
    let mut text = Vec::new();
    file.write(&mut text).expect("a vector takes all");
    text
}

fuzz_target!(|text: &str| {
    let Ok(formatted) = format(text) else { return };
    assert_eq!(format(&formatted).as_ref(), Ok(&formatted));
    assert_eq!(said(&parse(&formatted).file), said(&parse(text).file));
});
