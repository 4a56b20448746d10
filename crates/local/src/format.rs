//! The format of a data folder: one of another format is rejected before anything in it is read.

use std::io::{self, ErrorKind};
use std::path::Path;

use audit_core::FORMAT;

use crate::error::LocalError;

/// The file with the number of the format.
const FILE: &str = "format";
/// Entries of a folder in the first format, which has no such file.
const CONTENTS: [&str; 2] = ["dynamodb.sqlite", "s3"];

/// Accepts a new folder or one of this format.
///
/// # Errors
/// [`LocalError::Format`] if the folder has another format; nothing in it was changed.
pub(crate) fn check(data: &Path) -> Result<(), LocalError> {
    let unusable = |source| LocalError::Folder(data.to_owned(), source);
    let found = match std::fs::read_to_string(data.join(FILE)) {
        Ok(text) => text.trim().to_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if !CONTENTS.iter().any(|name| data.join(name).exists()) {
                return write(data).map_err(unusable);
            }
            "1".to_owned()
        }
        Err(error) => return Err(unusable(error)),
    };
    if found == FORMAT.to_string() { Ok(()) } else { Err(LocalError::Format(data.to_owned(), found)) }
}

/// Writes to a temporary name first: a crash cannot leave half of the file.
fn write(data: &Path) -> io::Result<()> {
    let new = data.join(format!("{FILE}.new"));
    std::fs::write(&new, format!("{FORMAT}\n"))?;
    std::fs::rename(new, data.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_another_format_is_rejected_and_left_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        check(data).unwrap();
        check(data).unwrap();
        std::fs::create_dir(data.join("s3")).unwrap();
        check(data).unwrap();
        for (format, named) in
            [(Some("2\n"), "has the format 2"), (Some(""), "has the format "), (None, "has the format 1")]
        {
            match format {
                Some(format) => std::fs::write(data.join(FILE), format).unwrap(),
                None => std::fs::remove_file(data.join(FILE)).unwrap(),
            }
            let error = check(data).unwrap_err().to_string();
            assert!(error.contains(named) && error.contains("another folder"), "{error}");
            assert_eq!(std::fs::read_to_string(data.join(FILE)).ok().as_deref(), format);
        }
    }
}
