//! Writes the compact text of the catalog: `generate-catalog PACKAGE_DIRECTORY OUTPUT_FILE`.

mod package;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [package, output] = arguments.as_slice() else {
        return Err("usage: generate-catalog PACKAGE_DIRECTORY OUTPUT_FILE".into());
    };
    std::fs::write(output, package::catalog_text(Path::new(package))?)?;
    Ok(())
}
