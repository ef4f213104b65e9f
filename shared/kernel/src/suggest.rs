//! "Did you mean": the nearest of the names there are.

/// The known name nearest to a wrong one, when it is near enough to be meant (a third of its letters at most).
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&wrong, name), name))
        .filter(|(distance, name)| *distance <= (name.chars().count().max(3)) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// ``Did you mean `sort`?``, or the list of what there is when nothing is near.
pub fn hint<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(name) = nearest(wrong, known.clone()) {
        return format!("Did you mean `{name}`?");
    }
    let mut names: Vec<String> = Vec::new();
    for name in known.into_iter().map(|name| format!("`{name}`")) {
        // What is read in two ways is known twice.
        if !names.contains(&name) {
            names.push(name);
        }
    }
    format!("Known are {}.", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_listed() {
        let known = ["sort", "limit", "cursor"];
        assert_eq!(nearest("sorted", known), None);
        assert_eq!(nearest("srot", known), Some("sort"));
        assert_eq!(hint("curser", known), "Did you mean `cursor`?");
        assert_eq!(hint("banana", ["sort", "sort", "limit"]), "Known are `sort`, `limit`.");
        assert_eq!(hint("banana", known), "Known are `sort`, `limit`, `cursor`.");
    }
}
