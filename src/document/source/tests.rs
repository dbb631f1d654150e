use super::{STRIDE, Source};

#[test]
fn columns_count_characters() {
    let source = Source::new("f", "ab\né𝄞x\r\n\n".to_owned());
    let at = |offset| source.line_and_column(offset);
    assert_eq!([at(0), at(1), at(2)], [(1, 1), (1, 2), (1, 3)]);
    assert_eq!([at(3), at(5), at(9)], [(2, 1), (2, 2), (2, 3)]);
    assert_eq!([at(12), at(13), at(99)], [(3, 1), (4, 1), (4, 1)]);
    assert_eq!(source.line(5).of(source.text()), "é𝄞x");
}

#[test]
fn a_line_may_be_longer_than_the_stride() {
    for length in [STRIDE - 1, STRIDE, STRIDE + 1, 3 * STRIDE] {
        let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
        let source = Source::new("f", text.clone());
        assert_eq!(source.line_and_column(length as u32), (1, text.chars().count() as u32 + 1), "{length}");
    }
}

#[test]
fn bytes_that_are_no_text_have_a_place() {
    let error = Source::from_bytes("f", b"{\n \"\xc3\xa9\xff\"}".to_vec()).expect_err("0xff is never UTF-8");
    assert_eq!(error.problem.message, "the byte 0xff is not UTF-8 here");
    let location = error.source.locate(&error.problem.place);
    assert_eq!((location.line, location.column), (2, 4));
}
