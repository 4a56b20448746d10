use super::*;

#[test]
fn an_instant_prints_with_six_digits_in_utc() {
    let parsed = "2026-11-22T12:15:30.5+02:00".parse::<UnixMicros>().unwrap();
    assert_eq!(parsed.to_string(), "2026-11-22T10:15:30.500000Z");
    assert_eq!(parsed.to_string().parse::<UnixMicros>(), Ok(parsed));
}

#[test]
fn what_is_not_exactly_rfc_3339_is_refused() {
    for text in [
        "",
        "2026-11-22",
        "2026-11-22 10:15:30Z",
        "2026-11-22T10:15:30",
        "2026-02-30T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:15:30.Z",
        "２026-11-22T10:15:30Z",
    ] {
        assert_eq!(text.parse::<UnixMicros>(), Err(TimeError::Form), "{text}");
    }
    assert_eq!("2016-12-31T23:59:60Z".parse::<UnixMicros>(), Err(TimeError::LeapSecond));
}

#[test]
fn nine_fraction_digits_are_taken_and_those_behind_the_sixth_dropped() {
    for (text, kept) in [
        ("2026-11-22T10:15:30.1234567Z", "2026-11-22T10:15:30.123456Z"),
        ("2026-11-22T10:15:30.12345678Z", "2026-11-22T10:15:30.123456Z"),
        ("2026-11-22T10:15:30.123456999+00:00", "2026-11-22T10:15:30.123456Z"),
        ("2026-11-22T23:59:59.999999999Z", "2026-11-22T23:59:59.999999Z"),
        ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999Z"),
        ("1969-12-31T23:59:59.000000001Z", "1969-12-31T23:59:59.000000Z"),
    ] {
        assert_eq!(text.parse::<UnixMicros>().unwrap().to_string(), kept, "{text}");
    }
    assert_eq!("2026-11-22T10:15:30.1234567890Z".parse::<UnixMicros>(), Err(TimeError::Fraction));
}

#[test]
fn an_offset_carries_no_instant_out_of_the_years_of_four_digits() {
    for (fits, past) in [
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999-00:01"),
        ("0000-01-01T00:00:00+00:00", "0000-01-01T00:00:00+00:01"),
    ] {
        let at = fits.parse::<UnixMicros>().unwrap();
        assert_eq!(at.to_string().parse::<UnixMicros>(), Ok(at));
        assert_eq!(past.parse::<UnixMicros>(), Err(TimeError::Form), "{past}");
    }
    assert_eq!(UnixMicros::LATEST.day().month().to_string(), "9999-12");
}

#[test]
fn days_and_months_follow_the_calendar() {
    let day = "2024-02-29T23:59:59.999999Z".parse::<UnixMicros>().unwrap().day();
    assert_eq!(day.to_string(), "2024-02-29");
    assert_eq!(day.next().to_string(), "2024-03-01");
    assert_eq!(day.month().to_string(), "2024-02");
    assert_eq!("2024-02-29".parse::<Day>().ok(), Some(day));
    assert_eq!("2024-2-29".parse::<Day>().ok(), None);
    assert_eq!("2024-02".parse::<Month>().ok(), Some(day.month()));
    for text in ["2024-2", "2024-13", "2024-02-29", "2024-00", "02024-02", ""] {
        assert_eq!(text.parse::<Month>().ok(), None, "{text}");
    }
    assert_eq!("2000-01-01".parse::<Day>().unwrap().start(), crate::limits::FIRST_INSTANT);
}
