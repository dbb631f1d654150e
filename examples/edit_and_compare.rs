//! What would change if a role could read everything? Ask, edit, ask again.
//!
//!     cargo run --release --example edit_and_compare

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::collections::BTreeSet;
use std::error::Error;

use entail::answers::{Engine, EngineOptions, Reverse};
use entail::estate::{Estate, LoadOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let estate = Estate::load("examples/acme".as_ref(), &LoadOptions::default())?;
    let before = Engine::new(&estate, EngineOptions::default());

    // An edit makes a new estate; the old one and its engine stay as they are.
    let role = "arn:aws:iam::333333333333:role/github-build";
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#;
    let edited = estate.with_inline(role, "read-everything", text)?;
    let after = before.edited(&edited);

    for bucket in estate.resources.keys().filter(|arn| arn.starts_with("arn:aws:s3:::")) {
        let object = format!("{bucket}/any");
        let (had, has) = (readers(&before, &object)?, readers(&after, &object)?);
        for gained in has.difference(&had) {
            println!("{gained} gains {object}");
        }
    }
    Ok(())
}

fn readers(engine: &Engine, object: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let action = "s3:GetObject".to_owned();
    let reverse = Reverse { action, resource: Some(object.to_owned()), ..Reverse::default() };
    let name = |row| engine.facts().principal(row).name.to_string();
    Ok(engine.who_can(&reverse)?.rows.iter().map(|row| name(row.principal)).collect())
}
