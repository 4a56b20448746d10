//! The action of a CloudTrail record.

/// The action of an event name of an event source: `s3.amazonaws.com` and `GetObject` give `s3.get_object`.
///
/// *Guarantees*: two words of `[a-z][a-z0-9_]*`. Never shortened: the service refuses what is too long.
pub(super) fn named(source: &str, name: &str) -> String {
    let source = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    format!("{}.{}", word(&source.to_ascii_lowercase()), word(&snake_case(name)))
}

/// Puts `_` between the words of a camel-case name, with acronyms as one word, and lowers it.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 8);
    for (index, letter) in letters.iter().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 && starts_a_word(&letters, index) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Whether the capital at `index` begins a word: `Get|Object`, `SSH|Public|Key`, but not the last of `VPCs`.
fn starts_a_word(letters: &[char], index: usize) -> bool {
    let at = |offset: usize| letters.get(index + offset);
    let before = letters[index - 1];
    if !before.is_ascii_uppercase() {
        return before.is_ascii_alphanumeric();
    }
    let plural = at(1) == Some(&'s') && at(2).is_none_or(|letter| !letter.is_ascii_lowercase());
    at(1).is_some_and(char::is_ascii_lowercase) && !plural
}

/// Replaces every character that a word of an action cannot hold by `_`.
fn word(text: &str) -> String {
    let held = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let word: String = text.chars().map(|letter| if held(letter) { letter } else { '_' }).collect();
    let word = word.trim_start_matches('_');
    match word.chars().next() {
        Some(first) if first.is_ascii_lowercase() => word.to_owned(),
        Some(_) => format!("x_{word}"),
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case_with_acronyms_as_one_word() {
        for (name, snake) in [
            ("GetObject", "get_object"),
            ("DescribeVPCs", "describe_vpcs"),
            ("DescribeVPCsInUse", "describe_vpcs_in_use"),
            ("DescribeVpcs", "describe_vpcs"),
            ("ListMFADevices", "list_mfa_devices"),
            ("SendSSHPublicKey", "send_ssh_public_key"),
            ("CreateDBInstance", "create_db_instance"),
            ("DescribeDBs", "describe_dbs"),
            ("DescribeEC2Instances", "describe_ec2_instances"),
            ("AddPermission20150331v2", "add_permission20150331v2"),
            ("ListTagsLogGroup", "list_tags_log_group"),
            ("REST.GET.OBJECT", "rest_get_object"),
            ("Already_Snake-Kebab", "already_snake_kebab"),
            ("ÉtatCivil", "tat_civil"),
        ] {
            assert_eq!(named("s3.amazonaws.com", name), format!("s3.{snake}"));
        }
    }

    #[test]
    fn every_source_and_name_becomes_one_well_formed_word() {
        assert_eq!(named("ec2-instance-connect.amazonaws.com", "A"), "ec2_instance_connect.a");
        assert_eq!(named("Some.Other.Source", "A"), "some_other_source.a");
        assert_eq!(named("2fa.amazonaws.com", "日本"), "x_2fa.unknown");
    }
}
