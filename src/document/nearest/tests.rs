use super::nearest;

#[test]
fn near_is_one_edit_in_three_characters() {
    let elements = ["Action", "NotAction", "Effect", "Sid"];
    assert_eq!(nearest("action", elements), Some("Action"));
    assert_eq!(nearest("Actions", elements), Some("Action"));
    assert_eq!(nearest("Effcet", elements), Some("Effect"));
    assert_eq!(nearest("Comment", elements), None);
}
