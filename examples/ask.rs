//! One question and its reverse: may bob read a build artifact, and who may?
//!
//!     cargo run --release --example ask

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::error::Error;

use entail::answers::{Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, LoadOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let estate = Estate::load("examples/acme".as_ref(), &LoadOptions::default())?;
    let engine = Engine::new(&estate, EngineOptions::default());
    let artifact = "arn:aws:s3:::acme-artifacts/shop.zip";

    let answer = engine.can(&Question::new("bob", "s3:GetObject", artifact))?;
    println!("bob: {}", answer.decided.decision.name());

    let reverse = Reverse {
        action: "s3:GetObject".to_owned(),
        resource: Some(artifact.to_owned()),
        ..Reverse::default()
    };
    for row in engine.who_can(&reverse)?.rows {
        println!("{} {}", engine.facts().principal(row.principal).name, row.decided.decision.name());
    }
    Ok(())
}
