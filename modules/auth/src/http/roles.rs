pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod read_one;

use vitrine_kernel::Failure;

use crate::domain::RoleName;

/// The name in a path; under what is no name, nothing can be found.
fn role_in_path(text: &str) -> Result<RoleName, Failure> {
    RoleName::parse(text).ok_or_else(|| Failure::not_found("role", text.chars().take(80).collect::<String>()))
}
