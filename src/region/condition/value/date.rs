//! Instants: ISO 8601 in the W3C profile, or epoch seconds (S-COND-35, S-COND-36, S-COND-54; U-51).

use super::{Number, scaled};

const DAY: i128 = 86_400;

/// Reads an instant as epoch seconds. A text of digits alone is epoch seconds (U-20); a time without zone is UTC.
pub(in super::super) fn parse(text: &str) -> Option<Number> {
    Number::parse(text).or_else(|| parse_iso(text))
}

/// The instant `YYYY-MM-DDThh:mm:ssZ`, with a fraction if it has one; `None` outside the years 1 to 9999.
pub(in super::super) fn iso_text(instant: Number) -> Option<String> {
    let (seconds, fraction) = (instant.0.div_euclid(Number::ONE), instant.0.rem_euclid(Number::ONE));
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    if !(1..=9999).contains(&year) {
        return None;
    }
    let time = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let fraction = format!("{fraction:018}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{point}{fraction}Z"))
}

fn parse_iso(text: &str) -> Option<Number> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = digits(fields.next()?, 4)?;
    let month = digits(fields.next()?, 2)?;
    let day = fields.next().map(|day| digits(day, 2));
    if fields.next().is_some() || (time.is_some() && day.is_none()) {
        return None;
    }
    let day = day.unwrap_or(Some(1))?;
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let midnight = days(year, month, day) * DAY * Number::ONE;
    let time = time.map_or(Some(0), parse_time)?;
    Some(Number(midnight + time))
}

/// `hh:mm[:ss[.f]][Z|+hh:mm|-hh:mm]` since midnight UTC, in units of 10⁻¹⁸ seconds.
fn parse_time(text: &str) -> Option<i128> {
    let (time, offset) = match text.strip_suffix('Z') {
        Some(time) => (time, 0),
        None => match text.rfind(['+', '-']) {
            Some(at) => (text.get(..at)?, parse_offset(text.get(at..)?)?),
            None => (text, 0),
        },
    };
    let mut fields = time.split(':');
    let hour = digits(fields.next()?, 2).filter(|&hour| hour < 24)?;
    let minute = digits(fields.next()?, 2).filter(|&minute| minute < 60)?;
    let second = match fields.next() {
        None => 0,
        Some(second) => {
            let (whole, fraction) = match second.split_once('.') {
                Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
                Some(_) => return None,
                None => (second, ""),
            };
            digits(whole, 2).filter(|&second| second <= 60)?;
            scaled(whole, fraction)?
        }
    };
    if fields.next().is_some() {
        return None;
    }
    Some((hour * 3600 + minute * 60 - offset) * Number::ONE + second)
}

fn parse_offset(text: &str) -> Option<i128> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let hours = digits(hours, 2).filter(|&hours| hours < 24)?;
    let minutes = digits(minutes, 2).filter(|&minutes| minutes < 60)?;
    let seconds = hours * 3600 + minutes * 60;
    Some(if text.starts_with('-') { -seconds } else { seconds })
}

fn digits(text: &str, count: usize) -> Option<i128> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn is_leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(in super::super) fn days_in_month(year: i128, month: i128) -> i128 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, counted in years that begin in March so that the leap day is the last.
fn days(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days`].
fn civil(days: i128) -> (i128, i128, i128) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i128::from(month <= 2);
    (year, month, day)
}
