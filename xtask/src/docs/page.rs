//! A generated page: front matter, a body, and how it compares with the file that stands.

use anyhow::Context as _;

use crate::workspace;

/// A page of docs/reference/.
#[derive(Debug)]
pub(crate) struct Page {
    /// Where it stands, from the root.
    pub(crate) path: &'static str,
    /// Its title.
    pub(crate) title: String,
    /// Its tags.
    pub(crate) tags: &'static [&'static str],
    /// Its Markdown, below the title.
    pub(crate) body: String,
}

impl Page {
    /// A page from Markdown that begins with its title.
    #[cfg(feature = "reference")]
    pub(crate) fn titled(path: &'static str, tags: &'static [&'static str], markdown: &str) -> Self {
        let (first, body) = markdown.split_once('\n').unwrap_or((markdown, ""));
        Self {
            path,
            title: first.trim_start_matches(['#', ' ']).to_owned(),
            tags,
            body: body.trim().to_owned(),
        }
    }

    /// Writes the page where it differs, and tells whether it did.
    pub(crate) fn write(&self) -> anyhow::Result<bool> {
        if self.difference()?.is_none() {
            return Ok(false);
        }
        let path = workspace::root().join(self.path);
        let folder = path.parent().context("the page stands in no folder")?;
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let today = jiff::ZonedDateTime::now().date().to_string();
        std::fs::write(&path, self.render(&today)).with_context(|| format!("cannot write {}", self.path))?;
        Ok(true)
    }

    /// How the file that stands differs, but for the day it was written.
    pub(crate) fn difference(&self) -> anyhow::Result<Option<String>> {
        let path = workspace::root().join(self.path);
        let stands = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Some("is not there".into()));
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.path)),
        };
        Ok(difference(&self.render(""), &stands))
    }

    fn render(&self, modified: &str) -> String {
        let Self { title, tags, body, .. } = self;
        let tags = tags.join(", ");
        format!(
            "---\ntitle: {title}\nmodified: {modified}\ntags: [{tags}]\n---\n\n# {title}\n\n\
             <!-- Written by `cargo xtask docs` from the code: change it there. -->\n\n{}\n",
            body.trim_end()
        )
    }
}

/// The first line in which two pages differ, their `modified:` lines aside.
fn difference(wanted: &str, stands: &str) -> Option<String> {
    let lines = |text: &'_ str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("modified:")).map(str::to_owned).collect()
    };
    let (wanted, stands) = (lines(wanted), lines(stands));
    let at = wanted.iter().zip(&stands).position(|(wanted, stands)| wanted != stands);
    let at = at.or((wanted.len() != stands.len()).then(|| wanted.len().min(stands.len())))?;
    let end = "(end of file)".to_owned();
    let [wanted, stands] = [&wanted, &stands].map(|lines| lines.get(at).unwrap_or(&end));
    Some(format!("the code says `{wanted}`, the page `{stands}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_writing_is_no_difference() {
        assert_eq!(difference("a\nmodified: \nb\n", "a\nmodified: 2026-11-23\nb\n"), None);
    }

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(difference("a\nb\n", "a\nc\n").as_deref(), Some("the code says `b`, the page `c`"));
        assert_eq!(
            difference("a\n", "a\nc\n").as_deref(),
            Some("the code says `(end of file)`, the page `c`")
        );
    }
}
