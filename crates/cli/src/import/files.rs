//! Which files an import reads: those that are named, and all below a folder that is named.

use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};

use super::stop::Stop;

/// The name of standard input.
pub(super) const STDIN: &str = "-";

/// Where CloudTrail puts its digests of log files, beside them; they have no records.
const DIGESTS: &str = "CloudTrail-Digest";

/// Walks through the inputs in order, folders in the order of their names.
///
/// *Guarantees*: memory holds the names of the folders that lead to the next file, whatever their number below. A link
/// to a folder is not followed, so every walk ends.
#[derive(Debug)]
pub(super) struct Files {
    /// What is left, the next one last.
    left: Vec<(PathBuf, bool)>,
}

impl Files {
    /// A walk through inputs, as they were named.
    pub(super) fn of(inputs: &[PathBuf]) -> Self {
        // A folder that is named is walked through, also by a link.
        Self { left: inputs.iter().rev().map(|input| (input.clone(), !is_stdin(input) && input.is_dir())).collect() }
    }
}

impl Iterator for Files {
    type Item = Result<PathBuf, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (path, is_folder) = self.left.pop()?;
            if !is_folder {
                return Some(Ok(path));
            }
            match entries(&path) {
                Ok(entries) => self.left.extend(entries),
                Err(error) => return Some(Err(Stop::Input(path, error))),
            }
        }
    }
}

pub(super) fn is_stdin(input: &Path) -> bool {
    input.as_os_str() == STDIN
}

/// What is to be read of a folder, the first name last.
fn entries(folder: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if is_wanted(&entry, kind) {
            entries.push((entry.path(), kind.is_dir()));
        }
    }
    entries.sort_unstable_by(|one, other| other.cmp(one));
    Ok(entries)
}

fn is_wanted(entry: &DirEntry, kind: FileType) -> bool {
    let name = entry.file_name();
    let is_hidden = name.as_encoded_bytes().starts_with(b".");
    let is_link_to_file = || kind.is_symlink() && entry.path().is_file();
    !is_hidden && name != DIGESTS && (kind.is_dir() || kind.is_file() || is_link_to_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_all_below_it_in_the_order_of_names() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for folder in ["b/c", "b/CloudTrail-Digest/us-east-1", "empty", ".hidden"] {
            fs::create_dir_all(path(folder)).unwrap();
        }
        for file in ["b/c/2", "b/1", "a", "z", "b/CloudTrail-Digest/us-east-1/d", ".hidden/h", ".DS_Store"] {
            fs::write(path(file), "").unwrap();
        }
        std::os::unix::fs::symlink(directory.path(), path("b/round")).unwrap();
        std::os::unix::fs::symlink(path("a"), path("b/link")).unwrap();
        let walked = |inputs: &[PathBuf]| Files::of(inputs).map(Result::unwrap).collect::<Vec<_>>();
        let all = ["a", "b/1", "b/c/2", "b/link", "z"].map(path);
        assert_eq!(walked(&[directory.path().to_owned()]), all);
        let named = [path("z"), "-".into(), path("b/round/b/c"), path("missing")];
        assert_eq!(walked(&named), [path("z"), "-".into(), path("b/round/b/c/2"), path("missing")]);
    }
}
