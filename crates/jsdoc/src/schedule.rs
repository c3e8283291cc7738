//! `@schedule`: when the task is run by itself.

/// One `@schedule` tag, as it is written: others decide whether it can be used.
///
/// `@schedule "0 9 * * 1-5" Europe/Amsterdam overlap=queue input={"kind": "daily"} `
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleTag {
    /// The cron expression: what stands in quotes, or the whole text if nothing does. Within a
    /// comment, `*/` is written `*\/`.
    pub cron: String,
    /// The first word after it.
    pub time_zone: Option<String>,
    /// `name=value` words.
    pub options: Vec<(String, String)>,
    /// All text after `input=`.
    pub input: Option<String>,
}

impl ScheduleTag {
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim();
        let quoted = text
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\'' | '`'));
        let parts = quoted.and_then(|quote| text[1..].split_once(quote));
        let Some((cron, mut rest)) = parts else {
            return Self {
                cron: text.to_owned(),
                ..Self::default()
            };
        };
        let mut tag = Self {
            cron: cron.replace("*\\/", "*/"),
            ..Self::default()
        };
        loop {
            rest = rest.trim_start();
            if let Some(input) = rest.strip_prefix("input=") {
                tag.input = Some(input.trim().to_owned());
                return tag;
            }
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            match word.split_once('=') {
                // A remark follows the dash.
                _ if matches!(word, "" | "-") => return tag,
                Some((name, value)) => tag.options.push((name.to_owned(), value.to_owned())),
                None if tag.time_zone.is_none() => tag.time_zone = Some(word.to_owned()),
                None => tag.options.push((word.to_owned(), String::new())),
            }
        }
    }
}

/// What a parser's message about this code does not say: a `@schedule` has a `*/` in its quotes, and
/// that ends the comment that it stands in.
pub fn schedule_hint(code: &str) -> Option<&'static str> {
    ends_comment(code).then_some("the `*/` of a @schedule ends its comment: write `*\\/` there")
}

fn ends_comment(code: &str) -> bool {
    code.lines()
        .filter_map(|line| {
            line.trim_start_matches([' ', '\t', '/', '*'])
                .strip_prefix("@schedule")
        })
        .filter_map(|rest| {
            let rest = rest.trim_start();
            let quote = rest
                .chars()
                .next()
                .filter(|c| matches!(c, '"' | '\'' | '`'))?;
            rest[1..].split_once(quote)
        })
        .any(|(cron, _)| cron.contains("*/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_cron_time_zone_options_and_input() {
        let tag = ScheduleTag::parse(
            " \"0 9 * * 1-5\" Europe/Amsterdam overlap=queue catchUp=all input={\"a\":\n [1, 2]} ",
        );
        assert_eq!(tag.cron, "0 9 * * 1-5");
        assert_eq!(tag.time_zone.as_deref(), Some("Europe/Amsterdam"));
        let options = tag.options.iter().map(|(name, value)| (&**name, &**value));
        assert_eq!(
            options.collect::<Vec<_>>(),
            [("overlap", "queue"), ("catchUp", "all")]
        );
        assert_eq!(tag.input.as_deref(), Some("{\"a\":\n [1, 2]}"));

        let remark = ScheduleTag::parse("'@daily' - every day, overlap=allow");
        assert_eq!(
            (remark.cron.as_str(), remark.time_zone, remark.options.len()),
            ("@daily", None, 0)
        );
        // What is not understood is kept, so that it is refused and not ignored.
        assert_eq!(
            ScheduleTag::parse("0 9 * * 1-5 UTC").cron,
            "0 9 * * 1-5 UTC"
        );
        assert_eq!(ScheduleTag::parse("\"0 9 * * *").cron, "\"0 9 * * *");
        let odd = ScheduleTag::parse("\"0 9 * * *\" UTC often");
        assert_eq!(odd.options, [("often".to_owned(), String::new())]);
        assert_eq!(ScheduleTag::parse("").cron, "");
    }

    #[test]
    fn steps_are_escaped_within_a_comment() {
        assert_eq!(ScheduleTag::parse("\"*\\/5 * * * *\"").cron, "*/5 * * * *");
        assert!(ends_comment("/**\n * @schedule \"*/5 * * * *\"\n */"));
        assert!(!ends_comment("/** @schedule \"*\\/5 * * * *\" */"));
    }
}
