//! Accounts -> where organisations list them.

use std::collections::BTreeMap;

use crate::estate::{AccountId, Estate, FileId};
use crate::output::PlaceView;

/// Where the files of an estate list accounts, given by their ids; each file is read once.
pub fn listed(estate: &Estate, accounts: &[&str]) -> Vec<Option<PlaceView>> {
    let place_of = |name: &&str| estate.listed_at(name.parse::<AccountId>().ok()?);
    let mut wanted: BTreeMap<FileId, Vec<u32>> = BTreeMap::new();
    for place in accounts.iter().filter_map(place_of) {
        wanted.entry(place.file).or_default().push(place.offset);
    }
    let mut found: BTreeMap<(FileId, u32), PlaceView> = BTreeMap::new();
    for (file, mut offsets) in wanted {
        offsets.sort_unstable();
        offsets.dedup();
        // A file that is gone has no places.
        let Ok((source, places)) = estate.sources.values_in(file, &offsets) else { continue };
        for (offset, place) in offsets.into_iter().zip(places) {
            let Some(place) = place else { continue };
            let (line, column) = source.line_and_column(place.span.start);
            let (name, file_name, path) = (String::new(), source.name().to_owned(), place.path.to_string());
            found.insert((file, offset), PlaceView { name, file: file_name, line, column, path });
        }
    }
    let view = |name: &&str| {
        let place = place_of(name)?;
        let view = found.get(&(place.file, place.offset))?;
        Some(PlaceView { name: (*name).to_owned(), ..view.clone() })
    };
    accounts.iter().map(view).collect()
}
