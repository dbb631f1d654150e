//! Any bytes as a rule file: no panic, places lie in the text, what is printed reads back.
#![no_main]

use entail::datalog::text::parse;
use entail::document::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("fuzz.rules", bytes.to_vec()) else { return };
    let text = source.text();
    let parsed = parse(text);
    for problem in &parsed.problems {
        assert!(problem.span.start <= problem.span.end && problem.span.end as usize <= text.len());
        assert!(!problem.render(&source).is_empty());
    }
    let mut printed = Vec::new();
    parsed.file.write(&mut printed).expect("a vector takes all");
    let printed = String::from_utf8(printed).expect("UTF-8");
    let again = parse(&printed);
    assert!(again.problems.is_empty(), "{printed}");
    let mut twice = Vec::new();
    again.file.write(&mut twice).expect("a vector takes all");
    assert_eq!(printed.as_bytes(), twice);
});
