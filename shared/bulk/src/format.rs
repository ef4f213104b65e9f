use std::path::Path;

/// How rows are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// RFC 4180 with a header row, UTF-8, divided by commas.
    Csv,
}

impl Format {
    /// Reads the name in the API and on the command line: `ndjson` or `csv`.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// What a `Content-Type` says; parameters such as `charset` don't matter. `application/jsonl` and
    /// `application/json-lines` are NDJSON by other names. `None` for other types.
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines"
            | "application/json-lines" => Some(Self::Ndjson),
            "text/csv" | "application/csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// What a file's name says: `.ndjson`, `.jsonl` or `.csv`.
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// The name in the API: `ndjson` or `csv`; also the ending of a file's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// The `Content-Type` of such a document.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_media_type_and_by_name() {
        assert_eq!(Format::from_media_type("Text/CSV; charset=utf-8"), Some(Format::Csv));
        assert_eq!(Format::from_media_type("application/x-ndjson"), Some(Format::Ndjson));
        assert_eq!(Format::from_media_type("application/json"), None);
        assert_eq!(Format::from_path(Path::new("/tmp/a.b/rows.JSONL")), Some(Format::Ndjson));
        assert_eq!(Format::from_path(Path::new("rows")), None);
        for format in [Format::Ndjson, Format::Csv] {
            assert_eq!(Format::by_name(format.name()), Some(format));
            assert_eq!(Format::from_media_type(format.media_type()), Some(format));
        }
    }
}
